"""Another session in place of one that did not take place: a member asks for it, the planner proposes it.

It comes last of its step, so that what others agreed to can stay; one that belonged to another session comes behind
that. It costs what the missed one was to cost: the price that was agreed for that one goes over (billing/quotes).
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import F

from referrals.courses.models import Course, Session
from referrals.courses.queries.calendars import clinic_time, member_times
from referrals.courses.rules import ENDED, MISSED, Because, Who
from referrals.courses.services.refusals import CourseOver, NoTimeLeft, NotMissed
from referrals.courses.services.replanning import Setting, revise, save
from referrals.courses.services.stalling import watch
from workers.kernel.actor import WORKER, acting_as


def make_up(*, session_id: UUID, member_id: UUID, who: Who, now: datetime) -> Session:
    """Propose another session in place of one that was missed or called off, with what followed it, and return it.

    What is only proposed makes room; of what was agreed to another time is suggested. Asking again changes nothing.
    Raises NotFound, NotMissed, CourseOver, NoTimeLeft.
    """
    with acting_as(WORKER):
        course = Course.locked(sessions__pk=session_id, member_id=member_id)
        sessions = list(course.sessions.order_by("sequence"))
        known = next((one for one in sessions if one.makes_up_id == session_id), None)
        if known is not None:
            return known
        missed = next(one for one in sessions if one.pk == session_id)
        _check(course, missed)
        return _propose(course, sessions, missed, who, now)


def _check(course: Course, missed: Session) -> None:
    if missed.status not in MISSED:
        raise NotMissed("This session took place, or still stands: move it instead.", state=missed.status)
    if course.status in ENDED:
        raise CourseOver("The course has ended: ask for another one.")


def _propose(course: Course, sessions: Sequence[Session], missed: Session, who: Who, now: datetime) -> Session:
    added, place = _added(sessions, missed), _place(sessions, missed)
    for number, session in enumerate(added):
        session.sequence = place + number
    before = [one for one in sessions if one.sequence < place]
    planned = [*before, *added, *sessions[len(before) :]]
    clinic = clinic_time(course.clinic_id, now=now)
    member = member_times([course.member_id], beside=[course.pk])[course.member_id]
    setting = Setting(clinic=clinic, member=member, because=Because.MAKES_UP, now=now, who=who)
    revision = revise(course, planned, setting)
    if revision.refused:
        rules = list(revision.refused.values())
        raise NoTimeLeft("The rules of the treatment leave no time for another one.", rules=rules)
    Session.objects.filter(course=course, sequence__gte=place).update(sequence=F("sequence") + len(added))
    Session.objects.bulk_create(added)
    save([revision], now=now, tell=[course.pk])
    watch(course, now=now)
    return added[0]


def _added(sessions: Sequence[Session], missed: Session) -> list[Session]:
    """The new sessions, without their times: like the missed one, and like what followed it."""
    main = _like(missed)
    followers = [one for one in sessions if one.follows_id == missed.pk]
    if not followers:
        return [main]
    follower = followers[-1]  # one before it was made up for already
    again = _like(follower)
    again.follows = main
    if follower.status not in MISSED:
        again.makes_up = None  # what was agreed to may take place all the same
    return [main, again]


def _like(session: Session) -> Session:
    return Session(
        course_id=session.course_id,
        member_id=session.member_id,
        clinic_id=session.clinic_id,
        kind=session.kind,
        step=session.step,
        follows_id=session.follows_id,
        makes_up=session,
        route=session.route,
        format=session.format,
        list_price_cents=session.list_price_cents,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
    )


def _place(sessions: Sequence[Session], missed: Session) -> int:
    """Behind which it comes, as a sequence."""
    if missed.follows_id is not None:
        return missed.sequence + 1
    return max(one.sequence for one in sessions if one.step == missed.step) + 1
