"""What a clinic and a member are told of a course."""

from datetime import datetime
from functools import partial
from uuid import UUID

import msgspec

from referrals.courses.models import Course, Session
from referrals.courses.queries import get_course
from referrals.messages import CourseUpdated, ReferralConfirmed, SessionSummary
from referrals.requests import services as requests
from workers.deliveries.queueing import queue_message


def tell_clinic(*, course_id: UUID, event_id: UUID, confirm: bool, now: datetime) -> None:
    """Send the clinic all sessions of a course (`course.updated`), first `referral.confirmed` when `confirm`.

    Once per event, and in order with what the clinic hears of the course's offer.
    """
    Course.locked(pk=course_id)  # whoever changes it meanwhile is told of after this, not before
    course = get_course(course_id)
    tell = partial(queue_message, owner_id=course.clinic_id, event_id=event_id, ordering_key=course.offer_id, now=now)
    if confirm:
        confirmed = ReferralConfirmed(offer_id=course.offer_id, referral_id=course.request_id, course_id=course.pk)
        tell(confirmed)
    tell(CourseUpdated(course_id=course.pk, sessions=[_summary(session) for session in course.sessions.all()]))


def ask_member(*, course_id: UUID, asks: int, event_id: UUID, now: datetime) -> None:
    """Mail the member that the portal has news, when another time is suggested for what was agreed; once per event."""
    if asks:
        requests.tell_member(request_id=get_course(course_id).request_id, event_id=event_id, now=now)


def _summary(session: Session) -> SessionSummary:
    facts = {
        "session_id": session.pk,
        "kind": session.kind,
        "starts_at": session.starts_at,
        "ends_at": session.ends_at,
        "status": session.status,
        "version": session.version,
        "suggested_starts_at": session.suggested_starts_at,
    }
    return msgspec.convert(facts, SessionSummary)
