"""Caps and deductibles over any sequence of agreements, in any plan year, and when agreements race."""

from collections import Counter
from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benefits.plans.rules import Contribution
from billing.quotes.models import BenefitUse, Quote, QuoteLine, QuoteStatus
from billing.quotes.services.agreeing import QuoteExpired, QuoteOutdated
from tests.factories.billing import agreed, change_plan, course_of, covered_member, id_of, quoted
from tests.racing import at_once
from workers.kernel.actor import WORKER, Actor, acting_as

NEXT_YEAR = timedelta(days=365)


def _used(member: Actor) -> dict[str, int]:
    """By the bucket's first word."""
    with acting_as(WORKER):
        rows = BenefitUse.objects.filter(member_id=id_of(member)).values_list("bucket", "used")
        return {bucket.split("/")[0]: used for bucket, used in rows if used}


def test_cap_and_deductible_are_used_up_within_a_year(now, db):
    member = covered_member(cap_cents=40_000, deductible_cents=10_000)
    first, second = (course_of(member) for _ in range(2))
    one = quoted(member, first, now)
    assert (one.deductible_cents, one.employer_cents) == (10_000, 25_500)
    agreed(member, one, now)
    assert _used(member) == {"deductible": 10_000, "annual": 25_500, "lifetime": 25_500}
    two = quoted(member, second, now)
    assert (two.deductible_cents, two.employer_cents, two.member_cents) == (0, 14_500, 38_000)
    assert quoted(member, second, now + NEXT_YEAR).employer_cents == 25_500


def test_a_plans_year_begins_on_its_own_day_and_not_in_january(now, db):
    member = covered_member(cap_cents=40_000, starts_on=date(2025, 6, 1))
    agreed(member, quoted(member, course_of(member), now), now)
    course = course_of(member)
    last_day = datetime(2026, 5, 31, 23, tzinfo=now.tzinfo)
    assert quoted(member, course, last_day).employer_cents == 8_500
    assert quoted(member, course, last_day + timedelta(hours=2)).employer_cents == 31_500


def test_a_lifetime_goes_on_through_years_and_plans(now, db):
    member = covered_member(lifetime_cap_cents=60_000, cap_cents=50_000)
    agreed(member, quoted(member, course_of(member), now), now)
    assert quoted(member, course_of(member), now + NEXT_YEAR).employer_cents == 28_500
    change_plan(member, now.date() + NEXT_YEAR, lifetime_cap_cents=40_000, annual_cap_cents=40_000)
    assert quoted(member, course_of(member), now + NEXT_YEAR).employer_cents == 8_500


def test_kinds_of_session_have_limits_of_their_own(now, db):
    dosing = Contribution(session_kind="dosing", percent=100, annual_cap_cents=20_000, sessions_per_year=2)
    preparation = Contribution(session_kind="preparation", fixed_cents=2_000)
    member = covered_member(contributions=[dosing, preparation])
    courses = [course_of(member, 17_500, 9_000, 17_500) for _ in range(3)]
    first, second = (quoted(member, course, now) for course in courses[:2])
    assert _paid(member, first) == [2_000, 9_000, 10_500]
    agreed(member, first, now)
    assert _used(member) == {"annual": 21_500, "lifetime": 21_500, "kind": 9_000, "sessions": 1}
    with pytest.raises(QuoteOutdated):
        agreed(member, second, now)
    agreed(member, quoted(member, courses[1], now), now)
    assert _used(member)["sessions"] == 2
    assert _paid(member, quoted(member, courses[2], now)) == [2_000, 0, 10_500]


def _paid(member: Actor, quote: Quote) -> list[int]:
    with acting_as(member):
        return list(quote.lines.values_list("employer_cents", flat=True))


def test_a_quote_made_before_a_limit_was_used_is_outdated_and_says_why(now, db):
    member = covered_member(cap_cents=40_000)
    quotes = [quoted(member, course_of(member), now) for _ in range(2)]
    agreed(member, quotes[0], now)
    with pytest.raises(QuoteOutdated) as refused:
        agreed(member, quotes[1], now)
    assert [one["code"] for one in refused.value.extra["changed"]] == ["plan"]


def test_the_database_refuses_to_exceed_a_limit(db, now):
    member = covered_member(cap_cents=40_000)
    agreed(member, quoted(member, course_of(member), now), now)
    with acting_as(member), pytest.raises(IntegrityError, match="benefit_use_within_limit"), transaction.atomic():
        BenefitUse.objects.filter(bucket__startswith="annual").update(used=40_001)


@pytest.mark.parametrize("seed", range(3))
def test_agreements_that_race_never_spend_a_limit_twice(committed_db, now, seed):
    """Six connections agree to six courses of one member, asking anew when they are refused."""
    dosing = Contribution(session_kind="dosing", percent=90, annual_cap_cents=30_000, sessions_per_year=3)
    member = covered_member(cap_cents=70_000, deductible_cents=9_999, contributions=[dosing])
    courses = [course_of(member) for _ in range(6)]
    quotes = at_once(*[partial(quoted, member, course, now) for course in courses])

    def agree(number: int) -> int:
        """How often it was refused before."""
        random, quote = Random(f"{seed}:{number}"), quotes[number]  # noqa: S311 - chance is seeded, and is no secret
        for refusals in range(20):
            try:
                agreed(member, quote, now)
            except QuoteOutdated:
                quote = quoted(member, courses[number], now + timedelta(seconds=random.randint(1, 9)))
            else:
                return refusals
        raise AssertionError("Refused to the last.")

    assert sum(at_once(*[partial(agree, number) for number in range(len(courses))])) > 0
    _assert_used_as_agreed(member, annual=70_000, deductible=9_999, kind=30_000, sessions=3)


def _assert_used_as_agreed(member: Actor, **limits: int) -> None:
    """What is counted is what the agreed lines say, and no more than the limits."""
    with acting_as(WORKER):
        lines = QuoteLine.objects.filter(quote__status=QuoteStatus.ACCEPTED, member_id=id_of(member))
        total = lines.aggregate(annual=Sum("employer_cents"), deductible=Sum("deductible_cents"))
        paid = lines.filter(kind="dosing", employer_cents__gt=0)
        total |= {"kind": paid.aggregate(s=Sum("employer_cents"))["s"] or 0, "sessions": paid.count()}
    used = _used(member)
    assert {name: used.get(name, 0) for name in limits} == {name: total[name] or 0 for name in limits}
    assert all(used.get(name, 0) <= limit for name, limit in limits.items())


steps = st.lists(
    st.tuples(
        st.sampled_from(["quote", "quote", "accept", "a year passes"]),
        st.integers(min_value=0, max_value=3),
    ),
    max_size=12,
)
prices = st.lists(st.tuples(*[st.integers(min_value=1, max_value=60_000)] * 3), min_size=4, max_size=4)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps, prices)
def test_over_any_sequence_of_quotes_no_limit_of_a_year_is_exceeded(db, now, sequence, prices):
    with transaction.atomic():
        _play(sequence, prices, now)
        transaction.set_rollback(True)


def _play(sequence: list[tuple[str, int]], prices: list[tuple[int, int, int]], now: datetime) -> None:
    dosing = Contribution(session_kind="dosing", percent=70, annual_cap_cents=15_000, sessions_per_year=2)
    limits: dict[str, Any] = {"lifetime_cap_cents": 60_000, "sessions_per_year": 3, "contributions": [dosing]}
    member = covered_member(cap_cents=40_000, deductible_cents=5_000, **limits)
    courses = [course_of(member, *each) for each in prices]
    quotes: dict[int, Quote] = {}
    done: set[int] = set()
    for step, place in sequence:
        if step == "a year passes":
            now += NEXT_YEAR
        elif step == "quote" and place not in done:
            quotes[place] = quoted(member, courses[place], now)
        elif place in quotes and place not in done:
            with suppress(QuoteOutdated, QuoteExpired):
                agreed(member, quotes[place], now)
                done.add(place)
    _assert_within_limits(member)


def _assert_within_limits(member: Actor) -> None:
    with acting_as(WORKER):
        agreed_ones = list(Quote.objects.filter(member_id=id_of(member), status=QuoteStatus.ACCEPTED))
        counted: Counter[str] = Counter()
        for quote in agreed_ones:
            counted.update(quote.taken)
        rows = dict(BenefitUse.objects.filter(member_id=id_of(member)).values_list("bucket", "used"))
    assert {name: n for name, n in counted.items() if n} == {name: n for name, n in rows.items() if n}
    assert sum(quote.employer_cents for quote in agreed_ones) <= 60_000
    most = {"annual": 40_000, "deductible": 5_000, "kind": 15_000, "sessions": 2, "all-sessions": 3, "lifetime": 60_000}
    assert all(used <= most[bucket.split("/")[0]] for bucket, used in rows.items())
