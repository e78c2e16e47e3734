"""Entries for the member's calendar: when a session is agreed, moved, called off."""

from datetime import datetime
from uuid import UUID

from benefits import facade as benefits
from referrals.courses.queries import count_appointments, get_session
from referrals.courses.rules import SessionStatus
from referrals.reminders.services.wording import queue_appointment


def tell_of_appointment(*, session_id: UUID, status: str, now: datetime) -> None:
    """Mail what became of an appointment, if that still holds; once per appointment. Raises NotFound.

    What was never agreed is in no calendar, and what is over stays there as it was.
    """
    session = get_session(session_id)
    if session.status != status or session.ends_at <= now:
        return
    appointments = count_appointments(session_id)
    if status == SessionStatus.SCHEDULED:
        template = "appointment_set" if appointments <= 1 else "appointment_moved"
    elif status == SessionStatus.CANCELLED and appointments > 0:
        template = "appointment_cancelled"
    else:
        return
    member = benefits.get_member(session.member_id)
    if member.email:
        is_cancelled = status == SessionStatus.CANCELLED
        queue_appointment(session, member, template=f"referrals/{template}", is_cancelled=is_cancelled, now=now)
