"""When a clinic takes offers, and when it is reminded."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.clinics.queries.credentials import get_policy
from referrals.clinics.rules.standing import (
    ClinicStatus,
    CredentialKind,
    CredentialPolicy,
    Suspension,
    lapses_at,
    next_reminder,
    suspension,
    valid_until,
)

POLICY = CredentialPolicy(required=("a", "b"), suspending=("a", "b", "c"), reminder_days=(60, 30, 7, 1))
days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
on_file = st.lists(st.tuples(st.sampled_from("abcd"), days), max_size=8)
ZONES = [ZoneInfo(name) for name in ("America/New_York", "America/Phoenix", "Pacific/Guam")]


@given(on_file, days)
def test_every_required_kind_and_every_suspending_one_on_file_has_to_hold(credentials: Any, today: Any) -> None:
    held = {kind for kind, last in credentials if last >= today}
    kinds = {kind for kind, _ in credentials}
    good = {"a", "b"} <= held and ("c" in held or "c" not in kinds)
    last = valid_until(credentials, POLICY)
    assert (last is not None and last >= today) == good


@given(on_file, st.sampled_from("abcd"), days)
def test_a_renewal_never_shortens_what_is_on_file_already(credentials: Any, kind: Any, last: Any) -> None:
    before = valid_until(credentials, POLICY)
    after = valid_until([*credentials, (kind, last)], POLICY)
    if before is not None and kind in {one for one, _ in credentials}:
        assert after is not None
        assert after >= before


@given(on_file)
def test_the_order_on_file_plays_no_part(credentials: Any) -> None:
    assert valid_until(credentials, POLICY) == valid_until(credentials[::-1], POLICY)


@pytest.mark.parametrize(
    ("status", "last", "reason"),
    [
        (ClinicStatus.ACTIVE, date(2026, 3, 2), None),
        (ClinicStatus.ACTIVE, date(2026, 3, 1), Suspension.CREDENTIALS),
        (ClinicStatus.ACTIVE, None, Suspension.CREDENTIALS),
        (ClinicStatus.SUSPENDED, date(2026, 3, 2), Suspension.OPERATOR),
        (ClinicStatus.SUSPENDED, None, Suspension.OPERATOR),
        (ClinicStatus.ARCHIVED, date(2026, 3, 2), Suspension.ARCHIVED),
    ],
)
def test_the_reason_is_the_first_that_holds(status: str, last: Any, reason: Any) -> None:
    assert suspension(status, last, date(2026, 3, 2)) == reason


@given(days, st.datetimes(datetime(2025, 6, 1), datetime(2028, 6, 1)), st.sampled_from(ZONES))  # noqa: DTZ001 - given UTC below
def test_reminders_follow_each_other_down_to_the_last(last: Any, start: Any, zone: Any) -> None:
    after, seen = start.replace(tzinfo=UTC), []
    while due := next_reminder(last, POLICY.reminder_days, zone=zone, after=after):
        left, at = due
        assert at > after
        assert (last - at.astimezone(zone).date()).days == left
        seen.append(left)
        after = at
    assert seen == sorted(seen, reverse=True)
    assert seen == [60, 30, 7, 1][4 - len(seen) :], "once one is due, all shorter ones follow"


def test_a_credential_holds_through_its_last_day_where_the_clinic_is() -> None:
    assert lapses_at(date(2026, 3, 7), ZoneInfo("America/New_York")) == datetime(2026, 3, 8, 5, tzinfo=UTC)
    assert lapses_at(date(2026, 3, 8), ZoneInfo("America/New_York")) == datetime(2026, 3, 9, 4, tzinfo=UTC), "clocks"


def test_the_policy_names_kinds_that_there_are_and_reminds_in_time() -> None:
    policy = get_policy()
    assert {*policy.required, *policy.suspending} <= set(CredentialKind)
    assert set(policy.required) == {CredentialKind.STATE_LICENCE, CredentialKind.MALPRACTICE}
    assert max(policy.reminder_days) >= 30
    assert timedelta(days=min(policy.reminder_days)) >= timedelta(days=1)
