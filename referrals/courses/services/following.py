"""Telling the offer that a course came of how far it got."""

from datetime import datetime
from uuid import UUID

from referrals.courses.queries import get_course
from referrals.courses.rules import SessionStatus
from referrals.offers import services as offers

_BEGUN = (SessionStatus.SCHEDULED, SessionStatus.COMPLETED)


def begin_care(*, course_id: UUID, status: str, now: datetime) -> None:
    """Care begins when a session is agreed, or took place; `status` is what became of one. Raises NotFound."""
    if status in _BEGUN:
        offers.begin_care(offer_id=get_course(course_id).offer_id, now=now)
