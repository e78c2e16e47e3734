"""Replanning a course from what actually happened.

Proposals move by themselves; of what a person agreed to another time is suggested. Every function here is called under
the lock of the course, which every writer takes.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from uuid import UUID

from referrals.courses.models import Course, Session, SessionStep
from referrals.courses.queries.calendars import ClinicTime, MemberTime, calendar_of, clinic_time, member_times
from referrals.courses.queries.courses import known_of, protocol_of
from referrals.courses.rules import FINAL, MISSED, OPEN, PLANNER, Because, SessionStatus, What, Who
from referrals.courses.rules.revising import hold_of, measured_from, spots, windows
from referrals.courses.services.history import note, rewrite
from referrals.events.courses import CourseReplanned, SessionChanged
from referrals.protocols.rules.planning import arrange
from referrals.protocols.rules.plans import Hold, Placed
from workers.events import Event
from workers.kernel.aggregate import Aggregate
from workers.kernel.inserting import insert_all
from workers.outbox.publishing import publish_all


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a course is replanned by, and why; `who` asked for the sessions that are new."""

    clinic: ClinicTime
    member: MemberTime
    because: Because
    now: datetime
    who: Who = PLANNER


@dataclass
class Revision:
    """What replanning changed of a course, not saved: `changed` sessions, of which `moved` have another appointment.

    `suggested` are those for which another time than before is suggested, or none any more. `refused` says, by session,
    which rule leaves no time for a new one.
    """

    course: Course
    changed: dict[UUID, Session] = field(default_factory=dict)
    moved: dict[UUID, Session] = field(default_factory=dict)
    suggested: list[Session] = field(default_factory=list)
    steps: list[SessionStep] = field(default_factory=list)
    refused: dict[UUID, str] = field(default_factory=dict)


def replan(course: Course, *, because: Because, now: datetime, tell: bool = False) -> Revision:
    """Bring the proposals of a course to what happened, and store it; `tell` the clinic even when nothing moved.

    The caller holds the course's lock. Raises NotFound for a clinic or protocol that there is not.
    """
    setting = Setting(
        clinic=clinic_time(course.clinic_id, now=now),
        member=member_times([course.member_id], beside=[course.pk])[course.member_id],
        because=because,
        now=now,
    )
    revision = revise(course, list(course.sessions.order_by("sequence")), setting)
    save([revision], now=now, tell=[course.pk] if tell else ())
    return revision


def revise(course: Course, sessions: Sequence[Session], setting: Setting) -> Revision:
    """Return what is to change of a course, its sessions in their order; those not stored yet get their times."""
    revision = Revision(course)
    drop_orphans(sessions, revision, setting)
    protocol = protocol_of(course)
    known = [known_of(session) for session in sessions]
    placed = arrange(
        protocol,
        spots(known, planned_at=course.planned_at, now=setting.now),
        start=course.planned_at.astimezone(setting.clinic.zone).date(),
        calendar=calendar_of(course, setting.clinic, setting.member),
        now=setting.now,
        earliest=tomorrow(setting.clinic, setting.now),
    )
    for session, place in zip(sessions, placed, strict=True):
        _follow(session, place, revision, setting)
    _set_windows(sessions, windows([known_of(session) for session in sessions], protocol), revision)
    return revision


def save(revisions: Iterable[Revision], *, now: datetime, tell: Collection[UUID] = ()) -> None:
    """Store revisions with a few statements, however many they are.

    What was called off is announced one by one. A proposal that moved, or for which another time is suggested, is of a
    newer version and told with its course: nobody reminds of it, bills it or has it in a calendar.
    """
    listed = list(revisions)
    changed = [session for revision in listed for session in revision.changed.values()]
    moved = [session for revision in listed for session in revision.moved.values()]
    suggested = [session for revision in listed for session in revision.suggested]
    rewrite(changed, newer={session.pk for session in [*moved, *suggested] if session.status not in FINAL})
    insert_all(step for revision in listed for step in revision.steps)
    events: list[tuple[Event, Aggregate]] = [
        (SessionChanged(session_id=session.pk, course_id=session.course_id, status=session.status), session)
        for session in moved
        if session.status in FINAL
    ]
    for revision in listed:
        if revision.moved or revision.suggested or revision.course.pk in tell:
            asks = sum(session.suggested_starts_at is not None for session in revision.suggested)
            events.append((CourseReplanned(course_id=revision.course.pk, asks=asks), revision.course))
    if events:
        publish_all(events, now=now)


def agreed_after(course: Course, session: Session) -> datetime | None:
    """When the session is to be that this one is measured from."""
    known = [known_of(one) for one in course.sessions.order_by("sequence")]
    return measured_from(known, planned_at=course.planned_at)[session.pk]


def tomorrow(clinic: ClinicTime, now: datetime) -> datetime:
    """Nothing is proposed for today: the beginning of the next day at the clinic."""
    day = now.astimezone(clinic.zone).date() + timedelta(days=1)
    return datetime.combine(day, time(), clinic.zone)


def drop_orphans(sessions: Sequence[Session], revision: Revision, setting: Setting) -> None:
    """Call off the proposals that belong to a session which did not take place; what was agreed to stays a person's."""
    gone = {session.pk for session in sessions if session.status in MISSED}
    for session in sessions:
        if session.follows_id in gone and hold_of(known_of(session), setting.now) is Hold.LOOSE:
            session.status, session.problem, session.bent = SessionStatus.CANCELLED, "", []
            revision.changed[session.pk] = revision.moved[session.pk] = session
            why = Because.NOTHING_TO_FOLLOW
            revision.steps.append(note(session, What.CANCELLED, who=PLANNER, now=setting.now, because=why))


def _follow(session: Session, placed: Placed, revision: Revision, setting: Setting) -> None:
    """Let a session be where the plan has it, as far as that is the planner's to say."""
    if placed.starts_at is None or placed.ends_at is None:
        revision.refused[session.pk] = placed.problem
        return
    if session.status not in OPEN:
        return
    if placed.spot.hold is Hold.NEW:
        session.starts_at, session.ends_at = placed.starts_at, placed.ends_at
        asked = note(session, What.PROPOSED, who=setting.who, now=setting.now, because=setting.because)
        revision.steps.append(asked)
    if placed.spot.hold is Hold.CONFIRMED:
        _ask(session, placed, revision, setting)
    elif placed.is_moved and placed.spot.hold is Hold.LOOSE:
        _move(session, placed, revision, setting)
    bent = [{"rule": str(one.rule), "why": one.why} for one in placed.bent]
    if session.bent != bent or session.problem != placed.problem:
        if placed.problem and placed.problem != session.problem:
            revision.steps.append(_step(session, What.UNPLACED, setting))
        session.bent, session.problem = bent, placed.problem
        revision.changed[session.pk] = session


def _move(session: Session, placed: Placed, revision: Revision, setting: Setting) -> None:
    assert placed.starts_at is not None
    assert placed.ends_at is not None
    session.starts_at, session.ends_at = placed.starts_at, placed.ends_at
    session.agreed_at = session.agreed_after = None
    session.generation += 1
    revision.changed[session.pk] = revision.moved[session.pk] = session
    revision.steps.append(_step(session, What.MOVED, setting))


def _ask(session: Session, placed: Placed, revision: Revision, setting: Setting) -> None:
    """Suggest another time, or take a suggestion back that is not needed any more."""
    wanted = placed.starts_at if placed.is_moved else None
    if session.suggested_starts_at == wanted:
        return
    session.suggested_starts_at = wanted
    session.suggested_because = setting.because if wanted else ""
    revision.changed[session.pk] = session
    revision.suggested.append(session)
    if wanted:
        revision.steps.append(_step(session, What.ASKED, setting, starts_at=wanted))


def _step(session: Session, what: What, setting: Setting, starts_at: datetime | None = None) -> SessionStep:
    return note(session, what, who=PLANNER, now=setting.now, because=setting.because, starts_at=starts_at)


def _set_windows(
    sessions: Sequence[Session], known: Mapping[UUID, tuple[datetime, datetime]], revision: Revision
) -> None:
    for session in sessions:
        window = known.get(session.pk, (None, None))
        if (session.window_opens_at, session.window_closes_at) != window:
            session.window_opens_at, session.window_closes_at = window
            revision.changed[session.pk] = session
