"""Calendar entries that go along with e-mails (RFC 5545, RFC 5546): invitations, moves, cancellations."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings
from icalendar import Calendar, Event, vCalAddress, vText

PRODUCT = "-//Benefit//Appointments//EN"


@dataclass(frozen=True, kw_only=True)
class Appointment:
    """An entry in somebody's calendar. `title` tells nothing: whoever looks over a shoulder reads it.

    The same `id` is the same entry; a higher `sequence` replaces what was sent before (RFC 5545, 3.8.7.4).
    """

    id: UUID
    sequence: int
    title: str
    url: str
    starts_at: datetime
    ends_at: datetime
    is_cancelled: bool = False

    @property
    def method(self) -> str:
        """What the calendar is to do with it (RFC 5546, 3.2)."""
        return "CANCEL" if self.is_cancelled else "REQUEST"


def sender_domain() -> str:
    """Return the domain that our e-mails come from."""
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")


def to_ics(appointment: Appointment, *, to: str, now: datetime) -> str:
    """Return an appointment as iCalendar, addressed to one person; instants in UTC, so no zone has to be explained."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", appointment.method)
    calendar.add_component(_event(appointment, to, now))
    return str(calendar.to_ical().decode())


def _event(appointment: Appointment, to: str, now: datetime) -> Event:
    event = Event()
    event.add("uid", f"{appointment.id}@{sender_domain()}")
    event.add("sequence", appointment.sequence)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", appointment.starts_at.astimezone(UTC))
    event.add("dtend", appointment.ends_at.astimezone(UTC))
    event.add("summary", appointment.title)
    event.add("url", appointment.url)
    event.add("class", "PRIVATE")
    event.add("status", "CANCELLED" if appointment.is_cancelled else "CONFIRMED")
    event.add("organizer", _address(settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].rstrip(">")))
    event.add("attendee", _attendee(to))
    return event


def _attendee(to: str) -> vCalAddress:
    """Nobody is asked to answer: the appointment stands."""
    address = _address(to)
    address.params["PARTSTAT"] = vText("ACCEPTED")
    address.params["RSVP"] = vText("FALSE")
    return address


def _address(email: str) -> vCalAddress:
    return vCalAddress(f"mailto:{email}")
