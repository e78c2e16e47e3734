"""A course's life, played at random over simulated months. Others add laws by a subclass with rules and invariants.

What holds whatever people do: no proposal breaks a hard rule; every dosing has its integration proposed within the
window when one was possible; nobody's appointment moves but by themselves or by asking; the history tells what is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from benefits.facade import get_member
from referrals.courses.models import Course, Session, SessionStep
from referrals.courses.queries.calendars import calendar_of, clinic_time, member_times
from referrals.courses.queries.courses import known_of, protocol_of
from referrals.courses.rules import ENDED, Party, SessionStatus, Who, status_of_course
from referrals.courses.rules.calendars import Closure, Therapist, WeeklyHours
from referrals.courses.rules.history import Channel
from referrals.courses.rules.revising import spots
from referrals.courses.services import asking, calendars, making_up, sessions
from referrals.protocols.rules.calendars import Calendar
from referrals.protocols.rules.checking import violations
from referrals.protocols.rules.plans import Hold, Spot
from referrals.protocols.rules.protocols import Protocol
from tests.conftest import NOW
from tests.factories.benefits import make_user
from tests.factories.courses import make_accepted_offer
from tests.factories.referrals import OPERATOR, run_workers
from workers.kernel import clock
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.errors import DomainError
from workers.kernel.leases import Status
from workers.outbox.models import Job
from workers.timers.firing import fire_due

SHIFTS = st.sampled_from([0, 0, 0, 1, -3, 24, 48, 72, -24, 24 * 9, 24 * 20])
HALF_HOUR = timedelta(minutes=30)
MEMBER = Who(party=Party.MEMBER, channel=Channel.PORTAL)
Standing = dict[Any, tuple[str, datetime]]


class CourseLife(RuleBasedStateMachine):
    """One member, one course; a clinic, its calendar, and workers that may be behind."""

    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        clock.freeze(NOW)
        self.is_settled = True
        self.revision = 0

    def teardown(self) -> None:
        """Take it all back."""
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)
        clock.freeze(None)

    @initialize(protocol=st.sampled_from(["separated", "concurrent", "sequential"]))
    def begin(self, protocol: str) -> None:
        """A clinic accepts, and the course is planned."""
        offer = make_accepted_offer(protocols=[protocol])
        make_user("operator")
        make_user("employee", email="z@home.example", employer_id=_employer(offer), member_id=offer.member_id)
        self.work()
        with acting_as(WORKER):
            self.course_id = Course.objects.get(offer_id=offer.pk).pk
        self.clinic_id, self.member_id = offer.clinic_id, offer.member_id

    # what may happen

    @rule()
    def work(self) -> None:
        """The workers catch up."""
        fire_due()
        run_workers()
        self.is_settled = True

    @rule(hours=st.sampled_from([1, 8, 24, 48, 24 * 7, 24 * 20]))
    def wait(self, hours: int) -> None:
        """Time passes; a clock that was moved passes it at once."""
        clock.freeze(clock.now() + timedelta(hours=hours))

    @rule(which=st.integers(0, 12), hours=SHIFTS)
    def appoint(self, which: int, hours: int) -> None:
        """The clinic confirms a session, or moves it."""
        session = self.session(which)
        self.act(
            session,
            sessions.schedule,
            course_id=session.course_id,
            clinic_id=self.clinic_id,
            starts_at=session.starts_at + timedelta(hours=hours),
            reported_at=clock.now(),
        )

    @rule()
    def confirm_all(self) -> None:
        """The clinic takes the plan as it is."""
        for number in range(len(self.listed())):
            self.appoint(number, 0)

    @rule(which=st.integers(0, 12), late=st.sampled_from([0, 0, 0, 3, 50]))
    def complete(self, which: int, late: int) -> None:
        """The clinic reports a session, at its end or by a clock that is off."""
        session = self.session(which)
        said = min(session.ends_at + timedelta(hours=late), clock.now())
        self.act(session, sessions.complete, clinic_id=self.clinic_id, completed_at=said)

    @rule()
    def catch_up(self) -> None:
        """The clinic reports all that is over."""
        for session in self.listed():
            if session.status == SessionStatus.SCHEDULED and session.ends_at <= clock.now():
                self.act(session, sessions.complete, clinic_id=self.clinic_id, completed_at=session.ends_at)

    @rule(which=st.integers(0, 12), missed=st.booleans())
    def lose(self, which: int, missed: bool) -> None:
        """The member did not come, or the clinic calls a session off."""
        session = self.session(which)
        self.act(session, sessions.mark_no_show if missed else sessions.cancel, clinic_id=self.clinic_id)

    @rule(which=st.integers(0, 12))
    def agree(self, which: int) -> None:
        """A proposal suits the member."""
        self.act(self.session(which), asking.agree, member_id=self.member_id, who=MEMBER)

    @rule(which=st.integers(0, 12), hours=SHIFTS)
    def move(self, which: int, hours: int) -> None:
        """The member takes another time."""
        session = self.session(which)
        starts_at = session.starts_at + timedelta(hours=hours)
        self.act(session, asking.move, member_id=self.member_id, starts_at=starts_at, who=MEMBER)

    @rule(which=st.integers(0, 12), accept=st.booleans())
    def answer(self, which: int, accept: bool) -> None:
        """The member answers what is suggested, where anything is."""
        asked = [one for one in self.listed() if one.suggested_starts_at]
        session = asked[which % len(asked)] if asked else self.session(which)
        self.act(session, asking.answer, member_id=self.member_id, accept=accept, who=MEMBER)

    @rule(which=st.integers(0, 12))
    def call_off(self, which: int) -> None:
        """The member calls a session off."""
        self.act(self.session(which), asking.cancel, member_id=self.member_id, who=MEMBER)

    @rule(which=st.integers(0, 12))
    def make_up(self, which: int) -> None:
        """The member asks for another session in place of one that did not take place, where any is left."""
        gone = [one for one in self.listed() if one.status in (SessionStatus.NO_SHOW, SessionStatus.CANCELLED)]
        session = gone[which % len(gone)] if gone else self.session(which)
        self.act(session, making_up.make_up, member_id=self.member_id, who=MEMBER)

    @rule(after=st.integers(0, 30), days=st.integers(1, 10), therapist=st.booleans())
    def close(self, after: int, days: int, therapist: bool) -> None:
        """The clinic announces closed days, in place of those it announced before."""
        first = clock.now().date() + timedelta(days=after)
        therapists = [Therapist(code="t", name="Dr. Ruiz", weekdays=(2, 4))] if therapist else []
        with acting_as(OPERATOR):
            calendar = calendars.save_calendar(
                clinic_id=self.clinic_id,
                revision=self.revision,
                closed_on_holidays=True,
                closures=[Closure(first=first, last=first + timedelta(days=days - 1))],
                therapists=therapists,
                windows={},
                now=clock.now(),
            )
        self.revision = calendar.revision
        self.is_settled = False

    @rule(weekday=st.integers(1, 7), away=st.integers(0, 20))
    def tell_times(self, weekday: int, away: int) -> None:
        """The member tells when they can come."""
        first = clock.now().date() + timedelta(days=away)
        hours = WeeklyHours(weekday=weekday, opens=datetime.min.time(), closes=datetime.max.time())
        with acting_as(Actor(role=Role.EMPLOYEE, member=self.member_id)):
            calendars.save_availability(
                member_id=self.member_id, weekly=[hours], away=[Closure(first=first, last=first)], now=clock.now()
            )

    # the laws

    @invariant()
    def the_laws_hold(self) -> None:
        """All of them, of one look at the course."""
        with acting_as(WORKER):
            course = Course.objects.get(pk=self.course_id)
            listed = list(course.sessions.order_by("sequence"))
            told = SessionStep.objects.filter(session__course=course)
            last = dict(
                told.order_by("session_id", "-at", "-id").distinct("session_id").values_list("session", "status")
            )
            assert not Job.objects.filter(status=Status.DEAD).exists(), "no reaction fails for good"
            if self.is_settled and course.status not in ENDED:
                self.judge(course, listed)
        assert last == {one.pk: one.status for one in listed}, "every session's last step tells its state"
        if course.status not in ENDED:
            assert course.status == status_of_course([one.status for one in listed])

    def judge(self, course: Course, listed: list[Session]) -> None:
        """Of what the planner proposes for the time to come no proposal breaks a hard rule."""
        clinic = clinic_time(course.clinic_id, now=clock.now())
        member = member_times([course.member_id], beside=[course.pk])[course.member_id]
        rules = Rules(
            protocol=protocol_of(course),
            calendar=calendar_of(course, clinic, member),
            start=course.planned_at.astimezone(clinic.zone).date(),
        )
        known = spots([known_of(one) for one in listed], planned_at=NOW, now=clock.now())
        found = [rules.broken(list(_judged(listed, known, asked))) for asked in (False, True)]
        assert [] in found, found
        self.every_dosing_has_its_integration_when_one_is_possible(listed, known, rules)

    def every_dosing_has_its_integration_when_one_is_possible(
        self, listed: list[Session], known: list[Spot], rules: "Rules"
    ) -> None:
        """A problem is told only where no time of the window is left."""
        stands = {spot.id for spot in known if spot.hold in (Hold.FACT, Hold.CONFIRMED)}
        for session, spot in zip(listed, known, strict=True):
            if session.problem and spot.hold is Hold.LOOSE and spot.follows in stands:
                for at in _half_hours(session, rules.calendar):
                    assert rules.broken(_alone(known, spot, at)) != [], (session, at)

    # how

    def act(self, session: Session, call: Any, **arguments: Any) -> None:
        """Do it, or have it refused; nobody else's appointment moves by it."""
        before = self.standing()
        try:
            with acting_as(WORKER):
                call(session_id=session.pk, now=clock.now(), **arguments)
        except DomainError:
            assert self.standing() == before
        after = self.standing()
        for one, (status, starts_at) in before.items():
            if status == SessionStatus.SCHEDULED and one != session.pk:
                assert after[one] == (status, starts_at)

    def standing(self) -> Standing:
        """Where each session stands."""
        return {one.pk: (one.status, one.starts_at) for one in self.listed()}

    def listed(self) -> list[Session]:
        """The sessions of the course, in their order."""
        with acting_as(WORKER):
            return list(Session.objects.filter(course_id=self.course_id).order_by("sequence"))

    def session(self, which: int) -> Session:
        """One of them."""
        listed = self.listed()
        return listed[which % len(listed)]


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What a plan has to keep."""

    protocol: Protocol
    calendar: Calendar
    start: date

    def broken(self, course: list[Spot]) -> list[str]:
        """Return what it breaks."""
        return violations(course, protocol=self.protocol, start=self.start, calendar=self.calendar)


def _judged(listed: list[Session], known: list[Spot], asked: bool) -> Iterator[Spot]:
    """The sessions as they stand, or as it is `asked` of people; the past and the unplaced are not judged."""
    for session, spot in zip(listed, known, strict=True):
        if asked and session.suggested_starts_at:
            ends_at = session.suggested_starts_at + timedelta(minutes=spot.minutes)
            yield replace(spot, hold=Hold.CONFIRMED, starts_at=session.suggested_starts_at, ends_at=ends_at)
        elif spot.hold is Hold.LOOSE and (session.problem or session.starts_at <= clock.now()):
            yield replace(spot, hold=Hold.GONE)
        else:
            yield spot


def _half_hours(session: Session, calendar: Calendar) -> Iterator[datetime]:
    """Every moment of a session's window at which another one could begin, from tomorrow on."""
    assert session.window_opens_at is not None
    assert session.window_closes_at is not None
    day = clock.now().astimezone(calendar.zone).date() + timedelta(days=1)
    first = datetime.combine(day, datetime.min.time(), calendar.zone).astimezone(UTC)
    at = max(session.window_opens_at, first)
    at += -(at - first) % HALF_HOUR
    while at <= session.window_closes_at:
        yield at
        at += HALF_HOUR


def _alone(known: list[Spot], spot: Spot, at: datetime) -> list[Spot]:
    """A course in which one session is judged at a time, and what is only proposed makes room."""
    ends_at = at + timedelta(minutes=spot.minutes)
    return [
        replace(one, starts_at=at, ends_at=ends_at)
        if one.id == spot.id
        else replace(one, hold=Hold.FACT if one.hold in (Hold.FACT, Hold.CONFIRMED) else Hold.GONE)
        for one in known
    ]


def _employer(offer: Any) -> Any:
    with acting_as(WORKER):
        return get_member(offer.member_id).employer_id
