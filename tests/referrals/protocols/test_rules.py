"""Plans keep the hard rules of their protocol, wherever and whenever they start."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.protocols.queries import get_protocol, list_protocols
from referrals.protocols.rules.checking import violations
from referrals.protocols.rules.planning import Unplannable, plan
from referrals.protocols.rules.protocols import Days, Kind, OfficeHours, Proposed, Protocol
from workers.kernel.errors import NotFound

ZONES = ["America/New_York", "America/Phoenix", "America/Adak", "Pacific/Honolulu", "America/St_Johns", "UTC"]
starts = st.dates(date(2024, 1, 1), date(2032, 12, 31))
offices = st.sampled_from(ZONES).map(lambda zone: OfficeHours(zone=ZoneInfo(zone)))
protocols = st.sampled_from(list_protocols())
NEW_YORK = OfficeHours(zone=ZoneInfo("America/New_York"))
MONDAY = date(2026, 3, 2)


def plan_of(name: str, start: date = MONDAY, hours: OfficeHours = NEW_YORK) -> list[Proposed]:
    return plan(get_protocol(name), start=start, hours=hours)


def broken(planned: list[Proposed], name: str) -> list[str]:
    return violations(planned, protocol=get_protocol(name), start=MONDAY, hours=NEW_YORK)


@given(protocols, starts, offices)
def test_preparation_precedes_the_first_dosing(protocol: Protocol, start: date, hours: OfficeHours) -> None:
    kinds = [session.kind for session in plan(protocol, start=start, hours=hours)]
    assert kinds.index(Kind.CONSULTATION) < kinds.index(Kind.PREPARATION) < kinds.index(Kind.DOSING)


@given(protocols, starts, offices)
def test_sessions_are_in_order_in_office_hours_and_utc(protocol: Protocol, start: date, hours: OfficeHours) -> None:
    planned = plan(protocol, start=start, hours=hours)
    assert [session.sequence for session in planned] == list(range(len(planned)))
    for one, other in pairwise(planned):
        assert one.ends_at <= other.starts_at
    for session in planned:
        begins = session.starts_at.astimezone(hours.zone)
        assert session.starts_at.tzinfo is UTC
        assert begins.isoweekday() <= 5
        assert 9 <= begins.hour < 17
        assert begins.date() > start


@given(starts, offices)
def test_separated_integration_comes_24_to_48_hours_later_and_never_the_same_day(
    start: date, hours: OfficeHours
) -> None:
    planned = plan_of("separated", start, hours)
    dosings = [session for session in planned if session.kind is Kind.DOSING]
    assert len(dosings) == 4
    for dosing in dosings:
        integration = planned[dosing.sequence + 1]
        assert integration.kind is Kind.INTEGRATION
        assert timedelta(hours=24) <= integration.starts_at - dosing.ends_at <= timedelta(hours=48)
        days = {session.starts_at.astimezone(hours.zone).date() for session in (dosing, integration)}
        assert len(days) == 2


@given(starts, offices)
def test_concurrent_integration_follows_at_once(start: date, hours: OfficeHours) -> None:
    planned = plan_of("concurrent", start, hours)
    for dosing in (session for session in planned if session.kind is Kind.DOSING):
        assert planned[dosing.sequence + 1].starts_at - dosing.ends_at <= timedelta(hours=1)


@given(starts, offices)
def test_six_sequential_dosings_take_two_to_three_weeks(start: date, hours: OfficeHours) -> None:
    planned = plan_of("sequential", start, hours)
    days = [s.starts_at.astimezone(hours.zone).date() for s in planned if s.kind is Kind.DOSING]
    assert len(set(days)) == len(days) == 6
    assert 14 <= (days[-1] - days[0]).days + 1 <= 21
    therapy = [s for s in planned if s.kind is Kind.INTEGRATION]
    assert len(therapy) == 4
    assert (therapy[-1].starts_at - therapy[0].starts_at).days >= 20


def test_a_dosing_whose_window_falls_on_a_weekend_moves_to_monday() -> None:
    friday = date(2026, 3, 6)  # the next clinic days: Mon 9 consultation, Wed 11 preparation, Fri 13 no window
    dosing = next(s for s in plan_of("separated", friday) if s.kind is Kind.DOSING)
    assert dosing.starts_at == datetime(2026, 3, 16, 13, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moved", "by", "says"),
    [
        (3, timedelta(days=-1), "misses its window after session 2"),
        (3, timedelta(hours=25), "misses its window after session 2"),
        (1, timedelta(hours=12), "session 1 (preparation) lies outside the clinic's hours"),
        (4, timedelta(days=-1), "dosing on 2026-03-15 is not 7 to 14 days on"),
        (0, timedelta(days=-3), "consultation on 2026-03-01 is not 2 to 14 days on"),
    ],
)
def test_a_broken_plan_is_found_out(moved: int, by: timedelta, says: str) -> None:
    planned = plan_of("separated")
    assert broken(planned, "separated") == []
    session = planned[moved]
    planned[moved] = replace(session, starts_at=session.starts_at + by, ends_at=session.ends_at + by)
    assert any(says in sentence for sentence in broken(planned, "separated"))


def test_a_plan_without_preparation_is_found_out() -> None:
    planned = [session for session in plan_of("concurrent") if session.kind is not Kind.PREPARATION]
    assert "no preparation before the first dosing" in broken(planned, "concurrent")


def test_a_series_that_takes_too_long_is_found_out() -> None:
    protocol = get_protocol("sequential")
    slow = msgspec.structs.replace(protocol.steps[2], apart=Days(least=5, most=7, source="default"))
    steps = (*protocol.steps[:2], slow, *protocol.steps[3:])
    with pytest.raises(Unplannable, match="does not take 14 to 21 days in all"):
        plan(msgspec.structs.replace(protocol, steps=steps), start=MONDAY, hours=NEW_YORK)


@pytest.mark.parametrize(("same_day", "is_same"), [("forbidden", False), ("required", True), ("allowed", True)])
def test_the_rule_of_the_same_day_holds_by_itself(same_day: str, is_same: bool) -> None:
    protocol = get_protocol("separated")
    dosing = protocol.steps[2]
    assert dosing.followed_by is not None
    wide = msgspec.structs.replace(dosing.followed_by, from_hours=0, to_hours=72, same_day=same_day)
    steps = (*protocol.steps[:2], msgspec.structs.replace(dosing, followed_by=wide), *protocol.steps[3:])
    planned = plan(msgspec.structs.replace(protocol, steps=steps), start=MONDAY, hours=NEW_YORK)
    first = next(session for session in planned if session.kind is Kind.DOSING)
    assert (planned[first.sequence + 1].starts_at.date() == first.starts_at.date()) == is_same


def test_a_clinic_open_on_fridays_only_cannot_hold_a_separated_course() -> None:
    fridays = replace(NEW_YORK, weekdays=frozenset({5}))
    with pytest.raises(Unplannable, match="dosing finds no time"):
        plan_of("separated", hours=fridays)


def test_every_number_names_a_source_that_the_protocol_explains() -> None:
    def marks(value: object) -> set[str]:
        if isinstance(value, dict):
            own = {value["source"]} if "source" in value else set()
            return own.union(*map(marks, value.values()))
        return set().union(*map(marks, value)) if isinstance(value, list | tuple) else set()

    for protocol in list_protocols():
        assert marks(msgspec.to_builtins(protocol)) == set(protocol.sources)


def test_an_unknown_protocol_is_not_found() -> None:
    with pytest.raises(NotFound):
        get_protocol("separated", 99)
    with pytest.raises(NotFound):
        get_protocol("weekly")
