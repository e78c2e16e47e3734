"""Reading the reminders' rules, and what a clinic asks for before a session."""

from datetime import datetime
from functools import cache
from pathlib import Path
from uuid import UUID

import msgspec
from django.db.models import QuerySet

from referrals.courses.models import Course, Session
from referrals.courses.queries import protocol_of
from referrals.courses.rules import OPEN
from referrals.reminders.models import ClinicPreparation, PreparationList
from referrals.reminders.rules import Reminders, Window
from workers.kernel.errors import NotFound

_DATA = Path(__file__).parent / "data" / "reminders.json"


@cache
def get_reminders() -> Reminders:
    """Return the rules. Raises msgspec.ValidationError for a malformed file."""
    return msgspec.json.decode(_DATA.read_bytes(), type=Reminders)


def window_of(course: Course) -> Window:
    """Return when after a dosing of a course integration belongs, by the protocol that it follows; else the default."""
    for step in protocol_of(course).steps:
        if step.kind == "dosing" and step.followed_by is not None:
            window = step.followed_by.window
            return Window(from_hours=window.from_hours, to_hours=window.to_hours, source=window.source)
    return get_reminders().window


def find_preparation(clinic_id: UUID) -> ClinicPreparation | None:
    """Return what a clinic asks for before a dosing, or None when it has not said."""
    return ClinicPreparation.objects.filter(clinic_id=clinic_id).first()


def get_preparation(clinic_id: UUID) -> ClinicPreparation:
    """Return what a clinic asks for before a dosing. Raises NotFound, also for a clinic that the actor may not see."""
    preparation = find_preparation(clinic_id)
    if preparation is None:
        raise NotFound("The clinic has not said how long to fast.")
    return preparation


def find_dosing_ahead(course_id: UUID, *, now: datetime) -> Session | None:
    """Return the next dosing of a course, agreed or proposed, or None. As the member whose course it is."""
    return _dosings_ahead(now).filter(course_id=course_id).order_by("starts_at", "id").first()


def get_dosing_ahead(session_id: UUID, *, now: datetime) -> Session:
    """Return a dosing that has not begun. As its member. Raises NotFound."""
    session = _dosings_ahead(now).filter(pk=session_id).first()
    if session is None:
        raise NotFound("There is no such session ahead.")
    return session


def find_list(session_id: UUID) -> PreparationList | None:
    """Return what the acting member ticked and wrote down before a dosing, or None."""
    return PreparationList.objects.filter(pk=session_id).first()


def _dosings_ahead(now: datetime) -> QuerySet[Session]:
    return Session.objects.filter(kind="dosing", status__in=OPEN, starts_at__gt=now)
