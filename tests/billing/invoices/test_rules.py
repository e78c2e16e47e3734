"""Which contributions an invoice shows: laws over random populations."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.invoices.rules import (
    RULE,
    Contribution,
    Line,
    LineKind,
    age_of,
    lines_of,
    pooled_before,
    release,
)

K, STEP = RULE.smallest_group, RULE.step_cents


def _uuid(number: int) -> UUID:
    return UUID(int=number + 1)


def _contributions(shares: Sequence[tuple[int, int]]) -> list[Contribution]:
    """(member, cents) as contributions."""
    return [
        Contribution(posting_id=_uuid(1000 + place), member_id=_uuid(member), cents=cents)
        for place, (member, cents) in enumerate(shares)
    ]


@dataclass(frozen=True)
class Population:
    """Members of an employer over some months: (month, member, cents) of everyone who sought care."""

    enrolled: int
    shares: tuple[tuple[int, int, int], ...]

    def without(self, member: int) -> "Population":
        """The same months in which one member sought nothing."""
        return Population(self.enrolled, tuple(share for share in self.shares if share[1] != member))

    def swapped(self, one: int, other: int) -> "Population":
        """The same months in which another one sought what this one did, and the other way round."""
        names = {one: other, other: one}
        return Population(self.enrolled, tuple((m, names.get(who, who), c) for m, who, c in self.shares))

    def shown(self) -> list[tuple[int, frozenset[int], int]]:
        """What each of six invoices shows: (month, whose contributions are in it, cents)."""
        held: list[tuple[int, int]] = []
        residual, months = 0, []
        for month in range(6):
            held += [(who, cents) for when, who, cents in self.shares if when == month]
            found = release(_contributions(held), residual_cents=residual, enrolled=self.enrolled)
            if found is not None:
                months.append((month, frozenset(who for who, _ in held), found.shown_cents))
                residual, held = found.residual_cents, []
        return months

    def amounts(self) -> list[tuple[int, int]]:
        """What HR sees of it: (month, cents)."""
        return [(month, cents) for month, _, cents in self.shown()]


shares = st.tuples(st.integers(0, 5), st.integers(0, 39), st.integers(1, 300_000))
populations = st.builds(Population, enrolled=st.integers(0, 60), shares=st.lists(shares, max_size=60).map(tuple))


@given(populations, st.integers(0, 39), st.integers(0, 39))
def test_who_of_the_members_sought_care_never_makes_a_difference(population, one, other):
    assert population.swapped(one, other).amounts() == population.amounts()


@given(populations, st.integers(0, 39))
def test_one_member_more_or_less_makes_no_difference_while_contributions_are_held_back(population, member):
    """Both worlds are the same to HR up to the first month in which either shows anything."""
    with_them, without_them = population.amounts(), population.without(member).amounts()
    first = min((months[0][0] for months in (with_them, without_them) if months), default=6)
    assert [m for m in with_them if m[0] < first] == [m for m in without_them if m[0] < first] == []


@given(populations, st.integers(0, 39))
def test_in_a_shown_amount_one_member_is_lost_in_the_rounding_and_in_the_group(population, member):
    """Where both worlds show the same months, the sums differ by what they contributed, rounded to whole steps."""
    ours = sum(cents for _, who, cents in population.shares if who == member)
    with_them, without_them = population.shown(), population.without(member).shown()
    if [month for month, _, _ in with_them] == [month for month, _, _ in without_them]:
        off = sum(cents for _, _, cents in with_them) - sum(cents for _, _, cents in without_them)
        assert off % STEP == 0
        assert abs(off) <= ours + STEP


@given(populations)
def test_no_invoice_and_no_difference_of_invoices_is_of_fewer_than_eleven_members(population):
    months = population.shown()
    for _, who, cents in months:
        assert len(who) >= K
        assert population.enrolled - len(who) >= K
        assert cents > 0
        assert cents % STEP == 0
    for (_, one, _), (_, other, _) in combinations(months, 2):
        assert len(one | other) >= K  # batches are disjoint contributions: a difference hides a whole batch


@given(populations)
def test_every_cent_is_shown_or_held(population):
    held: dict[int, int] = defaultdict(int)
    contributions, residual, shown = [], 0, 0
    for month in range(6):
        contributions += [(who, cents) for when, who, cents in population.shares if when == month]
        found = release(_contributions(contributions), residual_cents=residual, enrolled=population.enrolled)
        if found is not None:
            shown, residual, contributions = shown + found.shown_cents, found.residual_cents, []
        held[month] = residual + sum(cents for _, cents in contributions)
        so_far = sum(cents for when, _, cents in population.shares if when <= month)
        assert shown + held[month] == so_far
        assert 0 <= residual < STEP


@pytest.mark.parametrize(
    ("members", "enrolled", "cents", "is_shown"),
    [(10, 100, 50_000, False), (11, 100, 50_000, True), (11, 22, 50_000, True), (11, 21, 50_000, False)],
    ids=["ten", "eleven", "eleven others", "ten others"],
)
def test_eleven_members_and_eleven_others_are_enough(members, enrolled, cents, is_shown):
    found = release(_contributions([(m, cents) for m in range(members)]), residual_cents=0, enrolled=enrolled)
    assert (found is not None) == is_shown


def test_a_batch_that_is_mostly_one_member_is_held_back():
    small = [(member, 1_000) for member in range(10)]
    assert release(_contributions([*small, (99, 300_000)]), residual_cents=0, enrolled=100) is None


def test_a_member_whose_price_was_taken_back_is_none_of_the_eleven():
    shares_of = [(member, 50_000) for member in range(10)]
    undone = [(50, 70_000), (50, -70_000)]
    assert release(_contributions([*shares_of, *undone]), residual_cents=0, enrolled=100) is None


def test_less_than_a_step_is_held_back():
    assert release(_contributions([(m, 100) for m in range(12)]), residual_cents=0, enrolled=100) is None


@given(st.dates(min_value=date(2020, 1, 1)))
def test_contributions_are_pooled_after_a_year(day):
    month = day.replace(day=1)
    oldest_kept = pooled_before(month)
    assert (month.year - oldest_kept.year) * 12 + month.month - oldest_kept.month == RULE.pool_after_months - 1


@given(st.lists(st.tuples(st.text(max_size=5), st.integers(0, 5000)), max_size=5), st.integers(0, 10_000))
def test_lines_multiply_and_leave_nothing_out(heads, fee):
    lines = lines_of(heads, fee_cents=fee, released_cents=STEP)
    assert sum(line.amount_cents for line in lines) == fee * sum(n for _, n in heads) + STEP
    assert all(line.amount_cents > 0 for line in lines)
    assert lines[-1] == Line(kind=LineKind.CONTRIBUTIONS, description="Plan contributions", quantity=1, unit_cents=STEP)


@pytest.mark.parametrize(
    ("days", "name"),
    [
        (-5, "not_due"),
        (0, "not_due"),
        (1, "days_1_30"),
        (30, "days_1_30"),
        (31, "days_31_60"),
        (61, "days_61_90"),
        (90, "days_61_90"),
        (91, "over_90_days"),
        (5000, "over_90_days"),
    ],
)
def test_ages(days, name):
    due = date(2026, 3, 1)
    assert age_of(due, due + timedelta(days=days)) == name
