"""What a clinic is told of its courses."""

from datetime import datetime
from uuid import UUID

from referrals.courses.models import Session
from referrals.courses.queries import get_course
from workers.deliveries.queueing import queue_delivery


def tell_clinic(*, course_id: UUID, event_id: UUID, confirm: bool, now: datetime) -> None:
    """Send the clinic all sessions of a course (`course.updated`), first `referral.confirmed` when `confirm`.

    Once per event.
    """
    course = get_course(course_id)
    if confirm:
        data = {
            "offer_id": str(course.offer_id),
            "referral_id": str(course.request_id),
            "course_id": str(course.pk),
        }
        queue_delivery(owner_id=course.clinic_id, type="referral.confirmed", data=data, event_id=event_id, now=now)
    sessions = [_as_message(session) for session in course.sessions.all()]
    update = {"course_id": str(course.pk), "sessions": sessions}
    queue_delivery(owner_id=course.clinic_id, type="course.updated", data=update, event_id=event_id, now=now)


def _as_message(session: Session) -> dict[str, str]:
    return {
        "session_id": str(session.pk),
        "kind": session.kind,
        "starts_at": session.starts_at.isoformat(),
        "ends_at": session.ends_at.isoformat(),
        "status": session.status,
    }
