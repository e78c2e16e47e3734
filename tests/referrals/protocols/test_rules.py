"""Plans keep the hard rules of their protocol, wherever and whenever they start, and say which soft ones they bend."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.clinics.rules.hours import OFFICE, Hours
from referrals.protocols.queries import get_protocol, list_protocols
from referrals.protocols.rules.calendars import Availability, Calendar, Dates, Soft, UnknownZone, zone_of
from referrals.protocols.rules.checking import missing, violations
from referrals.protocols.rules.planning import Unplannable, plan
from referrals.protocols.rules.plans import Placed, Spot
from referrals.protocols.rules.protocols import Days, Kind, Protocol
from workers.kernel.errors import NotFound

ZONES = ["America/New_York", "America/Phoenix", "America/Adak", "Pacific/Honolulu", "America/St_Johns", "UTC"]
NEW_YORK = ZoneInfo("America/New_York")
MONDAY = date(2026, 3, 2)

weekly = st.lists(st.tuples(st.integers(1, 7), st.integers(6, 12), st.integers(13, 21)), max_size=6).map(
    lambda found: tuple(Hours(weekday=day, opens=time(opens), closes=time(closes)) for day, opens, closes in found)
)
starts = st.dates(date(2024, 1, 1), date(2032, 12, 31))
offices = st.sampled_from(ZONES).map(lambda zone: Calendar(zone=ZoneInfo(zone)))
liked = st.builds(
    Calendar,
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    therapist_days=st.frozensets(st.integers(1, 7)),
    preferred=weekly,
    availability=st.builds(Availability, zone=st.sampled_from(ZONES).map(ZoneInfo), weekly=weekly),
)
protocols = st.sampled_from(list_protocols())


def plan_of(name: str, start: date = MONDAY, calendar: Calendar | None = None) -> list[Spot]:
    return spots(plan(get_protocol(name), start=start, calendar=calendar or Calendar(zone=NEW_YORK)))


def spots(placed: Sequence[Placed]) -> list[Spot]:
    return [replace(one.spot, starts_at=one.starts_at, ends_at=one.ends_at) for one in placed]


def broken(planned: Sequence[Spot], name: str, calendar: Calendar | None = None) -> list[str]:
    found = calendar or Calendar(zone=NEW_YORK)
    return violations(planned, protocol=get_protocol(name), start=MONDAY, calendar=found)


def begins(spot: Spot, zone: ZoneInfo = NEW_YORK) -> datetime:
    assert spot.starts_at is not None
    return spot.starts_at.astimezone(zone)


def waited(one: Spot, other: Spot) -> timedelta:
    assert one.ends_at is not None
    assert other.starts_at is not None
    return other.starts_at - one.ends_at


@given(protocols, starts, liked)
def test_a_plan_keeps_every_hard_rule_whatever_is_liked(protocol: Protocol, start: date, calendar: Calendar) -> None:
    planned = spots(plan(protocol, start=start, calendar=calendar))
    assert violations(planned, protocol=protocol, start=start, calendar=calendar) == []
    assert missing(planned, protocol=protocol) == []


@given(protocols, starts, liked)
def test_a_plan_says_exactly_which_soft_rules_it_bends(protocol: Protocol, start: date, calendar: Calendar) -> None:
    for placed in plan(protocol, start=start, calendar=calendar):
        at = begins(placed.spot if placed.spot.starts_at else spots([placed])[0], calendar.zone)
        bent = {one.rule for one in placed.bent}
        assert (Soft.THERAPIST in bent) == bool(
            calendar.therapist_days and at.isoweekday() not in calendar.therapist_days
        )
        assert all(one.why for one in placed.bent)


@given(protocols, starts, offices)
def test_sessions_are_in_order_in_office_hours_and_utc(protocol: Protocol, start: date, calendar: Calendar) -> None:
    planned = spots(plan(protocol, start=start, calendar=calendar))
    for one, other in pairwise(planned):
        assert waited(one, other) >= timedelta()
    for spot in planned:
        at = begins(spot, calendar.zone)
        assert spot.starts_at is not None
        assert spot.starts_at.tzinfo is UTC
        assert at.isoweekday() <= 5
        assert 9 <= at.hour < 17
        assert at.date() > start


@given(starts, offices)
def test_separated_integration_comes_24_to_48_hours_later_and_never_the_same_day(
    start: date, calendar: Calendar
) -> None:
    planned = plan_of("separated", start, calendar)
    dosings = [number for number, spot in enumerate(planned) if spot.kind is Kind.DOSING]
    assert len(dosings) == 4
    for number in dosings:
        dosing, integration = planned[number : number + 2]
        assert integration.kind is Kind.INTEGRATION
        assert timedelta(hours=24) <= waited(dosing, integration) <= timedelta(hours=48)
        assert begins(dosing, calendar.zone).date() != begins(integration, calendar.zone).date()


@given(starts, offices)
def test_six_sequential_dosings_take_two_to_three_weeks(start: date, calendar: Calendar) -> None:
    planned = plan_of("sequential", start, calendar)
    days = [begins(spot, calendar.zone).date() for spot in planned if spot.kind is Kind.DOSING]
    assert len(set(days)) == len(days) == 6
    assert 14 <= (days[-1] - days[0]).days + 1 <= 21


def test_a_clinic_may_follow_the_window_of_another_source() -> None:
    fridays_off = tuple(Hours(weekday=day, opens=time(9), closes=time(17)) for day in (1, 4))
    calendar = Calendar(zone=NEW_YORK, hours=fridays_off)
    with pytest.raises(Unplannable, match="integration has to follow 24 to 48 hours after it"):
        plan(get_protocol("separated"), start=MONDAY, calendar=calendar)
    wide = get_protocol("separated").with_window("S2")
    planned = spots(plan(wide, start=MONDAY, calendar=calendar))
    assert [begins(spot).isoweekday() for spot in planned if spot.kind is Kind.INTEGRATION] == [4] * 4


def test_a_dosing_whose_window_falls_on_a_weekend_moves_to_monday() -> None:
    friday = date(2026, 3, 6)  # the next clinic days: Mon 9 consultation, Wed 11 preparation, Fri 13 no window
    dosing = next(spot for spot in plan_of("separated", friday) if spot.kind is Kind.DOSING)
    assert dosing.starts_at == datetime(2026, 3, 16, 13, 0, tzinfo=UTC)


def test_holidays_and_closed_weeks_are_stepped_over_and_named_when_nothing_is_left() -> None:
    week = Dates(first=date(2026, 3, 9), last=date(2026, 3, 15))
    calendar = Calendar(zone=NEW_YORK, holidays={date(2026, 3, 4): "Founders' Day"}, closures=(week,))
    first, second, dosing = plan_of("separated", calendar=calendar)[:3]
    assert [begins(one).date() for one in (first, second, dosing)] == [
        date(2026, 3, 5),
        date(2026, 3, 16),
        date(2026, 3, 18),
    ]
    month = replace(calendar, closures=(Dates(first=date(2026, 3, 4), last=date(2026, 4, 4)),))
    with pytest.raises(
        Unplannable, match="consultation finds no time 2 to 14 days after 2026-03-02; the clinic is closed"
    ):
        plan_of("separated", calendar=month)


def test_likings_are_kept_where_a_plan_can_and_the_members_hours_before_all_else() -> None:
    tuesdays = tuple(Hours(weekday=day, opens=time(13), closes=time(18)) for day in (2, 3))
    calendar = Calendar(
        zone=NEW_YORK,
        availability=Availability(zone=ZoneInfo("America/Los_Angeles"), weekly=tuesdays),
        therapist_days=frozenset({2, 4}),
        preferred=(Hours(weekday=2, opens=time(9), closes=time(10)),),
    )
    placed = plan(get_protocol("separated"), start=MONDAY, calendar=calendar)
    bent = [{one.rule for one in place.bent} for place in placed]
    assert all(Soft.AVAILABILITY not in one for one in (bent[0], bent[1]))  # 13:00 in Los Angeles is 16:00 there
    assert bent[0] == {Soft.PREFERENCE}
    assert Soft.AVAILABILITY in bent[2], "a dosing of 150 minutes does not fit between 16:00 and 17:00"
    assert Soft.AVAILABILITY not in bent[3]


def test_away_days_bend_only_where_the_rules_leave_nothing_else() -> None:
    away = Availability(zone=NEW_YORK, away=(Dates(first=date(2026, 3, 3), last=date(2026, 3, 20)),))
    placed = plan(get_protocol("separated"), start=MONDAY, calendar=Calendar(zone=NEW_YORK, availability=away))
    bent = [bool(place.bent) for place in placed]
    assert bent[0]
    assert not any(bent[2:]), "the rest waits until they are back"


@pytest.mark.parametrize(
    ("moved", "by", "says"),
    [
        (3, timedelta(days=-1), "misses its window 24 to 48 hours after dosing 2"),
        (3, timedelta(hours=25), "misses its window 24 to 48 hours after dosing 2"),
        (1, timedelta(hours=12), "preparation 1 lies outside the clinic's hours"),
        (4, timedelta(days=-1), "dosing 4 on 2026-03-15 is not 7 to 14 days after 2026-03-09"),
        (0, timedelta(days=-3), "consultation 0 on 2026-03-01 is not 2 to 14 days after 2026-03-02"),
    ],
)
def test_a_broken_plan_is_found_out(moved: int, by: timedelta, says: str) -> None:
    planned = plan_of("separated")
    assert broken(planned, "separated") == []
    spot = planned[moved]
    assert spot.starts_at is not None
    assert spot.ends_at is not None
    planned[moved] = replace(spot, starts_at=spot.starts_at + by, ends_at=spot.ends_at + by)
    assert any(says in sentence for sentence in broken(planned, "separated"))


def test_a_plan_on_a_closed_day_or_over_another_appointment_is_found_out() -> None:
    planned = plan_of("separated")
    one = planned[0]
    assert one.starts_at is not None
    assert one.ends_at is not None
    closed = Calendar(zone=NEW_YORK, holidays={begins(one).date(): "Founders' Day"})
    assert broken(planned, "separated", closed) == ["consultation 0 lies on a closed day: Founders' Day"]
    busy = Calendar(zone=NEW_YORK, busy=((one.starts_at, one.ends_at),))
    assert broken(planned, "separated", busy) == ["consultation 0 overlaps another session"]


def test_a_plan_without_preparation_is_found_out() -> None:
    planned = [spot for spot in plan_of("concurrent") if spot.kind is not Kind.PREPARATION]
    assert "no preparation before the first dosing" in missing(planned, protocol=get_protocol("concurrent"))


def test_a_series_that_takes_too_long_finds_no_time() -> None:
    protocol = get_protocol("sequential")
    slow = msgspec.structs.replace(protocol.steps[2], apart=Days(least=5, most=7, source="default"))
    steps = (*protocol.steps[:2], slow, *protocol.steps[3:])
    with pytest.raises(Unplannable, match="the whole series takes 14 to 21 days"):
        plan(msgspec.structs.replace(protocol, steps=steps), start=MONDAY, calendar=Calendar(zone=NEW_YORK))


@pytest.mark.parametrize(("same_day", "is_same"), [("forbidden", False), ("required", True), ("allowed", True)])
def test_the_rule_of_the_same_day_holds_by_itself(same_day: str, is_same: bool) -> None:
    protocol = get_protocol("separated")
    dosing = protocol.steps[2]
    assert dosing.followed_by is not None
    window = msgspec.structs.replace(dosing.followed_by.window, from_hours=0, to_hours=72)
    wide = msgspec.structs.replace(dosing.followed_by, windows=(window,), same_day=same_day)
    steps = (*protocol.steps[:2], msgspec.structs.replace(dosing, followed_by=wide), *protocol.steps[3:])
    planned = spots(
        plan(msgspec.structs.replace(protocol, steps=steps), start=MONDAY, calendar=Calendar(zone=NEW_YORK))
    )
    assert (begins(planned[3]).date() == begins(planned[2]).date()) == is_same


def test_a_clinic_open_on_fridays_only_cannot_hold_a_separated_course() -> None:
    fridays = Calendar(zone=NEW_YORK, hours=tuple(one for one in OFFICE if one.weekday == 5))
    with pytest.raises(Unplannable, match="dosing finds no time 2 to 14 days after"):
        plan_of("separated", calendar=fridays)


@pytest.mark.parametrize(
    ("day", "opens", "lasts"),
    [
        (date(2026, 3, 8), time(1), 120),  # 02:00 to 03:00 is skipped: from 01:00 to 04:00 are two hours
        (date(2026, 11, 1), time(0, 30), 270),  # 01:00 to 02:00 is there twice
        (date(2028, 2, 29), time(1), 180),
    ],
)
def test_hours_over_a_change_of_the_clocks_last_as_long_as_they_do(day: date, opens: time, lasts: int) -> None:
    hours = Hours(weekday=day.isoweekday(), opens=opens, closes=time(4))
    [(since, until)] = Calendar(zone=NEW_YORK, hours=(hours,)).day(day.toordinal()).free
    assert until - since == lasts


def test_a_member_in_another_zone_is_met_in_their_own_hours() -> None:
    """Saturday morning in Guam is Friday evening in Hawaii."""
    hawaii, guam = ZoneInfo("Pacific/Honolulu"), ZoneInfo("Pacific/Guam")
    availability = Availability(zone=guam, weekly=(Hours(weekday=6, opens=time(8), closes=time(12)),))
    hours = (Hours(weekday=5, opens=time(10), closes=time(16)),)
    day = Calendar(zone=hawaii, hours=hours, availability=availability).day(date(2026, 3, 6).toordinal())
    assert [cost for cost, _ in day.slots(60)][:5] == [0] * 5
    assert day.slots(60)[0][1] == datetime(2026, 3, 6, 22, 0, tzinfo=UTC).timestamp() // 60  # noon there


@pytest.mark.parametrize("name", ["America/Atlantis", "", "../etc/passwd", "\0"])
def test_a_zone_that_does_not_exist_is_refused_by_name(name: str) -> None:
    with pytest.raises(UnknownZone):
        zone_of(name)


def test_an_unknown_protocol_is_not_found() -> None:
    with pytest.raises(NotFound):
        get_protocol("separated", 99)
    with pytest.raises(NotFound):
        get_protocol("weekly")
