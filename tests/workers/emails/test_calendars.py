"""Entries for calendars, read by a parser that is not ours to write."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import icalendar

from workers.emails.calendars import Appointment, to_ics

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
STARTS = datetime(2026, 3, 14, 15, tzinfo=UTC)
SESSION = UUID(int=7)


def entry(sequence: int = 1, **about: Any) -> Any:
    appointment = Appointment(
        id=SESSION,
        sequence=sequence,
        title="Cita",
        url="https://portal.example/courses/c/",
        starts_at=STARTS,
        ends_at=STARTS + timedelta(minutes=150),
        **about,
    )
    text = to_ics(appointment, to="ada@home.example", now=NOW)
    calendar = icalendar.Calendar.from_ical(text)
    event: Any = calendar.walk("VEVENT")[0]
    assert str(calendar["VERSION"]) == "2.0"
    event["METHOD"] = calendar["METHOD"]
    assert all(len(line) <= 75 for line in text.encode().split(b"\r\n"))  # RFC 5545, 3.1
    return event


def test_an_invitation_holds_the_time_and_no_word_of_what_it_is() -> None:
    event = entry()
    assert (str(event["METHOD"]), str(event["UID"])) == ("REQUEST", f"{SESSION}@benefit.example")
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (STARTS, STARTS + timedelta(minutes=150))
    assert (str(event["SUMMARY"]), int(event["SEQUENCE"]), str(event["STATUS"])) == ("Cita", 1, "CONFIRMED")
    assert str(event["ORGANIZER"]) == "mailto:hello@benefit.example"
    assert str(event["ATTENDEE"]) == "mailto:ada@home.example"
    assert event["ATTENDEE"].params["RSVP"] == "FALSE"
    assert not {"LOCATION", "DESCRIPTION", "CATEGORIES"} & set(event)


def test_a_cancellation_is_the_same_entry_with_a_higher_sequence() -> None:
    former, cancelled = entry(3), entry(4, is_cancelled=True)
    assert former["UID"] == cancelled["UID"]
    assert int(cancelled["SEQUENCE"]) > int(former["SEQUENCE"])
    assert (str(cancelled["METHOD"]), str(cancelled["STATUS"])) == ("CANCEL", "CANCELLED")
