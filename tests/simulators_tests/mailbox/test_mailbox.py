"""What is sent by smtplib is found again on every side of the mail server; faults happen as ordered."""

import smtplib
import time
from email.message import EmailMessage

import pytest

from tests.simulators_tests.mailbox.conftest import Server

SUBJECT = "Ihr Termin: Übermorgen, 10 Uhr ☀"
TEXT = "Grüße\n.\n..zwei Punkte am Anfang einer Zeile\nhttp://127.0.0.1:8000/portal/\n"


def write(*, to: str = "ana@example.test", subject: str = SUBJECT, html: str = "") -> EmailMessage:
    """A mail with a body that needs UTF-8 and SMTP's dot-stuffing."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Benefits <no-reply@example.test>", to, subject
    mail["Date"], mail["X-Mark"] = "Sat, 21 Nov 2026 10:00:00 +0000", "one"
    mail.set_content(TEXT, cte="8bit")
    if html:
        mail.add_alternative(html, subtype="html")
    return mail


def send(server: Server, mail: EmailMessage, **envelope: object) -> None:
    """Hand one mail over in a connection of its own."""
    with smtplib.SMTP("127.0.0.1", server.smtp_port, timeout=10) as smtp:
        smtp.send_message(mail, **envelope)  # type: ignore[arg-type]


def subjects(server: Server, **query: str) -> list[str]:
    """The subjects of the mails that a query finds, in order."""
    return [mail["subject"] for mail in server.http.get("/messages", params=query).json()]


def order(server: Server, fault: str, **more: object) -> None:
    """Have the next mail or mails meet a fault."""
    server.http.post("/control/faults", json={"fault": fault, **more}).raise_for_status()


def test_health_answers(server: Server) -> None:
    assert server.http.get("/control/health").status_code == 200


def test_a_mail_in_utf_8_is_listed_with_all_its_parts(server: Server) -> None:
    send(server, write(html="<p>Grüße</p>"))

    (mail,) = server.http.get("/messages").json()

    assert mail["from"] == "no-reply@example.test"
    assert mail["to"] == ["ana@example.test"]
    assert mail["subject"] == SUBJECT
    assert mail["date"] == "Sat, 21 Nov 2026 10:00:00 +0000"
    assert mail["headers"]["X-Mark"] == ["one"]
    assert mail["text"].replace("\r\n", "\n") == TEXT
    assert mail["html"].strip() == "<p>Grüße</p>"
    assert mail["size"] == len(server.http.get(f"/messages/{mail['id']}.eml").content)


def test_an_address_in_utf_8_is_taken(server: Server) -> None:
    send(server, write(to="jörg@example.test"))

    assert subjects(server, to="jörg@example.test") == [SUBJECT]


def test_recipients_are_those_of_the_envelope(server: Server) -> None:
    send(server, write(), to_addrs=["hidden@example.test"])

    assert subjects(server, to="hidden@example.test") == [SUBJECT]
    assert subjects(server, to="ana@example.test") == []


def test_filters_take_a_whole_address_and_any_part_of_a_subject(server: Server) -> None:
    send(server, write(to="ana@example.test", subject="First notice"))
    send(server, write(to="Ana@Example.test", subject="Second notice"))
    send(server, write(to="susana@example.test", subject="Third notice"))

    assert subjects(server, to="ANA@example.test") == ["First notice", "Second notice"]
    assert subjects(server, subject="SECOND") == ["Second notice"]
    assert subjects(server, to="ana@example.test", subject="third") == []


def test_the_raw_mail_and_the_file_are_the_same_bytes(server: Server) -> None:
    send(server, write())
    (mail,) = server.http.get("/messages").json()

    raw = server.http.get(f"/messages/{mail['id']}.eml")
    (path,) = server.folder.glob(f"*-{mail['id']}.eml")

    assert raw.headers["content-type"] == "message/rfc822"
    assert raw.content.endswith(TEXT.replace("\n", "\r\n").encode())
    assert path.read_bytes() == raw.content


def test_an_unknown_mail_is_not_found(server: Server) -> None:
    assert server.http.get("/messages/999999.eml").status_code == 404


def test_deleting_forgets_all_and_never_uses_an_id_again(server: Server) -> None:
    send(server, write())
    (first,) = server.http.get("/messages").json()

    assert server.http.delete("/messages").status_code == 204
    assert subjects(server) == []
    send(server, write())

    (second,) = server.http.get("/messages").json()
    assert second["id"] == first["id"] + 1


def test_the_page_shows_mails_newest_first_and_escapes_them(server: Server) -> None:
    send(server, write(subject="Older <script>alert(1)</script>", html='<p class="x">"quoted"</p>'))
    send(server, write(subject="Newer"))

    page = server.http.get("/")

    assert page.text.index("Newer") < page.text.index("Older")
    assert "<script" not in page.text
    assert "Older &lt;script&gt;" in page.text
    assert "&lt;p class=&quot;x&quot;&gt;" in page.text
    assert '<a href="http://127.0.0.1:8000/portal/" rel="nofollow">' in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


def test_the_page_narrows_like_the_list_and_says_when_nothing_is_left(server: Server) -> None:
    assert "No mail yet." in server.http.get("/").text
    send(server, write(subject="Only one"))

    assert "Only one" in server.http.get("/", params={"subject": "only"}).text
    assert "No mail matches." in server.http.get("/", params={"to": "nobody@example.test"}).text


@pytest.mark.parametrize(("fault", "code"), [("refuse_451", 451), ("refuse_550", 550)])
def test_a_refusal_happens_as_often_as_ordered_and_keeps_nothing(server: Server, fault: str, code: int) -> None:
    order(server, fault, next=2)

    for _ in range(2):
        with pytest.raises(smtplib.SMTPDataError) as refusal:
            send(server, write())
        assert refusal.value.smtp_code == code
    assert subjects(server) == []

    send(server, write())
    assert subjects(server) == [SUBJECT]


@pytest.mark.parametrize(("fault", "code"), [("refuse_451", 451), ("refuse_550", 550), ("unknown_550", 550)])
def test_a_recipient_is_refused_by_name_and_nobody_else(server: Server, fault: str, code: int) -> None:
    order(server, fault, to="ana@example.test", keeps=False)

    send(server, write(to="eve@example.test"))
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
        send(server, write())
    send(server, write())

    assert refusal.value.recipients["ana@example.test"][0] == code
    assert [mail["to"] for mail in server.http.get("/messages").json()] == [["eve@example.test"], ["ana@example.test"]]


def test_a_server_that_hangs_up_at_a_recipient_has_no_mail(server: Server) -> None:
    order(server, "disconnect", to="ana@example.test")

    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(server, write())

    assert subjects(server) == []


@pytest.mark.parametrize(("keeps", "kept"), [(True, [SUBJECT]), (False, [])])
def test_a_disconnection_after_data_leaves_the_sender_without_an_answer(
    server: Server, keeps: bool, kept: list[str]
) -> None:
    order(server, "disconnect", keeps=keeps)

    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(server, write())

    assert subjects(server) == kept


def test_a_slow_answer_takes_the_time_ordered_and_then_the_mail(server: Server) -> None:
    order(server, "slow", seconds=0.3)
    began = time.monotonic()

    send(server, write())

    assert time.monotonic() - began >= 0.3
    assert subjects(server) == [SUBJECT]


def test_faults_happen_in_the_order_ordered(server: Server) -> None:
    order(server, "refuse_550")
    order(server, "slow", seconds=0)

    assert [fault["kind"] for fault in server.http.get("/control/faults").json()] == ["refuse_550", "slow"]
    with pytest.raises(smtplib.SMTPDataError):
        send(server, write())
    send(server, write())
    assert server.http.get("/control/faults").json() == []


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"fault": "explode"}, "fault: one of"),
        ({"fault": "slow", "next": 0}, "next: "),
        ({"fault": "slow", "next": True}, "next: "),
        ({"fault": "slow", "seconds": -1}, "seconds: "),
        ({"fault": "disconnect", "keeps": "no"}, "keeps: "),
        ({"fault": "slow", "sometimes": 1}, "unknown: sometimes"),
        ([], "the body is not a JSON object"),
    ],
)
def test_a_malformed_fault_is_refused_with_its_reason(server: Server, document: object, reason: str) -> None:
    response = server.http.post("/control/faults", json=document)

    assert response.status_code == 400
    assert response.json()["error"].startswith(reason)
    assert server.http.get("/control/faults").json() == []
