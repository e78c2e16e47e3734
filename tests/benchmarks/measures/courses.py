"""courses.*: what planning a course costs, and replanning a clinic's courses when it closes for a week."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from time import perf_counter
from zoneinfo import ZoneInfo

import msgspec

from referrals.clinics.rules.hours import Hours
from referrals.courses.models import Course, Session
from referrals.courses.rules.calendars import Closure, holidays_of
from referrals.courses.services import calendars, planning
from referrals.protocols.queries import get_protocol
from referrals.protocols.rules.calendars import Availability, Calendar, Dates
from referrals.protocols.rules.checking import missing, violations
from referrals.protocols.rules.planning import plan
from referrals.protocols.rules.plans import Spot
from referrals.protocols.rules.protocols import Protocol
from tests.benchmarks.backlog import without_bells
from tests.benchmarks.bench import Bench, use_database
from tests.benchmarks.comparing import Figures, Measure, Side, compare
from tests.factories.courses import make_accepted_offer
from tests.factories.referrals import OPERATOR
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as

PLANS = 200
LIMIT_MS = 20.0
COURSES, PER_SECOND = 10_000, 200.0
START = date(2026, 6, 1)


@compare(
    Measure(name="courses.plan_of_six", unit="ms", better="lower", required=1.0),
    Measure(name="courses.plan_of_six_vs_validation", unit="ms", better="lower", required=None),
    pairs=7,
)
@contextmanager
def planning_six(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """The median plan of a course of six dosings, each with its integration, over a summer with everything asked.

    Holidays, a closed week, a therapist's days, the member's hours in another zone, days away and wished-for times; no
    day is known before. The references are the promised 20 ms, and a bare validation of the finished plan.
    """
    protocol = six()
    calendars = [asked(number) for number in range(PLANS)]
    planned = [spots_of(protocol, calendar) for calendar in calendars]

    def ours() -> Figures:
        took = _median(lambda number: plan(protocol, start=START, calendar=_fresh(calendars[number])))
        return took, took

    def validate(number: int) -> None:
        kept = _fresh(calendars[number])
        assert not violations(planned[number], protocol=protocol, start=START, calendar=kept)
        assert not missing(planned[number], protocol=protocol)

    yield ours, lambda: (LIMIT_MS, _median(validate))


@compare(Measure(name="courses.replanned_per_s", unit="courses/s", better="higher", required=1.0), pairs=1, warm_ups=0)
@contextmanager
def a_closed_week(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """10,000 courses of one clinic that closes for a week in which each has a dosing and its integration, one process.

    All of it: locks, calendars, plans, moved sessions with their history, and their events stored. The reference is the
    promised 200 a second. That no proposal is left in the week is checked.
    """
    with bench.database("bench_courses") as apart:
        yield lambda: (_close(apart),), lambda: (PER_SECOND,)
    use_database(bench)


def six() -> Protocol:
    """The separated protocol with six dosings."""
    protocol = get_protocol("separated")
    steps = [msgspec.structs.replace(one, times=6) if one.kind == "dosing" else one for one in protocol.steps]
    return msgspec.structs.replace(protocol, steps=tuple(steps))


def asked(number: int) -> Calendar:
    """A calendar with a bit of everything, each another one."""
    days = (number % 5 + 1, (number + 2) % 5 + 1, (number + 3) % 5 + 1)
    week = START + timedelta(days=21 + number % 14)
    return Calendar(
        zone=ZoneInfo("America/New_York"),
        holidays=holidays_of("NY", START.year),
        closures=(Dates(first=week, last=week + timedelta(days=6)),),
        availability=Availability(
            zone=ZoneInfo("America/Chicago"),
            weekly=tuple(Hours(weekday=day, opens=time(8 + number % 3), closes=time(16)) for day in days),
            away=(Dates(first=START + timedelta(days=number % 40), last=START + timedelta(days=number % 40 + 3)),),
        ),
        therapist_days=frozenset(day for day in range(1, 6) if day != number % 5 + 1),
        preferred=tuple(Hours(weekday=day, opens=time(9), closes=time(12)) for day in range(1, 6)),
    )


def spots_of(protocol: Protocol, calendar: Calendar) -> list[Spot]:
    """A finished plan."""
    placed = plan(protocol, start=START, calendar=calendar)
    return [replace(one.spot, starts_at=one.starts_at, ends_at=one.ends_at) for one in placed]


def _fresh(calendar: Calendar) -> Calendar:
    """The same calendar, knowing no day yet."""
    return replace(calendar)


def _median(call: Callable[[int], object]) -> float:
    durations = []
    for number in range(PLANS):
        start = perf_counter()
        call(number)
        durations.append((perf_counter() - start) * 1000)
    return median(durations)


def _close(bench: Bench) -> float:
    """Courses replanned per second."""
    use_database(bench)
    course = _fill(bench)
    with acting_as(WORKER):
        dosing = Session.objects.filter(course=course, kind="dosing").earliest("starts_at")
    first = dosing.starts_at.date()
    closure = Closure(first=first, last=first + timedelta(days=6))
    with without_bells():
        with acting_as(OPERATOR):
            calendars.save_calendar(
                clinic_id=course.clinic_id,
                revision=0,
                closed_on_holidays=True,
                closures=[closure],
                therapists=[],
                windows={},
                now=clock.now(),
            )
        start = perf_counter()
        _spread(course)
        seconds = perf_counter() - start
    with acting_as(WORKER):
        since = datetime.combine(closure.first, time(), UTC)
        left = Session.objects.filter(starts_at__gte=since, starts_at__lt=since + timedelta(days=7), problem="")
        assert not left.exists(), "something is still proposed in the closed week"
    return COURSES / seconds


def _spread(course: Course) -> None:
    """What the reaction does, one batch after another."""
    after, count = None, 0
    with acting_as(WORKER):
        ids = list(Course.objects.filter(clinic_id=course.clinic_id).order_by("id").values_list("id", flat=True))
    while count < len(ids):
        with acting_as(WORKER):
            count += calendars.spread(clinic_id=course.clinic_id, after=after, now=clock.now())
        after = ids[count - 1]


# Whose members these are, and what they once asked for, is nobody's question here.
_COPIES = """
ALTER TABLE referrals_course NO FORCE ROW LEVEL SECURITY;
ALTER TABLE referrals_session NO FORCE ROW LEVEL SECURITY;
ALTER TABLE referrals_course DROP CONSTRAINT course_of_own_request;
CREATE TEMP TABLE copied AS SELECT gen_random_uuid() AS course_id, gen_random_uuid() AS member_id
    FROM generate_series(2, {count});
CREATE TEMP TABLE copied_session AS SELECT session.id AS former, copied.course_id, copied.member_id,
    gen_random_uuid() AS id FROM referrals_session AS session, copied;
INSERT INTO referrals_course SELECT (jsonb_populate_record(one, jsonb_build_object('id', copied.course_id,
    'member_id', copied.member_id, 'request_id', gen_random_uuid(), 'offer_id', gen_random_uuid()))).*
    FROM referrals_course AS one, copied;
INSERT INTO referrals_session SELECT (jsonb_populate_record(one, jsonb_build_object('id', copy.id, 'course_id',
    copy.course_id, 'member_id', copy.member_id, 'follows_id', followed.id))).*
    FROM referrals_session AS one JOIN copied_session AS copy ON copy.former = one.id
    LEFT JOIN copied_session AS followed ON followed.former = one.follows_id AND followed.course_id = copy.course_id;
ALTER TABLE referrals_course FORCE ROW LEVEL SECURITY;
ALTER TABLE referrals_session FORCE ROW LEVEL SECURITY;
ANALYZE referrals_course, referrals_session;
"""


def _fill(bench: Bench) -> Course:
    """One course is planned as every other, and copied for 9,999 members more."""
    with without_bells():
        offer = make_accepted_offer()
        with acting_as(WORKER):
            planning.plan_course(offer_id=offer.pk, now=clock.now())
            course = Course.objects.get(offer_id=offer.pk)
    with bench.owner() as owner:
        for statement in _COPIES.format(count=COURSES).split(";\n"):  # each a transaction: keys are checked at its end
            owner.execute(statement)
    return course
