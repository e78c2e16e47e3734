"""Reminding: each session has at most one timer waiting, for its next reminder; firing it sends and sets the next.

    session scheduled --> timer(first reminder) --due--> e-mail, timer(next) --due--> ...

A moved session has a new generation and so a new chain; the timer of the old one finds itself superseded and ends.
"""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import formats, translation

from benefits import facade as benefits
from referrals.courses.models import Session
from referrals.courses.queries import get_session
from referrals.events import SessionReminderDue
from referrals.reminders.queries import list_reminders
from referrals.reminders.rules import Moment, moments, next_moment
from workers.emails.queueing import queue_email
from workers.timers.scheduling import schedule


def begin(*, session_id: UUID, now: datetime) -> None:
    """Set the timer of a session's first reminder that is still to come. Repeating it changes nothing."""
    session = get_session(session_id)
    if _stands(session):
        member = benefits.get_member(session.member_id)
        _schedule_next(session, member, _moments(session, member), after=None, now=now)


def send(*, session_id: UUID, rule: str, generation: int, now: datetime) -> None:
    """Send a reminder whose timer fired, if its appointment and its moment still stand, and set the next timer.

    It does nothing for a superseded generation or a session that was called off or missed.
    """
    session = get_session(session_id)
    if session.generation != generation or not _stands(session):
        return
    member = benefits.get_member(session.member_id)
    found = _moments(session, member)
    for moment in found:
        if moment.reminder.rule == rule and now <= moment.drop_after and session.status in moment.reminder.statuses:
            _queue(session, moment, member, now)
    _schedule_next(session, member, found, after=rule, now=now)


def _stands(session: Session) -> bool:
    """Whether anything about this session is to be said at all."""
    return any(session.status in reminder.statuses for reminder in list_reminders())


def _moments(session: Session, member: benefits.Member) -> list[Moment]:
    return moments(
        list_reminders(),
        kind=session.kind,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        zone=ZoneInfo(member.timezone),
    )


def _schedule_next(
    session: Session, member: benefits.Member, found: list[Moment], *, after: str | None, now: datetime
) -> None:
    moment = next_moment(found, after=after, now=now)
    if moment is None:
        return
    event = SessionReminderDue(session_id=session.pk, rule=moment.reminder.rule, generation=session.generation)
    zone = ZoneInfo(member.timezone) if moment.reminder.wall_time else None
    schedule(event, about=session, due_at=moment.due_at, generation=session.generation, zone=zone)


def _queue(session: Session, moment: Moment, member: benefits.Member, now: datetime) -> None:
    """Without an account any more there is nobody to write to."""
    if not member.email:
        return
    starts_at = session.starts_at.astimezone(ZoneInfo(member.timezone))
    with translation.override(member.language):
        context = {
            "first_name": member.first_name,
            "course_id": session.course_id,
            "day": formats.date_format(starts_at, "l, F j" if member.language == "en" else r"l j \d\e F"),
            "time": formats.time_format(starts_at, "P"),
        }
    queue_email(
        key=f"session:{session.pk}:{moment.reminder.rule}:{session.generation}",
        to=member.email,
        template=moment.reminder.template,
        context=context,
        now=now,
        language=member.language,
        drop_after=moment.drop_after,
    )
