"""What goes over the wire, and what the other side may do to it."""

import datetime
import ipaddress
import os
import resource
import socket
import ssl
from contextlib import ExitStack
from threading import Event
from time import monotonic
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.workers.deliveries.sending_one import post
from tests.workers.deliveries.servers import OK, answering, endless, serving, silent, trickling
from workers.deliveries import addresses, transfer
from workers.deliveries import post as module
from workers.deliveries.post import Poster
from workers.deliveries.transfer import Post
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.network import InsideTransaction


@pytest.fixture
def fresh(monkeypatch):
    """Handles made from now on, with what the test sets."""
    monkeypatch.setattr(module, "_posters", [])
    return monkeypatch


def many(poster, url, count):
    poster.begin([Post(url, {}, b"{}", number) for number in range(count)])
    found: dict[int, Any] = {}
    until = monotonic() + 10
    while len(found) < count and monotonic() < until:
        found |= dict(poster.finished(within=1))
    return found


def test_the_body_goes_byte_for_byte_and_connections_are_kept():
    with serving(answering()) as server:
        for body in (b'{"a":1}', '{"name":"Zoë"}'.encode(), b"x" * 100_000):
            answer = post(server.url, headers={"webhook-id": "msg_1"}, body=body)
            assert (answer.status_code, answer.ip, answer.snippet) == (200, "127.0.0.1", "{}")
            assert server.requests[-1].endswith(b"\r\n\r\n" + body)
        assert server.connections == 1
        head = server.requests[0].partition(b"\r\n\r\n")[0].lower()
        assert b"webhook-id: msg_1" in head
        assert b"content-type: application/json" in head
        assert b"expect:" not in head


def test_a_redirect_is_not_followed():
    with serving(answering()) as target:
        moved = f"HTTP/1.1 307 Moved\r\nLocation: {target.url}\r\nContent-Length: 0\r\n\r\n".encode()
        with serving(answering(moved)) as server:
            assert post(server.url, headers={}, body=b"{}").status_code == 307
        assert target.connections == 0


def test_no_proxy_of_the_environment_is_used(fresh):
    with serving(answering()) as proxy, serving(answering()) as server:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            fresh.setenv(name, proxy.url)
        assert post(server.url, headers={}, body=b"{}").status_code == 200
        assert (proxy.connections, server.connections) == (0, 1)


@pytest.mark.parametrize("talk", [silent, trickling, endless])
def test_nobody_is_waited_for_beyond_the_deadline(fresh, talk):
    fresh.setattr(transfer, "DEADLINE", 1)
    start = monotonic()
    with serving(talk) as server:
        answer = post(server.url, headers={}, body=b"{}")
    assert monotonic() - start < 5
    if talk is endless:  # 16 kB are read, and the status stands
        assert (answer.status_code, answer.error_class) == (200, "")
    else:
        assert (answer.status_code, answer.error_class) == (None, "Timeout")


def test_silence_of_ten_seconds_is_long_enough(fresh):
    fresh.setattr(transfer, "READ_TIMEOUT", 1)
    with serving(silent) as server:
        answer = post(server.url, headers={}, body=b"{}")
    assert answer.error_class == "Timeout"
    assert answer.duration_ms < 10_000


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"", "NoAnswer"),
        (b"\x00\xff220 smtp ESMTP\r\n\r\n", "NotHttp"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "ConnectionLost"),
    ],
)
def test_nonsense_is_an_error_and_no_more(answer, expected):
    def talk(connection, server):
        server.read(connection)
        connection.sendall(answer)

    with serving(talk) as server:
        result = post(server.url, headers={}, body=b"{}")
    assert (result.status_code, result.error_class) == (None, expected)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"120", 120),
        (b"999999999999", 86_400),
        (b"Mon, 02 Mar 2026 15:05:00 GMT", 300),
        (b"Mon, 02 Mar 2026 14:00:00 GMT", 0),
        (b"Fri, 02 Mar 2035 14:00:00 GMT", 86_400),
        (b"-1", None),
        (b"soon", None),
        (b"\xff", None),
        (b"", None),
    ],
)
def test_retry_after_comes_in_seconds_or_as_a_date(now, value, seconds):
    answer = b"HTTP/1.1 503 Busy\r\nRetry-After: " + value + b"\r\nContent-Length: 0\r\n\r\n"
    with serving(answering(answer)) as server:
        wait = post(server.url, headers={}, body=b"{}").retry_after
    assert (wait and wait.total_seconds()) == (seconds and float(seconds)) or (seconds == 0 and not wait)


def test_a_slow_one_holds_up_no_other(fresh):
    poster = Poster()
    with serving(silent) as slow, serving(answering()) as quick:
        poster.begin([Post(slow.url, {}, b"{}", "slow")])
        start = monotonic()
        found = many(poster, quick.url, 50)
        assert len(found) == 50
        assert monotonic() - start < 5
        assert poster.in_flight == 1
        poster.close()


def test_one_that_drips_keeps_no_answer_of_another_back(fresh):
    """There is always something to read of it."""

    def dripping(connection, server):
        server.read(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not server.closing.wait(0.0005):
            connection.sendall(b"a")

    poster = Poster()
    with serving(dripping) as slow, serving(answering()) as quick:
        poster.begin([Post(url, {}, b"{}", url) for url in (slow.url, slow.url, quick.url)])
        start = monotonic()
        assert [about for about, _ in poster.finished(within=10)] == [quick.url]
        assert monotonic() - start < 1
        poster.close()


class Told:
    """Two bytes of a pipe: with the first not all has come."""

    def __init__(self, descriptor):
        self.descriptor, self.said, self.begun = descriptor, b"", Event()

    def fileno(self):
        return self.descriptor

    def take(self):
        self.said += os.read(self.descriptor, 9)
        self.begun.set()

    @property
    def have_come(self):
        return len(self.said) == 2


@pytest.mark.parametrize("begun", [True, False], ids=["begun before", "begun meanwhile"])
def test_posts_go_on_while_something_else_is_waited_for(fresh, begun):
    told, tell = os.pipe()
    awaited = Told(told)
    turns = iter([lambda: None, lambda: awaited.begun.wait(5)])

    def telling(connection, server):
        server.read(connection)
        connection.sendall(OK)
        next(turns)()  # the second piece comes when the first was taken
        os.write(tell, b".")

    poster = Poster()
    with serving(telling) as server:
        posts = [Post(server.url, {}, b"{}", number) for number in (1, 2)]
        poster.begin(posts if begun else [])
        poster.go_on_until(awaited, [] if begun else posts)
        assert awaited.have_come
        found = poster.finished(within=5)
        found += poster.finished(within=5)  # the server told of the last answer before we had read it
        assert sorted((number, answer.status_code) for number, answer in found) == [(1, 200), (2, 200)]
    poster.close()
    os.close(told)
    os.close(tell)


def test_what_is_finished_is_handed_out_in_parts(fresh):
    poster = Poster()
    assert not poster.is_half_done
    poster.begin([Post("http://not-ascii-é", {}, b"{}", number) for number in range(4)])
    assert poster.is_half_done
    assert [about for about, _ in poster.finished(within=5, most=3)] == [0, 1, 2]
    assert poster.in_flight == 1
    assert [about for about, _ in poster.finished(within=5, most=3)] == [3]
    poster.close()


def test_a_kept_connection_that_the_other_side_closes_costs_nothing(fresh):
    """epoll would tell of it again and again; the next post opens another."""

    def closing(connection, server):
        server.read(connection)
        connection.sendall(OK)

    poster = Poster()
    with serving(closing) as server, serving(silent) as other:
        assert len(many(poster, server.url, 1)) == 1
        poster.begin([Post(other.url, {}, b"{}", "other")])
        used = resource.getrusage(resource.RUSAGE_SELF)
        assert poster.finished(within=0.3) == []
        spent = resource.getrusage(resource.RUSAGE_SELF)
        assert spent.ru_utime + spent.ru_stime - used.ru_utime - used.ru_stime < 0.15
        poster.begin([Post(server.url, {}, b"{}", "again")])
        [(about, answer)] = poster.finished(within=5)
        assert (about, answer.status_code, server.connections) == ("again", 200, 2)
        poster.close()


def test_descriptors_beyond_1023_are_waited_for_as_any():
    """pycurl's own `select` would spin: it hands curl's sockets to select(2)."""
    wanted = 1100
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < wanted + 200:
        pytest.skip("This machine allows too few descriptors.")
    with ExitStack() as held, serving(silent) as server:
        for _ in range(wanted):
            held.callback(os.close, os.dup(0))
        poster = Poster()
        poster.begin([Post(server.url, {}, b"{}", None)])
        used = resource.getrusage(resource.RUSAGE_SELF)
        assert poster.finished(within=0.5) == []
        spent = resource.getrusage(resource.RUSAGE_SELF)
        assert spent.ru_utime - used.ru_utime < 0.25
        poster.close()


def test_nothing_is_posted_while_a_transaction_is_open(committed_db):
    with acting_as(WORKER), pytest.raises(InsideTransaction):
        post("https://clinic.example/", headers={}, body=b"")


def test_after_a_failure_a_poster_is_not_lent_again(fresh):
    with pytest.raises(ZeroDivisionError), module.poster():
        raise ZeroDivisionError
    assert module._posters == []


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A certificate for the name "localhost" and one for another name, both of an authority of our own."""
    folder = tmp_path_factory.mktemp("tls")
    root_key, root = certificate("Test root", None, None, folder / "root.pem")
    contexts = {}
    for name in ("localhost", "clinic.example"):
        certificate(name, root_key, root, folder / f"{name}.pem")
        contexts[name] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        contexts[name].load_cert_chain(folder / f"{name}.pem")
    return str(folder / "root.pem"), contexts


def certificate(name, issuer_key, issuer, path):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=36_500))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    )
    made = builder.sign(issuer_key or key, hashes.SHA256())
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return key, made


@pytest.mark.parametrize(
    ("name", "trusted", "expected"),
    [
        ("localhost", True, (200, "")),
        ("clinic.example", True, (None, "BadCertificate")),
        ("localhost", False, (None, "BadCertificate")),
    ],
)
def test_the_certificate_is_checked_against_the_name(fresh, authority, name, trusted, expected):
    root, contexts = authority
    if trusted:
        fresh.setattr(transfer, "CA_FILE", root)
    with serving(answering(OK), contexts[name]) as server:
        answer = post(f"https://localhost:{server.port}/", headers={}, body=b"{}")
    assert (answer.status_code, answer.error_class) == expected


def test_the_address_is_checked_at_the_connection_and_not_before(fresh, settings):
    """A name that resolves to something else the second time gains nothing: each connection asks."""
    asked: list[str] = []

    def is_allowed(text: str) -> bool:
        asked.append(text)
        return len(asked) == 1

    fresh.setattr(transfer, "is_allowed", is_allowed)
    closing = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    with serving(answering(closing)) as server:
        url = f"http://127.0.0.1:{server.port}/"
        assert post(url, headers={}, body=b"{}").status_code == 200
        answer = post(url, headers={}, body=b"{}")
        assert (answer.error_class, server.connections) == ("RefusedAddress", 1)
    assert asked == ["127.0.0.1"] * 2


def test_a_name_that_leads_elsewhere_when_it_is_connected_to_gains_nothing(fresh, settings):
    """Whoever asked before is told a public address; curl, which connects, is led to ours: that is what is judged."""
    settings.WEBHOOKS_ALLOW_LOOPBACK = False
    public = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443))]
    fresh.setattr(socket, "getaddrinfo", lambda *_, **__: public)
    fresh.setattr(socket, "gethostbyname", lambda _: "93.184.216.34")
    with serving(silent) as server:
        answer = post(f"https://localhost:{server.port}/", headers={}, body=b"{}")
        assert server.connections == 0
    assert (answer.status_code, answer.error_class) == (None, "RefusedAddress")


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1",
        "10.1.2.3",
        "100.64.0.1",
        "169.254.169.254",
        "192.0.2.1",
        "224.0.0.1",
        "0.0.0.0",  # noqa: S104 - refused
        "255.255.255.255",
        "::1",
        "::",
        "::ffff:10.0.0.1",
        "fe80::1",
        "fd00::1",
        "2002:a00:1::",
        "64:ff9b::a00:1",
        "2001:0:a00:1::",
        "ff02::1",
        "2001:db8::1",
    ],
)
def test_only_global_addresses_are_allowed(settings, text):
    settings.WEBHOOKS_ALLOW_LOOPBACK = False
    assert not addresses.is_allowed(text)
    assert addresses.is_allowed("93.184.216.34")
    assert addresses.is_allowed("2606:2800:220:1:248:1893:25c8:1946")
    assert ipaddress.ip_address(text)
