"""What a member does about their sessions: agree to a proposal, take another time, answer a suggestion, call one off.

What it changes is the worker's to write; the member is named by whoever calls, and another's session is unknown. The
clinic is told of every move, and confirms it as it confirms a proposal.
"""

from datetime import datetime
from uuid import UUID

from referrals.courses.models import Course, Session
from referrals.courses.queries.times import moving
from referrals.courses.rules import ENDED, FINAL, Because, SessionStatus, What, Who, is_plausible
from referrals.courses.services.closing import announce, settle
from referrals.courses.services.history import note, store
from referrals.courses.services.refusals import BreaksRule, ImplausibleTime, NothingAsked, SessionFinal, Superseded
from referrals.courses.services.replanning import agreed_after, replan
from referrals.courses.services.sessions import end
from referrals.courses.services.stalling import watch
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.inserting import insert_all

_MOVED = (
    "status",
    "starts_at",
    "ends_at",
    "generation",
    "agreed_at",
    "agreed_after",
    "suggested_starts_at",
    "suggested_because",
    "declined_at",
    "bent",
    "problem",
)


def agree(*, session_id: UUID, member_id: UUID, who: Who, now: datetime, version: int | None = None) -> None:
    """Note that a proposal suits the member: from now on it is moved by asking only. Repeating it changes nothing.

    `version` is that of the session whose time they have seen. Raises NotFound, SessionFinal, Superseded (it moved).
    """
    with acting_as(WORKER):
        course, session = _lock(session_id, member_id)
        if session.status == SessionStatus.SCHEDULED or session.agreed_at is not None:
            return
        _compare(session, version)
        session.agreed_at, session.agreed_after = now, agreed_after(course, session)
        store(session, was=session.status, fields=["agreed_at", "agreed_after"])
        insert_all([note(session, What.AGREED, who=who, now=now)])


def move(*, session_id: UUID, member_id: UUID, starts_at: datetime, who: Who, now: datetime) -> None:
    """Take another time for a session, within the rules; the clinic confirms it.

    Raises NotFound, SessionFinal, ImplausibleTime, BreaksRule.
    """
    with acting_as(WORKER):
        course, session = _lock(session_id, member_id)
        if starts_at <= now or not is_plausible(starts_at, now=now):
            raise ImplausibleTime("starts_at lies ahead, within a year.")
        broken = moving(course, session, now=now).broken_at(starts_at)
        if broken:
            raise BreaksRule("The time breaks rules of the treatment or the clinic.", rules=broken)
        _take(course, session, starts_at, What.MOVED, who, now)


def answer(
    *, session_id: UUID, member_id: UUID, accept: bool, who: Who, now: datetime, version: int | None = None
) -> None:
    """Take the time that is suggested for a session, which the clinic then confirms, or keep the agreed one.

    `version` is that of the session whose suggestion they have seen. Raises NotFound, SessionFinal, NothingAsked,
    Superseded (another time is suggested by now).
    """
    with acting_as(WORKER):
        course, session = _lock(session_id, member_id)
        wanted = session.suggested_starts_at
        if wanted is None or wanted <= now:
            raise NothingAsked("No other time is suggested for this session.")
        _compare(session, version)
        if accept:
            _take(course, session, wanted, What.ACCEPTED, who, now)
        else:
            _decline(course, session, wanted, who, now)


def cancel(*, session_id: UUID, member_id: UUID, who: Who, now: datetime, version: int | None = None) -> None:
    """Call a session off. Raises NotFound, SessionFinal (not for a repeat), Superseded (it is not as they saw it)."""
    with acting_as(WORKER):
        course = Course.locked(sessions__pk=session_id, member_id=member_id)
        session = Session.objects.get(pk=session_id)
        if session.status == SessionStatus.CANCELLED:
            return
        if session.status not in FINAL:
            _compare(session, version)
        end(session_id, course.clinic_id, SessionStatus.CANCELLED, who=who, now=now)
        course.refresh_from_db()
        if course.status not in ENDED:
            replan(course, because=Because.SESSION_ENDED, now=now, tell=True)


def _take(course: Course, session: Session, starts_at: datetime, what: What, who: Who, now: datetime) -> None:
    was = session.status
    session.ends_at += starts_at - session.starts_at
    session.starts_at, session.status = starts_at, SessionStatus.PROPOSED
    session.generation += 1
    session.suggested_starts_at, session.suggested_because = None, ""
    session.agreed_at, session.declined_at = now, None
    session.agreed_after = agreed_after(course, session)
    session.bent, session.problem = [], ""
    store(session, was=was, fields=_MOVED)
    insert_all([note(session, what, who=who, now=now)])
    announce(session, now)
    replan(course, because=Because.SESSION_MOVED, now=now, tell=True)
    watch(course, now=now)
    settle(course, now)


def _decline(course: Course, session: Session, wanted: datetime, who: Who, now: datetime) -> None:
    session.suggested_starts_at, session.suggested_because, session.declined_at = None, "", now
    session.agreed_after = agreed_after(course, session)
    fields = ["suggested_starts_at", "suggested_because", "declined_at", "agreed_after"]
    store(session, was=session.status, fields=fields)
    insert_all([note(session, What.DECLINED, who=who, now=now, starts_at=wanted)])
    replan(course, because=Because.SESSION_MOVED, now=now, tell=True)


def _compare(session: Session, seen: int | None) -> None:
    if seen not in (None, session.version):
        raise Superseded("The session changed meanwhile: read it again.", state=session.status)


def _lock(session_id: UUID, member_id: UUID) -> tuple[Course, Session]:
    """Return a member's own session that is still open, under its course's lock. Raises NotFound, SessionFinal."""
    course = Course.locked(sessions__pk=session_id, member_id=member_id)
    session = Session.objects.get(pk=session_id)
    if session.status in FINAL:
        raise SessionFinal(f"The session is {session.status}.", state=session.status)
    return course, session
