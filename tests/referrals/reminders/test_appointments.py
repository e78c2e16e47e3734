"""What stands in a member's calendar: agreed, moved, called off."""

from datetime import datetime, timedelta
from typing import Any

import icalendar
import pytest

from referrals.courses.models import Session
from referrals.courses.services import closing, sessions
from referrals.reminders.services.appointments import tell_of_appointment
from tests.conftest import NOW
from tests.factories.courses import make_course, sessions_of
from tests.referrals.reminders.test_services import dosing_of, run, schedule
from workers.emails.models import Email
from workers.kernel import clock

pytestmark = pytest.mark.usefixtures("as_worker", "now")


def entries() -> list[tuple[str, str, int, datetime]]:
    """(template, METHOD, SEQUENCE, DTSTART) of what was mailed, in its order."""
    found = []
    for email in Email.objects.filter(template__startswith="referrals/appointment").order_by("id"):
        calendar = icalendar.Calendar.from_ical(email.message["calendar"]["ics"])
        event: Any = calendar.walk("VEVENT")[0]
        assert str(event["SUMMARY"]) == "Appointment"
        found.append(
            (email.template.split("_")[1], str(calendar["METHOD"]), int(event["SEQUENCE"]), event["DTSTART"].dt)
        )
    return found


@pytest.fixture
def dosing() -> Session:
    return dosing_of()


def test_what_is_agreed_stands_in_the_calendar_moves_there_and_is_taken_back(dosing: Session) -> None:
    first, second = dosing.starts_at, dosing.starts_at + timedelta(days=2)
    schedule(dosing)
    schedule(dosing)
    schedule(dosing, starts_at=second)
    closing.cancel_course(request_id=dosing.course.request_id, now=NOW)
    run()
    assert entries() == [
        ("set", "REQUEST", 1, first),
        ("moved", "REQUEST", 2, second),
        ("cancelled", "CANCEL", 3, second),
    ]


def test_what_was_never_agreed_is_in_no_calendar(dosing: Session) -> None:
    closing.cancel_course(request_id=dosing.course.request_id, now=NOW)
    run()
    assert entries() == []


def test_what_is_over_stays_where_it_stands(dosing: Session) -> None:
    schedule(dosing)
    clock.freeze(dosing.ends_at)
    sessions.complete(session_id=dosing.pk, clinic_id=dosing.clinic_id, completed_at=dosing.ends_at, now=dosing.ends_at)
    run()
    assert [entry[0] for entry in entries()] == ["set"]


@pytest.mark.parametrize("status", ["proposed", "cancelled", "no_show", "completed"])
def test_news_that_is_outdated_says_nothing(dosing: Session, status: Any) -> None:
    schedule(dosing)
    tell_of_appointment(session_id=dosing.pk, status=status, now=NOW)
    assert len(entries()) == 1


def test_without_an_account_there_is_no_calendar(dosing: Session) -> None:
    other = sessions_of(make_course())[1]
    schedule(other)
    assert entries() == []
