"""One of several that the server refuses, puts off or hangs up on, ahead of its turn or at it (decision 16)."""

import smtplib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from tests.factories.benefits import make_user
from tests.workers.emails.conftest import Box, queue
from workers.emails.models import Email, StoppedAddress
from workers.emails.sending import send_due
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.leases import Status
from workers.outbox.draining import drain

ALL = ("ada@home.example", "bob@home.example", "cem@home.example")
BOB = ALL[1]
SENT = (Status.DONE, 1, "")


@pytest.fixture(autouse=True)
def stopped_clock(now: Any) -> None:
    """Nothing that failed is due again before the test says so."""


@pytest.fixture(params=[True, False], ids=["in one go", "one by one"], autouse=True)
def together(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """MAIL, RCPT and DATA travel together where the server takes them so, and else one waits for the other."""
    has_extn = smtplib.SMTP.has_extn
    if not request.param:
        monkeypatch.setattr(smtplib.SMTP, "has_extn", lambda self, one: one != "pipelining" and has_extn(self, one))


def queue_all(to: Sequence[str] = ALL) -> None:
    for one in to:
        queue(key=one, to=one)


def arrived(box: Box) -> list[str]:
    return sorted(reader for mail in box.mails() for reader in mail["to"])


def stored() -> dict[str, tuple[int, int, str]]:
    with acting_as(WORKER):
        rows = Email.objects.filter(template="referrals/session_week_before")
        return {one.key: (one.status, one.attempts, one.last_error) for one in rows}


def pass_back_off() -> None:
    clock.freeze(clock.now() + timedelta(minutes=1))


@pytest.mark.parametrize("waits", [True, False], ids=["waits for a body", "wants none"])
@pytest.mark.parametrize("whose", ALL)
def test_one_that_is_refused_fails_alone(box: Box, whose: str, waits: bool) -> None:
    """Some servers wait for a body all the same (RFC 2920, 3.1): none may follow, and no other's in its place."""
    queue_all()
    box.order(fault="refuse_550", to=whose, keeps=waits, next=2)  # as it is announced, and at its turn
    assert send_due() == 3
    assert arrived(box) == [one for one in ALL if one != whose]
    assert stored() == dict.fromkeys(ALL, SENT) | {whose: (Status.READY, 1, "SMTPRecipientsRefused")}


def test_one_that_is_put_off_is_sent_when_it_comes_again(box: Box) -> None:
    queue_all()
    box.order(fault="refuse_451", to=BOB, next=2)
    assert send_due() == 3
    assert stored()[BOB] == (Status.READY, 1, "SMTPRecipientsRefused")
    pass_back_off()
    assert send_due() == 1
    assert arrived(box) == list(ALL)
    assert {status for status, _, _ in stored().values()} == {Status.DONE}


@pytest.mark.parametrize("fault", ["refuse_451", "refuse_550", "disconnect"])
def test_what_went_wrong_ahead_of_its_turn_is_tried_again_at_its_turn(box: Box, fault: str) -> None:
    queue_all()
    box.order(fault=fault, to=BOB)
    assert send_due() == 3
    assert arrived(box) == list(ALL)
    assert stored() == dict.fromkeys(ALL, SENT)


@pytest.mark.parametrize("whose", ALL)
def test_a_server_that_hangs_up_as_one_is_announced_puts_nothing_in_doubt(box: Box, whose: str) -> None:
    """All of them are of a kind that is held in doubt: what was sent stays sent, what was not is sent later."""
    queue_all()
    box.order(fault="disconnect", to=whose, next=2)
    assert send_due() == 3
    status, attempts, error = stored()[whose]
    assert (status, attempts) == (Status.READY, 1)
    assert "doubt" not in error
    pass_back_off()
    send_due()
    pass_back_off()
    send_due()
    assert arrived(box) == list(ALL)
    assert {status for status, _, _ in stored().values()} == {Status.DONE}


def test_a_server_that_puts_everybody_off_gets_everything_later_once(box: Box) -> None:
    queue_all()
    for one in ALL:
        box.order(fault="refuse_451", to=one, next=2)
    assert send_due() == 3
    assert arrived(box) == []
    for _ in range(3):
        pass_back_off()
        send_due()
    assert arrived(box) == list(ALL)


def test_an_address_without_a_mailbox_is_stopped_and_operators_hear_of_it(box: Box) -> None:
    care = make_user("operator", permissions=["care"])
    queue_all()
    box.order(fault="unknown_550", to=BOB, next=2)
    assert send_due() == 3
    with acting_as(WORKER):
        assert [(one.address, one.reason) for one in StoppedAddress.objects.all()] == [(BOB, "bounced")]
    pass_back_off()
    while drain("domain") + drain("mail"):
        pass
    send_due()
    assert arrived(box) == sorted([ALL[0], ALL[2], care.email])
    assert stored()[BOB] == (Status.DONE, 2, "dropped: the address is stopped")


def test_another_refusal_for_good_stops_no_address(box: Box) -> None:
    """It may be the server that is set up wrongly, and would be so for everybody."""
    queue_all([BOB])
    box.order(fault="refuse_550", to=BOB)
    send_due()
    with acting_as(WORKER):
        assert not StoppedAddress.objects.exists()
