"""Reminders fall due at the right wall time, whatever the clocks do, and never in the night."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.courses.rules import SessionStatus
from referrals.protocols.rules.protocols import Kind
from referrals.reminders.queries import get_reminders
from referrals.reminders.rules import (
    Appointment,
    Moment,
    Reminder,
    WallTime,
    Window,
    at_wall_time,
    moments,
    next_moment,
)

ZONES = [ZoneInfo(name) for name in ("America/New_York", "America/Los_Angeles", "America/Phoenix", "Pacific/Apia")]
NEW_YORK = ZONES[0]
RULES = get_reminders()
instants = st.integers(0, 8 * 366 * 24 * 4).map(lambda n: datetime(2024, 1, 2, tzinfo=UTC) + n * timedelta(minutes=15))
zones = st.sampled_from(ZONES)
kinds = st.sampled_from(list(Kind))
statuses = st.sampled_from(list(SessionStatus))
wall_times = st.builds(WallTime, days=st.integers(-14, 14), at=st.times().map(lambda at: at.replace(microsecond=0)))
windows = st.tuples(st.floats(0, 100), st.floats(0.5, 500)).map(
    lambda hours: Window(from_hours=hours[0], to_hours=sum(hours), source="")
)


def due(kind: str, starts_at: datetime, zone: ZoneInfo = NEW_YORK, window: Window = RULES.window) -> list[Moment]:
    appointment = Appointment(
        kind=kind, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=150), zone=zone, window=window
    )
    return moments(RULES, appointment)


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
        if wall_time is not None:
            shown = moment.due_at.astimezone(zone)
            assert (shown.date() - local_day).days == wall_time.days
            assert shown.time() == wall_time.at


@given(kinds, instants, zones, windows)
def test_no_moment_reaches_into_the_night_and_none_outlives_what_it_is_about(
    kind: Kind, starts_at: datetime, zone: ZoneInfo, window: Window
) -> None:
    ends_at = starts_at + timedelta(minutes=150)
    for moment in due(kind, starts_at, zone, window):
        reminder = moment.reminder
        assert moment.due_at <= moment.drop_after <= moment.due_at + timedelta(hours=reminder.late_hours)
        if reminder.keeps_quiet:
            first, last = (at.astimezone(zone) for at in (moment.due_at, moment.drop_after))
            assert first.date() == last.date()
            assert not RULES.quiet.covers(first.time())
            assert not RULES.quiet.covers(last.time())
        if reminder.until_start:
            assert moment.drop_after <= starts_at
        if reminder.window:
            assert ends_at + timedelta(hours=window.from_hours) <= moment.due_at
            assert moment.drop_after <= ends_at + timedelta(hours=window.to_hours)


@given(instants, zones)
def test_every_dosing_has_its_reminder_of_the_window_when_one_is_possible(starts_at: datetime, zone: ZoneInfo) -> None:
    """A window of a day and more has a morning or an afternoon in it."""
    found = {moment.reminder.rule for moment in due("dosing", starts_at, zone)}
    assert {"integration_opens", "integration_middle"} & found
    assert {"after_dosing", "evening_before", "follow_up"} <= found


def test_the_evening_before_a_change_of_clocks() -> None:
    monday = datetime(2026, 3, 9, 13, 0, tzinfo=UTC)  # clocks went forward on Sunday the 8th
    by_rule = {moment.reminder.rule: moment.due_at for moment in due("dosing", monday)}
    assert by_rule == {
        "week_before": datetime(2026, 3, 2, 15, 0, tzinfo=UTC),  # 10:00 EST
        "evening_before": datetime(2026, 3, 8, 22, 0, tzinfo=UTC),  # 18:00 EDT
        "morning_of": datetime(2026, 3, 9, 11, 0, tzinfo=UTC),
        "after_dosing": datetime(2026, 3, 9, 16, 30, tzinfo=UTC),
        "integration_opens": datetime(2026, 3, 10, 15, 30, tzinfo=UTC),
        "integration_middle": datetime(2026, 3, 11, 11, 0, tzinfo=UTC),  # 03:30 waits until 07:00
        "follow_up": datetime(2026, 3, 12, 14, 0, tzinfo=UTC),
        "missed": datetime(2026, 3, 9, 17, 30, tzinfo=UTC),
    }


def test_the_hour_that_comes_twice_does_not_double_the_evening() -> None:
    sunday = datetime(2026, 11, 1, 15, 0, tzinfo=UTC)  # clocks went back at two
    by_rule = {moment.reminder.rule: moment.due_at for moment in due("dosing", sunday)}
    assert by_rule["week_before"] == datetime(2026, 10, 25, 14, 0, tzinfo=UTC)  # 10:00 EDT
    assert by_rule["evening_before"] == datetime(2026, 10, 31, 22, 0, tzinfo=UTC)  # 18:00 EDT
    assert by_rule["morning_of"] == datetime(2026, 11, 1, 12, 0, tzinfo=UTC)  # 07:00 EST


def test_a_skipped_time_is_later_by_what_is_skipped_and_a_doubled_one_is_the_first() -> None:
    spring, autumn = datetime(2026, 3, 8, 15, tzinfo=UTC), datetime(2026, 11, 1, 15, tzinfo=UTC)
    at = WallTime(days=0, at=time(2, 30))
    assert at_wall_time(spring, wall_time=at, zone=NEW_YORK) == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)  # 03:30 EDT
    at = WallTime(days=0, at=time(1, 30))
    assert at_wall_time(autumn, wall_time=at, zone=NEW_YORK) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # 01:30 EDT


def test_a_session_at_dawn_has_no_reminder_after_it_began() -> None:
    dawn = datetime(2026, 5, 4, 10, 30, tzinfo=UTC)  # 06:30 in New York
    assert "morning_of" not in {moment.reminder.rule for moment in due("dosing", dawn)}


def test_after_a_late_dosing_nobody_waits_until_morning_to_be_told_to_rest() -> None:
    evening = datetime(2026, 5, 5, 0, 0, tzinfo=UTC)  # 20:00 in New York, until 22:30
    by_rule = {moment.reminder.rule: moment.due_at for moment in due("dosing", evening)}
    assert by_rule["after_dosing"] == datetime(2026, 5, 5, 3, 30, tzinfo=UTC)
    assert by_rule["integration_opens"] == datetime(2026, 5, 6, 11, 0, tzinfo=UTC)  # 22:30 waits until 07:00


@given(kinds, instants, zones, statuses, st.timedeltas(-timedelta(days=20), timedelta(days=20)))
def test_the_chain_visits_each_reminder_once_and_drops_what_is_late(
    kind: Kind, starts_at: datetime, zone: ZoneInfo, status: str, ahead: timedelta
) -> None:
    found, now = due(kind, starts_at, zone), starts_at + ahead
    visited: list[str] = []
    moment = next_moment(found, after=None, status=status, now=now)
    while moment is not None:
        visited.append(moment.reminder.rule)
        now = max(now, moment.due_at)
        moment = next_moment(found, after=moment.reminder.rule, status=status, now=now)
    expected = [m for m in found if status in m.reminder.statuses and starts_at + ahead <= m.drop_after]
    assert visited == [m.reminder.rule for m in expected]
    assert len(set(visited)) == len(visited)


def test_every_kind_is_reminded_of_and_rules_are_named_once() -> None:
    rules = [reminder.rule for reminder in RULES.reminders]
    assert len(set(rules)) == len(rules)
    for kind in Kind:
        found = {m.reminder.rule for m in due(kind, datetime(2026, 5, 4, 14, tzinfo=UTC))}
        assert {"week_before", "morning_of", "missed"} <= found
    assert {kind for reminder in RULES.reminders for kind in reminder.kinds} == set(Kind)
    assert {status for reminder in RULES.reminders for status in reminder.statuses} == {
        "scheduled",
        "completed",
        "no_show",
    }


@pytest.mark.parametrize("when", [{}, {"hours_after_end": 1, "wall_time": {"days": 0, "at": "07:00:00"}}])
def test_a_reminder_without_one_moment_is_malformed(when: dict[str, object]) -> None:
    reminder = msgspec.to_builtins(RULES.reminders[0]) | {"wall_time": None, "hours_after_end": None} | when
    with pytest.raises(msgspec.ValidationError, match="needs one of wall_time, hours_after_end and window"):
        msgspec.convert(reminder, Reminder)


def test_a_day_is_the_members_and_not_the_clinics() -> None:
    late = datetime(2026, 5, 5, 5, 0, tzinfo=UTC)  # the 5th in New York, still the 4th in Los Angeles
    morning = {zone.key: at_wall_time(late, wall_time=WallTime(days=0, at=time(7)), zone=zone) for zone in ZONES[:2]}
    assert morning["America/New_York"].date() == date(2026, 5, 5)
    assert morning["America/Los_Angeles"].date() == date(2026, 5, 4)
