"""Webhooks and e-mails leave for real servers: the clinics' simulator verifies signatures, the mailbox takes mail."""

import threading
from datetime import timedelta
from time import monotonic

import httpx
import pytest
from django.db import connection, connections

from tests.simulators.running import running
from tests.workers.deliveries.acting import (
    OPERATOR,
    control_of,
    deliveries_of,
    delivery_of,
    log_of,
    queue,
    staff_of,
    stored,
)
from tests.workers.deliveries.sending_one import post
from tests.workers.deliveries.servers import serving, silent
from tests.workers.deliveries.test_growth import wait_in_line
from workers.deliveries import claiming, sending, transfer
from workers.deliveries import post as post_module
from workers.deliveries.endpoints import rotate
from workers.deliveries.models import Attempt, Delivery, Endpoint, OpenDelivery
from workers.deliveries.queueing import BadEndpointUrl, register_endpoint
from workers.deliveries.rules import DISABLE_AFTER, JITTER, WAITS
from workers.deliveries.sending import send_due as send_deliveries
from workers.deliveries.signing import new_secret
from workers.emails.models import Email
from workers.emails.queueing import queue_email
from workers.emails.sending import send_due as send_emails
from workers.kernel import bells, clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id
from workers.kernel.leases import Status


@pytest.fixture(scope="module")
def mailbox_urls():
    with running("mailbox", "--smtp-port", "0", "--http-port", "0") as urls:
        yield urls


def test_a_delivery_arrives_once_and_its_signature_verifies(clinic):
    endpoint = clinic("silent")
    queue(endpoint)
    assert send_deliveries() == 1
    assert send_deliveries() == 0
    [entry] = [e for e in log_of(endpoint) if e["type"] == "endpoint.test"]
    assert (entry["status"], entry["id"]) == (200, f"msg_{delivery_of(endpoint).pk.hex}")
    assert delivery_of(endpoint).status == Status.DONE


def test_a_clinic_with_our_public_key_verifies_too(clinic):
    endpoint = clinic(signing="ed25519")
    queue(endpoint)
    send_deliveries()
    assert [entry["verdict"] for entry in log_of(endpoint)] == ["verified"]


@pytest.mark.parametrize("signing", ["hmac", "ed25519"])
def test_while_a_secret_is_rotated_the_clinic_may_know_either(clinic, signing):
    endpoint = clinic(signing=signing)
    with acting_as(staff_of(endpoint)):
        fresh = rotate(endpoint_id=endpoint.pk, direction="out", now=clock.now())
    queue(endpoint)
    send_deliveries()
    httpx.patch(control_of(endpoint), json={"signing_secret": fresh}).raise_for_status()
    queue(endpoint)
    send_deliveries()
    assert [entry["verdict"] for entry in log_of(endpoint)] == ["verified", "verified"]
    clock.move(timedelta(hours=25))
    httpx.patch(control_of(endpoint), json={"signing_secret": endpoint.signing_secrets[0]}).raise_for_status()
    queue(endpoint)
    send_deliveries()
    assert [entry["status"] for entry in log_of(endpoint)] == [200, 200, 401]


def test_an_endpoint_gets_the_types_it_wants(clinic):
    endpoint = clinic(events=["referral.offered"])
    assert queue(endpoint, type="course.updated") == 0
    assert queue(endpoint, type="referral.offered") == 1


def test_a_dead_endpoint_holds_up_no_other_and_nothing_stays_leased(clinic, monkeypatch):
    """Forty healthy messages are recorded while two posts to a silent address are still under way."""
    monkeypatch.setattr(transfer, "DEADLINE", 4)
    monkeypatch.setattr(post_module, "_posters", [])
    healthy = clinic()
    with serving(silent) as dead:
        with acting_as(OPERATOR):
            sick = register_endpoint(owner_id=new_id(), url=dead.url)
        for _ in range(2):
            queue(sick)
        for _ in range(40):
            queue(healthy)
        done_at = watch_until_done(healthy, 40)
    assert done_at < 3
    assert {delivery.last_error for delivery in deliveries_of(sick)} == {"Timeout"}
    with acting_as(WORKER):
        assert not OpenDelivery.objects.filter(lease_until__isnull=False).exists()


@pytest.mark.parametrize("meanwhile", [False, True], ids=["begun at once", "begun while the database records"])
def test_a_few_at_a_time_are_claimed_posted_and_recorded_until_nothing_waits(clinic, monkeypatch, meanwhile):
    asked, begun, go_on = [], [], post_module.Poster.go_on_until
    monkeypatch.setattr(sending, "MOST_AT_ONCE", 2)

    def ask_and_note(**arguments):
        asked.append(arguments["limit"])
        return claiming.claiming(**arguments)

    def go_on_and_note(poster, answers, posts):
        begun.extend(posts)
        go_on(poster, answers, posts)

    monkeypatch.setattr(sending, "claiming", ask_and_note)
    if meanwhile:
        monkeypatch.setattr(post_module.Poster, "is_half_done", property(lambda poster: poster.in_flight > 0))
        monkeypatch.setattr(post_module.Poster, "go_on_until", go_on_and_note)
    endpoint = clinic()
    for _ in range(7):
        queue(endpoint)
    assert send_deliveries() == 7
    assert {delivery.status for delivery in deliveries_of(endpoint)} == {Status.DONE}
    assert len([entry for entry in log_of(endpoint) if entry["type"] == "endpoint.test"]) == 7
    assert set(asked) == {2}
    assert bool(begun) == meanwhile


def watch_until_done(endpoint, count):
    """Drain in a thread, and return after how many seconds all of an endpoint's deliveries were recorded."""
    drain = threading.Thread(target=drain_and_close)
    start, done_at = monotonic(), None
    drain.start()
    while done_at is None and monotonic() - start < 30:
        with acting_as(WORKER):
            if Delivery.objects.filter(endpoint=endpoint, open=None).count() == count:
                done_at = monotonic() - start
    drain.join()
    return done_at


def drain_and_close():
    try:
        send_deliveries()
    finally:
        connections.close_all()


def test_what_was_answered_is_recorded_though_the_connection_dies(clinic, monkeypatch):
    """It dies in the middle of the message that records the first and claims the next."""
    endpoint, asked = clinic(), []

    def ask_and_lose(**arguments):
        asked.append(claiming.claiming(**arguments))
        if len(asked) == 2:
            connection.connection.pgconn.finish()
        return asked[-1]

    monkeypatch.setattr(sending, "claiming", ask_and_lose)
    queue(endpoint)
    assert send_deliveries() == 1
    assert len(asked) >= 2
    assert delivery_of(endpoint).status == Status.DONE
    assert len([entry for entry in log_of(endpoint) if entry["type"] == "endpoint.test"]) == 1


def test_a_drain_ends_soon_and_rings_for_the_rest(clinic, monkeypatch):
    rung: list[str] = []
    monkeypatch.setattr(bells, "_ringer", bells._Ringer())
    monkeypatch.setattr(bells, "_strike", rung.append)
    endpoint = clinic()
    queue(endpoint)
    assert bells.flush()
    rung.clear()
    assert send_deliveries(seconds=0.0) == 0
    assert bells.flush()
    assert rung == ["webhooks"]
    assert delivery_of(endpoint).attempts == 0


def test_messages_of_one_key_arrive_in_order_though_the_first_fails(clinic):
    endpoint, offer = clinic("500_first", ordered=True), new_id()
    for name in ("referral.withdrawn", "endpoint.test"):
        queue(endpoint, type=name, key=offer)
    for wait in (timedelta(), *WAITS[:2]):
        clock.move(wait * (1 + JITTER))
        send_deliveries()
    types = [entry["type"] for entry in log_of(endpoint)]
    assert types == ["referral.withdrawn"] * 3 + ["endpoint.test"]


def test_what_cannot_be_opened_fails_alone(clinic):
    endpoint = clinic()
    queue(endpoint)
    wait_in_line(delivery_of(endpoint), 1)
    queue(endpoint)
    assert send_deliveries() == 2
    assert [d.last_error for d in deliveries_of(endpoint)] == ["", "CannotDecrypt", ""]
    assert stored(endpoint).failing_since is None


def test_a_secret_that_does_not_open_stops_no_other_endpoint(clinic):
    sick, healthy = clinic(), clinic()
    with acting_as(WORKER), connection.cursor() as cursor:
        cursor.execute("UPDATE workers_endpoint_secret SET valid_until = '2020-01-01' WHERE direction = 'out'")
        cursor.execute(  # sealed for another row
            "INSERT INTO workers_endpoint_secret (id, endpoint_id, owner_id, direction, value)"
            " SELECT gen_random_uuid(), endpoint_id, owner_id, direction, value FROM workers_endpoint_secret"
            " WHERE endpoint_id = %s AND direction = 'out'",
            [sick.pk],
        )
        cursor.execute(
            "UPDATE workers_endpoint_secret SET valid_until = NULL WHERE endpoint_id = %s AND direction = 'out'",
            [healthy.pk],
        )
    queue(sick)
    queue(healthy)
    assert send_deliveries() == 1
    assert delivery_of(healthy).status == Status.DONE
    assert delivery_of(sick).last_error == "CannotDecrypt"


def test_a_delivery_that_kills_its_workers_is_given_up(clinic):
    endpoint = clinic()
    queue(endpoint)
    with acting_as(WORKER):
        OpenDelivery.objects.update(attempts=10)
    assert send_deliveries() == 0
    assert (delivery_of(endpoint).status, delivery_of(endpoint).last_error) == (Status.DEAD, "AlwaysLost")


def test_a_wrong_secret_is_refused_and_tried_again(clinic):
    endpoint = clinic("silent", secret=new_secret())
    queue(endpoint)
    send_deliveries()
    delivery = delivery_of(endpoint)
    assert (delivery.status, delivery.last_error, delivery.attempts) == (Status.READY, "HTTP 401", 1)


def test_a_failing_endpoint_is_tried_until_it_answers(clinic):
    endpoint = clinic("500_first")
    queue(endpoint)
    for wait in (timedelta(), *WAITS[:2]):
        clock.move(wait * (1 + JITTER))
        send_deliveries()
    assert delivery_of(endpoint).status == Status.DONE
    with acting_as(WORKER):
        tries = Attempt.objects.filter(delivery__endpoint=endpoint).order_by("number")
        assert [attempt.status_code for attempt in tries] == [500, 500, 200]
        assert Endpoint.objects.get(pk=endpoint.pk).failing_since is None


def test_an_endpoint_that_fails_for_five_days_is_disabled(clinic):
    endpoint = clinic("down")
    queue(endpoint)
    send_deliveries()
    for _ in range(4):
        clock.move(DISABLE_AFTER / 4)
        send_deliveries()
    with acting_as(WORKER):
        stored = Endpoint.objects.get(pk=endpoint.pk)
    assert (stored.state, stored.disabled_reason) == ("disabled", "Every attempt failed for five days.")
    assert delivery_of(endpoint).status == Status.DEAD


def test_an_endpoint_that_is_gone_is_disabled_at_once(clinic):
    endpoint = clinic("gone")
    queue(endpoint)
    send_deliveries()
    with acting_as(WORKER):
        assert Endpoint.objects.get(pk=endpoint.pk).state == "disabled"
    assert delivery_of(endpoint).status == Status.DEAD


@pytest.mark.parametrize(
    "url",
    [
        "https://169.254.169.254/latest",
        "https://10.0.0.1/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://[2002:a00:1::]/",
        "https://[fec0::1]/",
        "https://[fd00::1]/",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://localhost:1/",
    ],
)
def test_addresses_that_are_not_public_are_refused_before_connecting(url, settings):
    settings.WEBHOOKS_ALLOW_LOOPBACK = False
    answer = post(url, headers={}, body=b"{}")
    assert (answer.status_code, answer.error_class) == (None, "RefusedAddress")


@pytest.mark.parametrize("url", ["http://clinic.example/", "ftp://clinic.example/", "https://u:p@clinic.example/", "x"])
def test_endpoints_are_https_without_credentials(url, settings, as_worker):
    settings.WEBHOOKS_ALLOW_LOOPBACK = False
    with pytest.raises(BadEndpointUrl):
        register_endpoint(owner_id=new_id(), url=url)


@pytest.fixture
def mailbox(mailbox_urls, committed_db, settings):
    smtp, http = (httpx.URL(url) for url in mailbox_urls)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = smtp.host, smtp.port
    httpx.delete(http.join("/messages"))
    httpx.delete(http.join("/control/faults"))
    return http


def queue_mail(now, *, key="k1", to="a@home.example", **more):
    with acting_as(WORKER):
        queue_email(
            key=key,
            to=to,
            template="referrals/news",
            context={"first_name": "Zoë"},
            now=now,
            **more,
        )


def test_an_email_queued_twice_under_one_key_arrives_once(mailbox):
    queue_mail(clock.now())
    queue_mail(clock.now())
    send_emails()
    [mail] = httpx.get(mailbox.join("/messages")).json()
    with acting_as(WORKER):
        email = Email.objects.get()
    assert mail["to"] == ["a@home.example"]
    assert mail["headers"]["Message-ID"] == [f"<{email.pk}@benefit.example>"]
    assert (email.status, email.last_error) == (Status.DONE, "")


def test_a_key_longer_than_its_column_still_means_one_email(mailbox):
    for _ in range(2):
        with acting_as(WORKER):
            queue_email(
                key="k" * 500, to="a@home.example", template="benefits/sign_in_changed", context={}, now=clock.now()
            )
    send_emails()
    assert len(httpx.get(mailbox.join("/messages")).json()) == 1


def test_a_refused_email_is_tried_again(mailbox):
    httpx.post(mailbox.join("/control/faults"), json={"fault": "refuse_451", "next": 1}).raise_for_status()
    queue_mail(clock.now())
    send_emails()
    assert httpx.get(mailbox.join("/messages")).json() == []
    clock.move(timedelta(minutes=1))
    send_emails()
    assert len(httpx.get(mailbox.join("/messages")).json()) == 1


def test_an_email_past_its_moment_is_dropped(mailbox):
    queue_mail(clock.now(), drop_after=clock.now() - timedelta(seconds=1))
    send_emails()
    assert httpx.get(mailbox.join("/messages")).json() == []
    with acting_as(WORKER):
        assert Email.objects.get().last_error == "dropped: too late"


@pytest.mark.parametrize("address", ["a[@x.com", "(a@x.com", "a:b@x.com", "a@[x.com", f"a@{'b' * 70}.com"])
def test_an_address_that_is_none_holds_up_no_other_email(mailbox, address):
    """An employer's file may name any address: with it the batch stopped, and came to the same place again."""
    queue_mail(clock.now(), key="bad", to=address)
    queue_mail(clock.now(), key="good")
    send_emails()
    with acting_as(WORKER):
        bad, good = Email.objects.order_by("key")
    assert (good.status, good.last_error) == (Status.DONE, "")
    assert (bad.status, bad.sent_at, bad.lease_until) == (Status.READY, None, None)
    assert bad.last_error != ""


def test_an_email_that_cannot_be_opened_holds_up_no_other(mailbox, settings):
    """As while a release brings a new key: the old processes cannot read what the new ones wrote."""
    keys = settings.FIELD_KEYS
    settings.FIELD_KEYS = {"new": bytes(32), **keys}
    queue_mail(clock.now(), key="bad")
    settings.FIELD_KEYS = keys
    queue_mail(clock.now(), key="good")
    send_emails()
    with acting_as(WORKER):
        bad, good = Email.objects.order_by("key")
    assert good.status == Status.DONE
    assert (bad.status, bad.last_error, bad.attempts) == (Status.READY, "CannotDecrypt", 1)
