"""The waterfall's laws."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.payment_plans.rules import amounts
from billing.quotes.rules import NOTHING, BillableSession, Cap, Share, Terms, price, taken_by, ways_to_pay
from billing.sliding_scale.rules import NO_DISCOUNT, Discount
from workers.kernel.money import share

FIRST = datetime(2026, 3, 2, tzinfo=UTC)
HALF = Discount(
    programme="standard", band="to_200", percent=50, least_percent=50, nominal_cents=0, guideline_version="v"
)
KINDS = ("preparation", "dosing", "integration")
PARTS = ("list_cents", "discount_cents", "deductible_cents", "employer_cents", "member_cents")

# A busy machine is no reason to fail: what is drawn and how long it takes says nothing of the law.
patient = settings(suppress_health_check=[HealthCheck.too_slow])
cents = st.integers(min_value=0, max_value=100_000)
percents = st.integers(min_value=0, max_value=100)
shares = st.one_of(st.builds(Share, percent=percents), st.builds(Share, fixed_cents=cents))
discounts = st.builds(
    lambda percent, nominal: replace(HALF, percent=percent, least_percent=percent // 2, nominal_cents=nominal),
    percents,
    st.sampled_from([0, 1_000]),
)
courses = st.lists(st.tuples(st.sampled_from(KINDS), cents), min_size=1, max_size=12)
subsidies = st.none() | st.integers(min_value=0, max_value=400_000)


def _cap(rule: str, limit: int, used: int = 0, kind: str = "") -> Cap:
    return Cap(rule=rule, bucket=f"{rule}/{kind}", limit=limit, used=used, kind=kind)


def _limits(rule: str, most: int, kind: str = "") -> st.SearchStrategy[Cap]:
    """A limit of which some is used, perhaps more than there is: a former plan had a higher one."""
    amounts_ = st.integers(min_value=0, max_value=most)
    return st.builds(lambda limit, used: _cap(rule, limit, used, kind), amounts_, amounts_)


plans = st.builds(
    Terms,
    version=st.just("plan"),
    route_covered=st.sampled_from([True, True, True, False]),
    default=shares,
    by_kind=st.dictionaries(st.sampled_from(KINDS), shares),
    deductible=_limits("deductible", 200_000),
    caps=st.tuples(
        _limits("annual_cap", 400_000),
        _limits("lifetime_cap", 400_000),
        _limits("kind_cap", 200_000, "dosing"),
        _limits("session_cap", 4, "integration"),
        _limits("plan_session_cap", 6),
    ),
)


def covered(
    percent: int = 60, *, cap: int = 500_000, deductible: int = 0, caps: tuple[Cap, ...] = (), **by_kind: Share
) -> Terms:
    """A plan that nothing was used of."""
    return Terms(
        version="plan",
        route_covered=True,
        default=Share(percent=percent),
        by_kind=by_kind,
        deductible=_cap("deductible", deductible),
        caps=(_cap("annual_cap", cap), *caps),
    )


def _sessions(*prices: int | tuple[str, int]) -> list[BillableSession]:
    named = [one if isinstance(one, tuple) else ("dosing", one) for one in prices]
    return [
        BillableSession(id=UUID(int=day), kind=kind, starts_at=FIRST + timedelta(days=day), list_cents=cents)
        for day, (kind, cents) in enumerate(named)
    ]


@patient
@given(courses, discounts, plans, subsidies)
def test_every_cent_of_every_line_goes_somewhere_named(course, discount, plan, subsidy):
    pricing = price(_sessions(*course), discount, plan, subsidy_cents=subsidy)
    assert [line.list_cents for line in pricing.lines] == [cents for _, cents in course]
    for line in pricing.lines:
        parts = (line.discount_cents, line.employer_cents, line.member_cents)
        assert sum(parts) == line.list_cents
        assert min(parts) >= 0
        assert 0 <= line.deductible_cents <= line.member_cents
        assert line.discount_cents <= line.scale_cents
        assert line.employer_cents <= line.share_cents
    assert pricing.total("list") == sum(cents for _, cents in course)


@patient
@given(courses, discounts, plans, subsidies)
def test_no_limit_is_exceeded_and_what_is_taken_is_what_the_lines_say(course, discount, plan, subsidy):
    pricing = price(_sessions(*course), discount, plan, subsidy_cents=subsidy)
    for cap in plan.limits():
        assert 0 <= pricing.taken[cap.bucket] <= cap.left
    said = taken_by(pricing.lines)
    assert all(said[bucket] == taken for bucket, taken in pricing.taken.items())
    if subsidy is not None:
        assert pricing.total("discount") <= subsidy


@patient
@given(courses, discounts, plans, subsidies, st.integers(min_value=0, max_value=11), cents)
def test_a_higher_list_price_never_costs_the_member_less(course, discount, plan, subsidy, place, more):
    dearer = list(course)
    kind, before = dearer[place % len(course)]
    dearer[place % len(course)] = (kind, before + more)
    cheap = price(_sessions(*course), discount, plan, subsidy_cents=subsidy).total("member")
    assert price(_sessions(*dearer), discount, plan, subsidy_cents=subsidy).total("member") >= cheap


@patient
@given(courses, plans, subsidies, percents, percents)
def test_a_higher_income_never_costs_the_member_less(course, plan, subsidy, one, other):
    """Incomes matter by their band's percentage alone."""
    low, high = sorted([one, other])
    rich = price(_sessions(*course), replace(HALF, percent=low, least_percent=low), plan, subsidy_cents=subsidy)
    poor = price(_sessions(*course), replace(HALF, percent=high, least_percent=high), plan, subsidy_cents=subsidy)
    assert poor.total("member") <= rich.total("member")


@patient
@given(courses, plans)
def test_the_scale_never_changes_the_employers_contribution(course, plan):
    """Without deductible and caps the employer pays the same part of each fee, whatever the income."""
    plan = replace(plan, route_covered=True, deductible=_cap("deductible", 0), caps=())
    for discount in (NO_DISCOUNT, HALF):
        for line in price(_sessions(*course), discount, plan).lines:
            fee = line.list_cents - line.discount_cents
            assert line.employer_cents == plan.share_for(line.kind).of(fee)


@patient
@given(courses, discounts, plans)
def test_rounding_is_half_up_at_its_two_places(course, discount, plan):
    for line in price(_sessions(*course), discount, plan).lines:
        assert line.scale_cents == discount.off(line.list_cents)
        rest = line.list_cents - line.discount_cents - line.deductible_cents
        contribution = plan.share_for(line.kind)
        if plan.route_covered and contribution.percent is not None:
            assert (
                2 * 100 * line.share_cents - 100 <= 2 * contribution.percent * rest < 2 * 100 * line.share_cents + 100
            )


def test_a_course_is_priced_by_hand():
    sessions = _sessions(25_000, 17_500, 45_000)
    pricing = price(sessions[::-1], HALF, covered(cap=20_000, deductible=15_000))
    assert [line.session_id for line in pricing.lines] == [session.id for session in sessions]
    assert [line.discount_cents for line in pricing.lines] == [12_500, 8_750, 22_500]
    assert [line.deductible_cents for line in pricing.lines] == [12_500, 2_500, 0]
    assert [line.employer_cents for line in pricing.lines] == [0, 3_750, 13_500]
    assert [line.member_cents for line in pricing.lines] == [12_500, 5_000, 9_000]
    assert pricing.taken == {"deductible/": 15_000, "annual_cap/": 17_250}


def test_half_a_cent_goes_up_on_either_side():
    (line,) = price(_sessions(333), replace(HALF, percent=50), covered(50)).lines
    assert (line.discount_cents, line.employer_cents, line.member_cents) == (167, 83, 83)
    (line,) = price(_sessions(101), NO_DISCOUNT, covered(50)).lines
    assert (line.employer_cents, line.member_cents) == (51, 50)


def test_the_cap_ends_in_the_middle_of_a_session():
    lines = price(_sessions(45_000, 45_000, 45_000), NO_DISCOUNT, covered(cap=30_000)).lines
    assert [line.employer_cents for line in lines] == [27_000, 3_000, 0]
    assert [(line.limited_by, line.left_cents) for line in lines] == [("", 0), ("annual_cap", 3_000), ("annual_cap", 0)]


def test_each_kind_of_session_has_its_own_share_and_limits():
    plan = covered(
        50,
        dosing=Share(fixed_cents=30_000),
        caps=(_cap("kind_cap", 50_000, kind="dosing"), _cap("session_cap", 1, kind="integration")),
    )
    course = [("preparation", 10_000), ("dosing", 40_000), ("integration", 10_000), ("dosing", 40_000)]
    lines = price(_sessions(*course, ("integration", 10_000)), NO_DISCOUNT, plan).lines
    assert [line.employer_cents for line in lines] == [5_000, 30_000, 5_000, 20_000, 0]
    assert [line.limited_by for line in lines] == ["", "", "", "kind_cap", "session_cap"]


def test_a_plan_may_pay_for_so_many_sessions_of_whatever_kind():
    plan = covered(50, caps=(_cap("plan_session_cap", 3, used=1), _cap("session_cap", 1, kind="dosing")))
    course = [("dosing", 40_000), ("dosing", 40_000), ("integration", 10_000), ("integration", 10_000)]
    lines = price(_sessions(*course), NO_DISCOUNT, plan).lines
    assert [line.employer_cents for line in lines] == [20_000, 0, 5_000, 0]
    assert [line.limited_by for line in lines] == ["", "session_cap", "", "plan_session_cap"]


def test_a_session_that_the_plan_pays_nothing_of_is_not_counted():
    plan = covered(50, deductible=10_000, caps=(_cap("session_cap", 1, kind="dosing"),))
    lines = price(_sessions(10_000, 10_000), NO_DISCOUNT, plan).lines
    assert [line.employer_cents for line in lines] == [0, 5_000]


def test_the_lowest_of_several_limits_counts():
    plan = covered(100, cap=9_000, caps=(_cap("lifetime_cap", 20_000, used=13_000),))
    (line,) = price(_sessions(10_000), NO_DISCOUNT, plan).lines
    assert (line.employer_cents, line.limited_by, line.left_cents) == (7_000, "lifetime_cap", 7_000)


def test_what_is_used_beyond_a_limit_leaves_nothing():
    (line,) = price(_sessions(10_000), NO_DISCOUNT, covered(100, caps=(_cap("lifetime_cap", 5, used=9),))).lines
    assert line.employer_cents == 0


def test_a_route_outside_the_plan_is_the_members_alone():
    (line,) = price(_sessions(45_000), HALF, NOTHING).lines
    assert (line.employer_cents, line.deductible_cents, line.member_cents) == (0, 0, 22_500)


def test_a_fund_that_does_not_last_is_shared_in_proportion_and_rounded_down():
    lines = price(_sessions(10_000, 10_000, 20_001), HALF, covered(0), subsidy_cents=8_000).lines
    assert [line.discount_cents for line in lines] == [1_999, 1_999, 4_000]
    assert [line.scale_cents for line in lines] == [5_000, 5_000, 10_001]


def test_sessions_of_one_instant_are_taken_by_their_ids():
    sessions = [replace(one, starts_at=FIRST) for one in _sessions(1, 2, 3)]
    assert price(sessions[::-1], NO_DISCOUNT, covered()) == price(sessions, NO_DISCOUNT, covered())


@patient
@given(st.integers(min_value=0, max_value=10**9))
def test_the_ways_to_pay_are_what_a_plan_will_charge(member_cents):
    for parts in ways_to_pay(member_cents):
        assert parts == amounts(member_cents, len(parts))
        assert sum(parts) == member_cents
    assert len(ways_to_pay(member_cents)) == min(4, member_cents // 50)


@pytest.mark.parametrize(("percent", "of", "part"), [(50, 1, 1), (50, 3, 2), (33, 100, 33), (0, 99, 0), (100, 99, 99)])
def test_a_percentage_is_rounded_half_up(percent, of, part):
    assert Share(percent=percent).of(of) == share(of, percent) == part
