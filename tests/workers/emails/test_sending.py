"""What is sent, once, over one connection, though processes die and servers hang up."""

import smtplib
from datetime import timedelta
from email import message_from_string
from typing import Any

import icalendar
import pytest

from tests.dying import kill_at
from tests.workers.emails.conftest import AGAIN, HELD, Box, queue
from workers.emails import composing, sending, smtp
from workers.emails.calendars import Appointment
from workers.emails.claiming import Waiting, claim_next
from workers.emails.models import Email
from workers.emails.notices import Notice, take
from workers.emails.sending import IN_DOUBT, send_due
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id
from workers.kernel.leases import Status
from workers.operations import repairing
from workers.operations.stuck import Chosen

LEASE = timedelta(minutes=5)


@pytest.fixture(autouse=True)
def stopped_clock(now: Any) -> None:
    """Leases end when the test says so."""


def only() -> Email:
    with acting_as(WORKER):
        return Email.objects.get()


def pass_lease() -> None:
    clock.freeze(clock.now() + LEASE)


def test_text_html_and_headers_arrive(box: Box) -> None:
    queue(language="es")
    assert send_due() == 1
    [mail] = box.mails()
    assert mail["subject"] == "Su cita de la próxima semana"
    assert "Hola, Ada:" in mail["text"]
    assert "<p>Hola, Ada:</p>" in mail["html"]
    assert mail["headers"]["From"] == ["Benefit Team <hello@benefit.example>"]
    assert mail["headers"]["Auto-Submitted"] == ["auto-generated"]
    assert mail["headers"]["List-Unsubscribe-Post"] == ["List-Unsubscribe=One-Click"]
    [url] = mail["headers"]["List-Unsubscribe"]
    assert url.strip(" <>").startswith("http")
    assert url.strip(" <>") in mail["text"]


def test_what_everybody_gets_offers_no_way_out(box: Box) -> None:
    queue(AGAIN)
    send_due()
    [mail] = box.mails()
    assert not {"List-Unsubscribe", "List-Unsubscribe-Post"} & set(mail["headers"])
    assert "/mail/" not in mail["text"]


def test_an_appointment_goes_along_as_a_part_that_calendars_know(box: Box) -> None:
    start = clock.now() + timedelta(days=3)
    appointment = Appointment(
        id=new_id(),
        sequence=2,
        title="Cita",
        url="https://x.example/",
        starts_at=start,
        ends_at=start + timedelta(hours=1),
        is_cancelled=True,
    )
    queue(appointment=appointment)
    send_due()
    raw = box.raw()
    [part] = [part for part in message_from_string(raw).walk() if part.get_content_type() == "text/calendar"]
    assert part.get_param("method") == "CANCEL"
    assert "BEGIN:VCALENDAR" in str(part.get_payload())
    with acting_as(WORKER):
        calendar = Email.objects.get().message["calendar"]
    assert str(icalendar.Calendar.from_ical(calendar["ics"])["METHOD"]) == calendar["method"] == "CANCEL"


def test_all_go_over_one_connection(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[int] = []
    connect = smtplib.SMTP.connect

    def counted(self: smtplib.SMTP, *args: Any, **kwargs: Any) -> Any:
        opened.append(1)
        return connect(self, *args, **kwargs)

    monkeypatch.setattr(smtplib.SMTP, "connect", counted)
    for number in range(5):
        queue(key=str(number))
    assert send_due() == 5
    assert (len(box.mails()), len(opened)) == (5, 1)
    assert send_due() == 0
    assert len(opened) == 1  # nothing is due: no server is asked


@pytest.mark.parametrize("together", [True, False])
def test_sender_reader_and_data_go_in_one_where_the_server_takes_them_so(
    box: Box, monkeypatch: pytest.MonkeyPatch, together: bool
) -> None:
    said: list[str | bytes] = []
    send, has_extn = smtplib.SMTP.send, smtplib.SMTP.has_extn

    def heard(self: smtplib.SMTP, s: Any) -> None:
        said.append(s)
        send(self, s)

    monkeypatch.setattr(smtplib.SMTP, "send", heard)
    if not together:
        monkeypatch.setattr(smtplib.SMTP, "has_extn", lambda self, one: one != "pipelining" and has_extn(self, one))
    queue(key="0")
    queue(key="1")
    assert (send_due(), len(box.mails())) == (2, 2)
    verbs = [[line.split()[0] for line in one.splitlines()] if isinstance(one, str) else ["body"] for one in said]
    envelope = [["mail", "rcpt", "data"]] if together else [["mail"], ["rcpt"], ["data"]]
    assert verbs == [["ehlo"], *envelope, ["body"], *envelope, ["body"], ["quit"]]


def test_the_next_is_put_together_while_the_server_reads_and_each_is_composed_once(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    composed: list[str] = []

    def counted(email: Email, *args: Any) -> Any:
        with acting_as(WORKER):
            composed.append(f"{email.key} of {Email.objects.filter(status=Status.DONE).count()}")
        return composing.compose(email, *args)

    monkeypatch.setattr(sending, "compose", counted)
    for number in range(3):
        queue(key=str(number))
    assert send_due() == 3
    assert composed == ["0 of 0", "1 of 0", "2 of 1"]
    assert [mail["headers"]["Message-ID"] for mail in box.mails()] == [[f"<{one}@benefit.example>"] for one in by_age()]


def test_what_was_only_read_beforehand_is_nobodys_when_the_process_dies(box: Box) -> None:
    for number in range(3):
        queue(key=str(number))
    kill_at(send_due, sending, "_finished", after=False)
    assert len(box.mails()) == 1
    assert send_due() == 2
    pass_lease()
    send_due()
    assert len(box.mails()) == 3
    with acting_as(WORKER):
        assert list(Email.objects.order_by("key").values_list("last_error", flat=True)) == [IN_DOUBT, "", ""]


def test_what_breaks_as_it_is_put_together_breaks_alone(box: Box) -> None:
    queue(key="0")
    queue(key="1", to="ada@home.example\nBcc: eve@home.example")
    queue(key="2")
    assert send_due() == 3
    assert len(box.mails()) == 2
    with acting_as(WORKER):
        found = Email.objects.order_by("key").values_list("status", "attempts")
        assert list(found) == [(Status.DONE, 1), (Status.READY, 1), (Status.DONE, 1)]


def test_what_another_worker_took_meanwhile_is_passed_over(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two read the same e-mails; what one claims the other leaves alone, though it has put it together."""
    theirs: list[str] = []

    def steal(*args: Any, **kwargs: Any) -> None:
        smtp.send(*args, **kwargs)
        if not theirs:
            with acting_as(WORKER):
                claimed = claim_next(Waiting(), now=clock.now())
            assert claimed is not None
            theirs.append(claimed.email.key)

    monkeypatch.setattr(sending, "send", steal)
    for number in range(4):
        queue(key=str(number))
    assert (send_due(), theirs, len(box.mails())) == (3, ["1"], 3)
    with acting_as(WORKER):
        assert set(Email.objects.values_list("attempts", flat=True)) == {1}


def by_age() -> list[Any]:
    with acting_as(WORKER):
        return list(Email.objects.order_by("due_at", "id").values_list("id", flat=True))


def test_a_worker_that_dies_between_the_servers_yes_and_the_commit_sends_nothing_twice(box: Box) -> None:
    queue()
    kill_at(send_due, sending, "_finished", after=False)
    assert len(box.mails()) == 1
    assert send_due() == 0  # it is leased
    pass_lease()
    send_due()
    assert len(box.mails()) == 1
    assert (only().status, only().last_error) == (Status.DEAD, IN_DOUBT)


def test_one_that_must_not_get_lost_is_sent_again_under_its_message_id(box: Box) -> None:
    queue(AGAIN)
    kill_at(send_due, sending, "_finished", after=False)
    pass_lease()
    send_due()
    first, second = box.mails()
    assert first["headers"]["Message-ID"] == second["headers"]["Message-ID"]
    assert only().status == Status.DONE


@pytest.mark.parametrize("template", [HELD, AGAIN])
def test_the_providers_word_settles_a_doubt_before_anything_is_sent_again(box: Box, template: str) -> None:
    queue(template)
    kill_at(send_due, sending, "_finished", after=False)
    take([Notice(status="delivered", recipient="", email_id=only().pk)], now=clock.now())
    pass_lease()
    send_due()
    assert len(box.mails()) == 1
    assert (only().status, only().sent_at, only().last_error) == (Status.DONE, clock.now(), "")


def test_the_providers_word_settles_a_doubt_that_was_held(box: Box) -> None:
    queue()
    box.order(fault="disconnect", keeps=True)
    send_due()
    assert only().status == Status.DEAD
    take([Notice(status="delivered", recipient="", email_id=only().pk)], now=clock.now())
    assert (only().status, only().last_error) == (Status.DONE, "")


@pytest.mark.parametrize("keeps", [True, False])
def test_a_server_that_hangs_up_without_an_answer_leaves_a_doubt(box: Box, keeps: bool) -> None:
    queue()
    queue(key="next")
    box.order(fault="disconnect", keeps=keeps)
    send_due()
    clock.freeze(clock.now() + timedelta(hours=1))
    send_due()
    assert len(box.mails()) == 1 + keeps
    with acting_as(WORKER):
        assert Email.objects.get(key="k").last_error == IN_DOUBT


def test_a_refusal_is_an_answer_and_no_doubt(box: Box) -> None:
    queue()
    box.order(fault="refuse_451")
    send_due()
    assert (only().status, only().last_error) == (Status.READY, "SMTPDataError")
    clock.freeze(clock.now() + timedelta(minutes=1))
    send_due()
    assert (only().status, len(box.mails())) == (Status.DONE, 1)


def test_a_worker_that_dies_before_the_server_had_anything_leaves_it_ready(box: Box) -> None:
    """The connection stands before anything is claimed: a server that is slow to greet puts nothing in doubt."""
    queue()
    kill_at(send_due, sending, "_connect", after=True)
    assert (only().attempts, only().lease_until) == (0, None)
    send_due()
    assert (only().status, len(box.mails())) == (Status.DONE, 1)


def test_a_person_may_have_a_held_one_sent_after_all(box: Box) -> None:
    queue()
    box.order(fault="disconnect", keeps=False)
    send_due()
    with acting_as(WORKER):
        repairing.replay("emails", Chosen(), now=clock.now(), user_id=None, why="not at the provider's")
    send_due()
    assert (only().status, len(box.mails())) == (Status.DONE, 1)


def test_a_server_that_is_away_puts_nothing_in_doubt(committed_db: str, settings: Any) -> None:
    settings.EMAIL_BACKEND = "workers.emails.smtp.Backend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    queue()
    send_due()
    assert (only().status, only().attempts, only().last_error) == (Status.READY, 1, "ConnectionRefusedError")


@pytest.mark.parametrize("again", [False, True])
def test_a_stopped_address_gets_nothing(box: Box, again: bool) -> None:
    take([Notice(status="bounced", recipient="Ada@Home.example", email_id=None)] * (1 + again), now=clock.now())
    queue()
    queue(key="other", to="bob@home.example")
    send_due()
    assert [mail["to"] for mail in box.mails()] == [["bob@home.example"]]
    with acting_as(WORKER):
        assert Email.objects.get(key="k").last_error == "dropped: the address is stopped"
