"""Reminding: each session has at most one timer waiting, for its next reminder; firing it sends and sets the next.

    session scheduled --> timer(first reminder) --due--> e-mail, timer(next) --due--> ...

Whatever becomes of a session begins its chain anew; a timer of the former chain finds itself superseded and ends.
"""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from benefits import facade as benefits
from referrals.courses.models import Session
from referrals.courses.queries import get_course, get_session
from referrals.courses.rules import ended_at
from referrals.events.courses import SessionReminderDue
from referrals.reminders.models import ReminderChain
from referrals.reminders.queries import get_reminders, window_of
from referrals.reminders.rules import Appointment, Moment, moments, next_moment
from referrals.reminders.services.noting import note
from referrals.reminders.services.wording import key_of, queue_reminder
from referrals.requests.queries import get_request
from referrals.requests.rules import CARE_ENDED
from workers.emails.queueing import withdraw_unsent
from workers.timers.scheduling import schedule


def begin(*, session_id: UUID, now: datetime) -> None:
    """Set the timer of a session's first reminder that is still to come, in place of any that waits.

    What the mail has not sent yet, because no server could be reached, and what does not hold any more, is taken back.
    """
    session = get_session(session_id)
    with transaction.atomic():
        chain = _next_generation(session)
        stands = _stands(session)
        _take_back(session, stands=stands)
        if stands:
            member = benefits.get_member(session.member_id)
            _schedule_next(chain, session, member, _moments(session, member), after=None, now=now)


def follow_clocks(*, member_id: UUID, now: datetime) -> None:
    """Begin the chain of each session of a member who lives in another time zone now: their wall times moved."""
    theirs = Session.objects.filter(course__member_id=member_id).values("pk")  # by the index of courses
    for chain in ReminderChain.objects.filter(pk__in=theirs).order_by("pk"):
        begin(session_id=chain.pk, now=now)


def send(*, session_id: UUID, rule: str, generation: int, now: datetime) -> None:
    """Send a reminder whose timer fired, if its appointment and its moment still stand, and set the next timer.

    It does nothing for a superseded chain, a session that says nothing any more, or care that was ended. One that is
    not due yet, because the member lives further west by now, waits.
    """
    with transaction.atomic():
        chain = ReminderChain.locked(pk=session_id)
        session = get_session(session_id)
        if chain.generation != generation or not _stands(session):
            return
        member = benefits.get_member(session.member_id)
        found = _moments(session, member)
        early = [moment for moment in found if moment.reminder.rule == rule and now < moment.due_at]
        for moment in found:
            if moment.reminder.rule == rule and not early:
                _remind(session, moment, member, now)
        _schedule_next(chain, session, member, found, after=None if early else rule, now=now)


def take_back(*, course_id: UUID) -> None:
    """Take back what the mail has not sent yet of a course whose care was ended, about its past, too; else nothing."""
    course = get_course(course_id)
    if get_request(course.request_id).status in CARE_ENDED:
        for session in course.sessions.all():
            _take_back(session, stands=False)


def _next_generation(session: Session) -> ReminderChain:
    """The session's chain, locked, with every timer of it superseded."""
    row = ReminderChain(pk=session.pk, member_id=session.member_id)
    ReminderChain.objects.bulk_create([row], ignore_conflicts=True)
    chain = ReminderChain.locked(pk=session.pk)
    chain.generation += 1
    chain.save(update_fields=["generation"])
    return chain


def _take_back(session: Session, *, stands: bool) -> None:
    rules = [one.rule for one in get_reminders().reminders if stands and session.status in one.statuses]
    withdraw_unsent(prefix=key_of(session, ""), keep=[key_of(session, rule) for rule in rules])


def _stands(session: Session) -> bool:
    """Whether anything is to be said at all: not of what was called off, and to nobody whose care was ended."""
    if not any(session.status in reminder.statuses for reminder in get_reminders().reminders):
        return False
    return get_request(session.course.request_id).status not in CARE_ENDED


def _moments(session: Session, member: benefits.Member) -> list[Moment]:
    """As the appointment has them, or what took place on another day."""
    ends_at = ended_at(session.ends_at, session.completed_at)
    appointment = Appointment(
        kind=session.kind,
        starts_at=ends_at - (session.ends_at - session.starts_at),
        ends_at=ends_at,
        zone=ZoneInfo(member.timezone),
        window=window_of(session.course),
    )
    return moments(get_reminders(), appointment)


def _remind(session: Session, moment: Moment, member: benefits.Member, now: datetime) -> None:
    """Without an account any more there is nobody to write to."""
    is_in_time = now <= moment.drop_after and session.status in moment.reminder.statuses
    if member.email and is_in_time and note(session, moment.reminder, zone=ZoneInfo(member.timezone), now=now):
        queue_reminder(session, moment, member, now)


def _schedule_next(
    chain: ReminderChain,
    session: Session,
    member: benefits.Member,
    found: list[Moment],
    *,
    after: str | None,
    now: datetime,
) -> None:
    moment = next_moment(found, after=after, status=session.status, now=now)
    if moment is None:
        return
    event = SessionReminderDue(session_id=session.pk, rule=moment.reminder.rule, generation=chain.generation)
    zone = ZoneInfo(member.timezone) if moment.reminder.wall_time else None
    schedule(event, about=chain, due_at=moment.due_at, generation=chain.generation, zone=zone)
