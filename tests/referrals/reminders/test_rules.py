"""Reminders fall due at the right wall time, whatever the clocks do."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.protocols.rules.protocols import Kind
from referrals.reminders.queries import list_reminders
from referrals.reminders.rules import Moment, Reminder, WallTime, at_wall_time, moments, next_moment

ZONES = [ZoneInfo(name) for name in ("America/New_York", "America/Los_Angeles", "America/Phoenix", "Pacific/Apia")]
NEW_YORK = ZONES[0]
instants = st.integers(0, 8 * 366 * 24 * 4).map(lambda n: datetime(2024, 1, 2, tzinfo=UTC) + n * timedelta(minutes=15))
zones = st.sampled_from(ZONES)
wall_times = st.builds(WallTime, days=st.integers(-14, 14), at=st.times().map(lambda at: at.replace(microsecond=0)))


def due(kind: str, starts_at: datetime, zone: ZoneInfo = NEW_YORK) -> list[Moment]:
    return moments(
        list_reminders(), kind=kind, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=150), zone=zone
    )


@given(instants, wall_times, zones)
def test_clocks_show_the_wall_time_unless_they_skip_it(
    starts_at: datetime, wall_time: WallTime, zone: ZoneInfo
) -> None:
    due_at = at_wall_time(starts_at, wall_time=wall_time, zone=zone)
    shown, wanted = due_at.astimezone(zone), starts_at.astimezone(zone).date() + timedelta(days=wall_time.days)
    is_skipped = datetime.combine(wanted, wall_time.at, zone).astimezone(UTC).astimezone(zone).time() != wall_time.at
    if not is_skipped:
        assert (shown.date(), shown.time()) == (wanted, wall_time.at)
        assert shown.fold == 0
    assert due_at.tzinfo is UTC


@given(instants, zones)
def test_wall_times_of_reminders_survive_a_change_of_clocks(starts_at: datetime, zone: ZoneInfo) -> None:
    local_day = starts_at.astimezone(zone).date()
    for moment in due("dosing", starts_at, zone):
        wall_time = moment.reminder.wall_time
        if wall_time is not None and local_day.year > 2023:
            shown = moment.due_at.astimezone(zone)
            assert (shown.date() - local_day).days == wall_time.days
            assert shown.time() == wall_time.at


def test_the_evening_before_a_change_of_clocks() -> None:
    monday = datetime(2026, 3, 9, 13, 0, tzinfo=UTC)  # clocks went forward on Sunday the 8th
    by_rule = {moment.reminder.rule: moment.due_at for moment in due("dosing", monday)}
    assert by_rule == {
        "week_before": datetime(2026, 3, 2, 15, 0, tzinfo=UTC),  # 10:00 EST
        "evening_before": datetime(2026, 3, 8, 22, 0, tzinfo=UTC),  # 18:00 EDT
        "morning_of": datetime(2026, 3, 9, 11, 0, tzinfo=UTC),
        "after_dosing": datetime(2026, 3, 9, 16, 30, tzinfo=UTC),
        "integration_window": datetime(2026, 3, 10, 15, 30, tzinfo=UTC),
        "follow_up": datetime(2026, 3, 12, 14, 0, tzinfo=UTC),
    }


def test_a_skipped_time_is_later_by_what_is_skipped_and_a_doubled_one_is_the_first() -> None:
    spring, autumn = datetime(2026, 3, 8, 15, tzinfo=UTC), datetime(2026, 11, 1, 15, tzinfo=UTC)
    at = WallTime(days=0, at=time(2, 30))
    assert at_wall_time(spring, wall_time=at, zone=NEW_YORK) == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)  # 03:30 EDT
    at = WallTime(days=0, at=time(1, 30))
    assert at_wall_time(autumn, wall_time=at, zone=NEW_YORK) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # 01:30 EDT


@given(st.sampled_from(list(Kind)), instants, zones, st.timedeltas(-timedelta(days=20), timedelta(days=20)))
def test_the_chain_visits_each_reminder_once_and_drops_what_is_late(
    kind: Kind, starts_at: datetime, zone: ZoneInfo, ahead: timedelta
) -> None:
    found, now = due(kind, starts_at, zone), starts_at + ahead
    visited: list[str] = []
    moment = next_moment(found, after=None, now=now)
    while moment is not None:
        visited.append(moment.reminder.rule)
        now = max(now, moment.due_at)
        moment = next_moment(found, after=moment.reminder.rule, now=now)
    assert visited == [m.reminder.rule for m in found if starts_at + ahead <= m.drop_after]
    assert len(set(visited)) == len(visited)


def test_every_kind_is_reminded_of_and_rules_are_named_once() -> None:
    rules = [reminder.rule for reminder in list_reminders()]
    assert len(set(rules)) == len(rules)
    for kind in Kind:
        assert {"week_before", "morning_of"} <= {
            m.reminder.rule for m in due(kind, datetime(2026, 5, 4, 14, tzinfo=UTC))
        }
    assert {kind for reminder in list_reminders() for kind in reminder.kinds} == set(Kind)


@pytest.mark.parametrize("when", [{}, {"hours_after_end": 1, "wall_time": {"days": 0, "at": "07:00:00"}}])
def test_a_reminder_without_one_moment_is_malformed(when: dict[str, object]) -> None:
    reminder = msgspec.to_builtins(list_reminders()[0]) | {"wall_time": None, "hours_after_end": None} | when
    with pytest.raises(msgspec.ValidationError, match="needs either wall_time or hours_after_end"):
        msgspec.convert(reminder, Reminder)


def test_a_day_is_the_members_and_not_the_clinics() -> None:
    late = datetime(2026, 5, 5, 5, 0, tzinfo=UTC)  # the 5th in New York, still the 4th in Los Angeles
    morning = {zone.key: at_wall_time(late, wall_time=WallTime(days=0, at=time(7)), zone=zone) for zone in ZONES[:2]}
    assert morning["America/New_York"].date() == date(2026, 5, 5)
    assert morning["America/Los_Angeles"].date() == date(2026, 5, 4)
