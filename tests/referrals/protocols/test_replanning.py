"""A course under way: facts stand, proposals follow, and what people agreed to is asked about."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from referrals.protocols.queries import get_protocol, list_protocols
from referrals.protocols.rules.calendars import Calendar, Dates, minute_of
from referrals.protocols.rules.checking import violations
from referrals.protocols.rules.choices import Anchor
from referrals.protocols.rules.planning import arrange, plan
from referrals.protocols.rules.plans import Hold, Placed, Spot, pairs_of
from referrals.protocols.rules.protocols import Kind, Protocol
from referrals.protocols.rules.searching import Search

NEW_YORK = ZoneInfo("America/New_York")
OFFICE = Calendar(zone=NEW_YORK)
MONDAY = date(2026, 3, 2)
SEPARATED = get_protocol("separated")
CONSULTATION, PREPARATION, DOSING, INTEGRATION, NEXT_DOSING, NEXT_INTEGRATION = range(6)


def course(*holds: tuple[int, Hold], calendar: Calendar = OFFICE) -> list[Spot]:
    """A planned course with some sessions held more firmly than proposals."""
    known = dict(holds)
    return [
        replace(one.spot, hold=known.get(number, Hold.LOOSE), starts_at=one.starts_at, ends_at=one.ends_at)
        for number, one in enumerate(plan(SEPARATED, start=MONDAY, calendar=calendar))
    ]


def moved(spots: list[Spot], number: int, by: timedelta, **fields: object) -> list[Spot]:
    spot = spots[number]
    assert spot.starts_at is not None
    assert spot.ends_at is not None
    later = replace(spot, starts_at=spot.starts_at + by, ends_at=spot.ends_at + by, **fields)  # type: ignore[arg-type]
    return [*spots[:number], later, *spots[number + 1 :]]


def again(spots: Sequence[Spot], now: datetime, calendar: Calendar = OFFICE) -> list[Placed]:
    return arrange(SEPARATED, spots, start=MONDAY, calendar=calendar, now=now, earliest=now)


def instant(day: int, hour: int = 13, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def test_what_stands_well_is_left_alone() -> None:
    for placed in again(course((CONSULTATION, Hold.FACT), (DOSING, Hold.CONFIRMED)), instant(5)):
        assert not placed.is_moved
        assert not placed.problem


def test_a_dosing_two_days_later_takes_its_proposed_integration_along() -> None:
    held = [(number, Hold.FACT) for number in range(3)]
    placed = again(moved(course(*held), DOSING, timedelta(days=2)), instant(11, 18))
    assert placed[INTEGRATION].starts_at == instant(12, 15) + timedelta(minutes=30)
    assert placed[NEXT_DOSING].starts_at == instant(18), "seven days after it at the earliest"
    assert all(not one.problem for one in placed)


def test_an_agreed_integration_is_asked_about_and_not_moved_by_itself() -> None:
    held = [(0, Hold.FACT), (1, Hold.FACT), (DOSING, Hold.CONFIRMED), (INTEGRATION, Hold.CONFIRMED)]
    placed = again(moved(course(*held), DOSING, timedelta(days=2), pinned=True), instant(7))
    assert placed[INTEGRATION].is_moved
    assert placed[INTEGRATION].spot.hold is Hold.CONFIRMED
    assert not placed[DOSING].is_moved


def test_who_would_not_move_is_not_asked_again() -> None:
    held = [(0, Hold.FACT), (1, Hold.FACT), (DOSING, Hold.CONFIRMED), (INTEGRATION, Hold.CONFIRMED)]
    spots = moved(course(*held), DOSING, timedelta(days=2), pinned=True)
    spots[INTEGRATION] = replace(spots[INTEGRATION], pinned=True)
    assert not again(spots, instant(7))[INTEGRATION].is_moved


def test_a_closed_week_moves_proposals_and_asks_about_appointments() -> None:
    week = replace(OFFICE, closures=(Dates(first=date(2026, 3, 16), last=date(2026, 3, 22)),))
    held = [(number, Hold.FACT) for number in range(4)]
    loose, agreed = course(*held), course(*held, (NEXT_DOSING, Hold.CONFIRMED))
    for spots in (loose, agreed):
        placed = again(spots, instant(11), week)
        assert placed[NEXT_DOSING].starts_at == instant(23)
        assert (follows := placed[NEXT_INTEGRATION].starts_at) is not None
        assert follows >= instant(24)
    despite = [replace(one, despite_closure=True, pinned=True) for one in agreed]
    assert not again(despite, instant(11), week)[NEXT_DOSING].is_moved


def test_a_window_that_the_clinic_is_closed_in_is_named_and_nothing_is_proposed_outside_it() -> None:
    held = [(number, Hold.FACT) for number in range(3)]
    closed = replace(OFFICE, closures=(Dates(first=date(2026, 3, 10), last=date(2026, 3, 12)),))
    placed = again(course(*held), instant(9, 20), closed)
    assert placed[INTEGRATION].problem == "integration finds no time 24 to 48 hours after the dosing of 2026-03-09"
    assert not placed[INTEGRATION].is_moved
    assert not placed[NEXT_DOSING].problem, "the rest of the course goes on"


def test_a_missed_session_leaves_its_gap() -> None:
    held = [(number, Hold.FACT) for number in range(2)]
    placed = again(course(*held, (DOSING, Hold.GONE), (INTEGRATION, Hold.GONE)), instant(9, 20))
    assert [one.is_moved for one in placed] == [False] * len(placed)
    assert not any(one.problem for one in placed)


def test_an_appointment_whose_dosing_was_called_off_counts_until_it_is_called_off_too() -> None:
    held = [(number, Hold.FACT) for number in range(2)]
    left = course(*held, (DOSING, Hold.GONE), (INTEGRATION, Hold.CONFIRMED))
    later = moved(left, INTEGRATION, timedelta(days=30))
    assert not again(left, instant(9, 20))[NEXT_DOSING].is_moved
    assert (dosing := again(later, instant(9, 20))[NEXT_DOSING]).is_moved or dosing.problem


def test_a_session_that_a_later_one_overtook_is_a_persons_business() -> None:
    placed = again(course((DOSING, Hold.FACT)), instant(9, 20))
    assert placed[PREPARATION].problem == "a later session took place before this preparation"


def test_what_follows_an_appointment_that_was_overtaken_has_its_time() -> None:
    last = len(course()) - 1
    placed = again(course((DOSING, Hold.CONFIRMED), (last, Hold.FACT)), instant(5))
    assert not placed[DOSING].problem
    assert not placed[INTEGRATION].problem
    assert placed[NEXT_DOSING].problem == "a later session took place before this dosing"


def test_what_follows_an_appointment_behind_a_dead_end_has_its_time() -> None:
    held = [(number, Hold.FACT) for number in range(4)]
    placed = again(course(*held, (8, Hold.CONFIRMED)), instant(25))
    assert placed[NEXT_DOSING].problem.startswith("dosing finds no time 7 to 14 days after 2026-03-09")
    assert placed[8].problem == placed[9].problem == ""


def test_what_somebody_has_elsewhere_is_taken_from_its_own_day_and_others_are_not_worked_out_again() -> None:
    monday, tuesday = date(2026, 3, 9).toordinal(), date(2026, 3, 10).toordinal()
    begins, ends = instant(9, 15), instant(9, 17)
    later = OFFICE.busy_also([(begins, ends)])
    assert later.busy == ((begins, ends),)
    assert not later.day(monday).is_free(minute_of(begins), minute_of(ends))
    assert OFFICE.day(monday).is_free(minute_of(begins), minute_of(ends))
    assert later.day(tuesday) is OFFICE.day(tuesday)
    assert replace(later, busy=()).day(monday) == OFFICE.day(monday), "another calendar lends from nobody"


def test_when_too_much_time_has_passed_the_rest_waits_for_a_person() -> None:
    placed = again(course(*[(number, Hold.FACT) for number in range(4)]), instant(1, month=6))
    assert placed[NEXT_DOSING].problem.startswith("dosing finds no time 7 to 14 days after 2026-03-09")
    assert placed[6].problem == "dosing waits for the session before it, which finds no time"


holds = st.sampled_from([Hold.LOOSE, Hold.LOOSE, Hold.CONFIRMED, Hold.FACT, Hold.GONE])


@given(
    st.sampled_from(list_protocols()),
    st.lists(holds, min_size=13, max_size=13),
    st.lists(st.integers(-72, 200), min_size=13, max_size=13),
    st.integers(0, 60),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 9)), max_size=2),
)
def test_whatever_people_did_no_proposal_breaks_a_hard_rule_and_none_is_missing(
    protocol: Protocol, held: list[Hold], shifts: list[int], days: int, closed: list[tuple[int, int]]
) -> None:
    """Sessions are held and shifted at random; every proposal that names no problem keeps all its rules, and what
    follows a session that stands has a problem only where no time of its window is left.
    """
    closures = tuple(
        Dates(first=MONDAY + timedelta(days=first), last=MONDAY + timedelta(days=first + more))
        for first, more in closed
    )
    calendar = replace(OFFICE, closures=closures)
    now = datetime(2026, 3, 2, 15, tzinfo=UTC) + timedelta(days=days)
    spots = [
        known_by(shifted(one, hold, hours), now)
        for one, hold, hours in zip(plan(protocol, start=MONDAY, calendar=OFFICE), held, shifts, strict=False)
    ]
    spots = [spot for spot in spots if spot.follows is None or any(other.id == spot.follows for other in spots)]
    placed = arrange(protocol, spots, start=MONDAY, calendar=calendar, now=now, earliest=now)

    def broken(judged: Sequence[Spot]) -> list[str]:
        return violations(judged, protocol=protocol, start=MONDAY, calendar=calendar)

    assert [] in [broken([judged(one, asked) for one in placed]) for asked in (False, True)]
    standing = {spot.id: spot for spot in spots if spot.hold in (Hold.FACT, Hold.CONFIRMED)}
    for spot in [one.spot for one in placed if one.problem and one.spot.follows in standing]:
        for at in half_hours(protocol, standing[spot.follows], now):
            assert broken(beside(placed, spot, at)), (spot, at)


@settings(max_examples=40)
@given(
    st.sampled_from(list_protocols()),
    st.lists(
        st.sampled_from([Hold.LOOSE, Hold.LOOSE, Hold.LOOSE, Hold.CONFIRMED, Hold.GONE]), min_size=13, max_size=13
    ),
    st.lists(st.integers(-72, 200), min_size=13, max_size=13),
    st.integers(0, 60),
    st.tuples(st.integers(0, 60), st.integers(0, 9)),
)
def test_no_lower_bound_lies_above_what_is_found(
    protocol: Protocol, held: list[Hold], shifts: list[int], days: int, closed: tuple[int, int]
) -> None:
    """Else the search would pass by what is best: on its way through a course it never finds less than was foretold."""
    week = Dates(first=MONDAY + timedelta(days=closed[0]), last=MONDAY + timedelta(days=sum(closed)))
    planned = plan(protocol, start=MONDAY, calendar=OFFICE)
    spots = [shifted(one, hold, hours) for one, hold, hours in zip(planned, held, shifts, strict=False)]
    now = minute_of(datetime(2026, 3, 2, 15, tzinfo=UTC) + timedelta(days=days))
    calendar, start = replace(OFFICE, closures=(week,)), MONDAY.toordinal()
    search = Search(protocol=protocol, pairs=pairs_of(spots), calendar=calendar, start=start, now=now, earliest=now)
    anchor = Anchor.of(start)
    for number, pair in enumerate(search.pairs):
        limits = search.limits(pair, anchor)
        cost, (choice, *_) = search.best(number, anchor)
        assert search.bounds.of_state(number, limits) <= cost
        assert search.bounds.of_rest(number, limits.least) <= cost
        if choice is None:
            break
        anchor = search.after(pair, choice, anchor)


def shifted(placed: Placed, hold: Hold, hours: int) -> Spot:
    """Proposals are where the planner put them; people put theirs anywhere."""
    assert placed.starts_at is not None
    assert placed.ends_at is not None
    by = timedelta(hours=0 if hold is Hold.LOOSE else hours)
    return replace(placed.spot, hold=hold, starts_at=placed.starts_at + by, ends_at=placed.ends_at + by)


def known_by(spot: Spot, now: datetime) -> Spot:
    """No fact lies in the time to come, and no appointment in the past (referrals/courses/rules/revising.py)."""
    assert spot.starts_at is not None
    if spot.hold is Hold.CONFIRMED and spot.starts_at <= now:
        return replace(spot, hold=Hold.FACT)
    if spot.hold is Hold.FACT and spot.starts_at > now:
        return replace(spot, starts_at=now - timedelta(minutes=spot.minutes), ends_at=now)
    return spot


def judged(placed: Placed, asked: bool) -> Spot:
    """As it stands, or as it is asked of people; what has a problem proposes nothing."""
    spot = placed.spot
    if placed.problem and spot.hold is Hold.LOOSE:
        return replace(spot, hold=Hold.GONE)
    if spot.hold is Hold.CONFIRMED and not asked:
        return spot
    return replace(spot, starts_at=placed.starts_at, ends_at=placed.ends_at)


def half_hours(protocol: Protocol, main: Spot, now: datetime) -> Iterator[datetime]:
    """When what follows a session could begin."""
    following = protocol.steps[main.step].followed_by
    assert following is not None
    assert main.ends_at is not None
    at = main.ends_at + timedelta(hours=following.window.from_hours)
    while at <= main.ends_at + timedelta(hours=following.window.to_hours):
        if at >= now:
            yield at
        at += timedelta(minutes=30)


def beside(placed: Sequence[Placed], spot: Spot, at: datetime) -> list[Spot]:
    """One session at a time, beside what stands and what follows that; what else is proposed makes room."""
    standing = {one.spot.id for one in placed if one.spot.hold in (Hold.FACT, Hold.CONFIRMED)}
    course = []
    for one in placed:
        is_kept = one.spot.id in standing or (one.spot.follows in standing and not one.problem)
        course.append(replace(one.spot, hold=Hold.FACT if is_kept else Hold.GONE))
        if is_kept and one.spot.hold is Hold.LOOSE:
            course[-1] = replace(course[-1], starts_at=one.starts_at, ends_at=one.ends_at)
        if one.spot.id == spot.id:
            course[-1] = replace(spot, starts_at=at, ends_at=at + timedelta(minutes=spot.minutes))
    return course


def test_a_course_of_six_keeps_its_kinds() -> None:
    kinds = [one.spot.kind for one in plan(get_protocol("sequential"), start=MONDAY, calendar=OFFICE)]
    assert kinds.count(Kind.DOSING) == 6
