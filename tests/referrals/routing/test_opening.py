"""Until when a clinic has to answer."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.clinics.rules.hours import OFFICE, Hours
from referrals.routing.queries.policy import get_policy
from referrals.routing.rules.opening import respond_by
from referrals.routing.rules.policy import Answering

NEW_YORK = ZoneInfo("America/New_York")
STANDARD, URGENT = (get_policy().answers[name] for name in ("standard", "urgent"))


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)


@pytest.mark.parametrize(
    ("asked", "standard", "urgent"),
    [
        ("2026-03-02T10:00", "2026-03-03T10:00", "2026-03-02T12:00"),  # a Monday
        ("2026-03-02T03:00", "2026-03-02T17:00", "2026-03-02T11:00"),  # before it opens
        ("2026-03-02T16:30", "2026-03-03T16:30", "2026-03-03T10:30"),
        ("2026-03-06T16:00", "2026-03-09T16:00", "2026-03-07T16:00"),  # Friday; at most a day where it is urgent
        ("2026-03-07T12:00", "2026-03-09T17:00", "2026-03-08T13:00"),  # the clocks went forward on Sunday
    ],
)
def test_answers_are_awaited_in_opening_hours(asked: str, standard: str, urgent: str) -> None:
    for answering, expected in ((STANDARD, standard), (URGENT, urgent)):
        assert respond_by(local(asked), zone=NEW_YORK, openings=OFFICE, answering=answering) == local(expected)


def test_a_clinic_that_never_opens_has_the_longest_time() -> None:
    now = local("2026-03-02T10:00")
    assert respond_by(now, zone=NEW_YORK, openings=(), answering=STANDARD) == now + timedelta(hours=96)


openings = st.builds(
    lambda weekday, opens, hours: Hours(weekday=weekday, opens=time(opens), closes=time(opens + hours)),
    st.integers(1, 7),
    st.integers(0, 17),
    st.integers(1, 6),
)
weeks = st.lists(openings, max_size=7, unique_by=lambda one: one.weekday).map(tuple)
instants = st.integers(1_767_225_600, 1_798_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(instants, weeks, st.floats(0.5, 20), st.sampled_from(["America/New_York", "America/Anchorage", "UTC"]))
def test_nobody_has_less_than_the_hours_or_more_than_the_most(now: Any, week: Any, hours: float, zone: str) -> None:
    answering = Answering(at_once=1, open_hours=hours, at_most_hours=96)
    by = respond_by(now, zone=ZoneInfo(zone), openings=week, answering=answering)
    assert now < by <= now + timedelta(hours=96)
    if by < now + timedelta(hours=96):
        assert by >= now + timedelta(hours=hours) - timedelta(microseconds=1)
        local = by.astimezone(ZoneInfo(zone))
        ends = [one for one in week if one.weekday == local.isoweekday() and one.opens <= local.time() <= one.closes]
        assert ends, "it ends while the clinic is open"
