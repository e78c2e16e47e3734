"""When plan, course or income have changed: outdated quotes, and prices that take an agreed one's place."""

from datetime import date, timedelta

import pytest

from billing.ledger.queries import balance, find_journal
from billing.ledger.rules import Account
from billing.payment_plans.rules import Interval
from billing.payment_plans.services import plans
from billing.payment_plans.services.plans import PlanExists, QuoteNotAccepted
from billing.quotes.models import BenefitUse, Quote, QuoteStatus
from billing.quotes.queries import change_of, explain, get_quote
from billing.quotes.services.agreeing import QuoteOutdated, QuoteSuperseded
from billing.quotes.services.quoting import PriceAgreed
from billing.sliding_scale.models import SubsidyFund
from billing.sliding_scale.services import funds
from billing.sliding_scale.services.reviewing import confirm_evidence
from tests.factories.billing import (
    agreed,
    change_plan,
    course_of,
    covered_member,
    declared,
    end_cover,
    id_of,
    now_is,
    quoted,
)
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.outbox.draining import drain

HOUR = timedelta(hours=1)
OPERATOR = Actor(role=Role.OPERATOR)


def _codes(refused) -> list[str]:
    return [one["code"] for one in refused.value.extra["changed"]]


def _amounts(quote: Quote) -> tuple[int, int, int, int]:
    return quote.total_list_cents, quote.discount_cents, quote.employer_cents, quote.member_cents


def test_another_income_makes_a_quote_outdated_and_the_new_one_says_why(member, course, now):
    quote = quoted(member, course, now)
    declared(member, now, income_cents=6_600_000)
    with pytest.raises(QuoteOutdated) as refused:
        agreed(member, quote, now + HOUR)
    assert _codes(refused) == ["income"]
    again = quoted(member, course, now + HOUR)
    with acting_as(member):
        change = change_of(again)
    assert change
    assert [reason["code"] for reason in change.reasons] == ["income"]
    assert [line.en for line in change.lines] == ["You pay $35.00 and not $70.00."] * 3
    assert change.difference["member_cents"] == -10_500


def test_a_cancelled_session_makes_a_quote_outdated(member, course, now):
    quote = quoted(member, course, now)
    now_is("cancelled", course, 2)
    with pytest.raises(QuoteOutdated) as refused:
        agreed(member, quote, now)
    assert _codes(refused) == ["course"]


def test_a_session_at_another_time_does_not(member, course, now):
    quote = quoted(member, course, now)
    with acting_as(WORKER):
        for session in course.sessions.all():
            course.sessions.filter(pk=session.pk).update(
                starts_at=session.starts_at + HOUR, ends_at=session.ends_at + HOUR
            )
    agreed(member, quote, now)


def test_what_is_agreed_gives_way_when_the_course_has_changed(member, course, now):
    old = agreed(member, quoted(member, course, now), now)
    with pytest.raises(PriceAgreed):
        quoted(member, course, now)
    now_is("cancelled", course, 2)
    new = quoted(member, course, now + HOUR)
    assert (new.replaces_id, _amounts(new)) == (old.pk, (35_000, 0, 21_000, 14_000))
    with acting_as(member):
        assert get_quote(old.pk).status == QuoteStatus.ACCEPTED
        change = change_of(new)
    assert change
    assert [line.change for line in change.lines] == ["same", "same", "removed"]
    agreed(member, new, now + HOUR)
    with acting_as(member):
        assert get_quote(old.pk).status == QuoteStatus.REPLACED
        assert dict(BenefitUse.objects.filter(used__gt=0).values_list("upper_limit", "used"))[500_000] == 21_000
    with pytest.raises(PriceAgreed):
        agreed(member, old, now + HOUR)


def test_what_was_delivered_stays_as_agreed(member, course, now):
    """An income that is declared midway lowers what is still to come, and nothing else."""
    agreed(member, quoted(member, course, now), now)
    now_is("completed", course, 0)
    declared(member, now, income_cents=6_600_000)
    new = quoted(member, course, now + HOUR)
    with acting_as(member):
        lines = [(line.discount_cents, line.member_cents) for line in get_quote(new.pk).lines.all()]
        steps = [[step.rule for step in each.steps] for each in explain(new.pk).lines]
    assert lines == [(0, 7_000), (8_750, 3_500), (8_750, 3_500)]
    assert steps[0] == ["delivered", "list_price", "no_income", "employer_percent", "member_share"]
    assert steps[1] == ["list_price", "sliding_discount", "employer_percent", "member_share"]
    agreed(member, new, now + HOUR)


def test_a_course_that_was_called_off_costs_what_was_delivered(member, course, now):
    agreed(member, quoted(member, course, now), now)
    now_is("completed", course, 0)
    now_is("cancelled", course, 1, 2)
    assert _amounts(agreed(member, quoted(member, course, now), now)) == (17_500, 0, 10_500, 7_000)


def test_what_was_delivered_stays_through_several_prices(member, course, now):
    first = agreed(member, quoted(member, course, now), now)
    now_is("completed", course, 0)
    declared(member, now, income_cents=6_600_000)
    second = agreed(member, quoted(member, course, now), now)
    now_is("completed", course, 1)
    declared(member, now + HOUR, income_cents=13_200_000)
    third = quoted(member, course, now + HOUR)
    with acting_as(member):
        lines = explain(third.pk).lines
    assert [line.line.discount_cents for line in lines] == [0, 8_750, 1_750]
    assert [line.steps[0].rule for line in lines] == ["delivered", "delivered", "list_price"]
    assert [line.steps[0].version for line in lines[:2]] == [str(first.pk), str(second.pk)]
    assert [line.steps[1].rule for line in lines[:2]] == ["list_price", "list_price"]
    agreed(member, third, now + HOUR)
    _assert_uses_are_those_of(member, third)


def _assert_uses_are_those_of(member: Actor, quote: Quote) -> None:
    with acting_as(WORKER):
        uses = dict(BenefitUse.objects.filter(member_id=id_of(member), used__gt=0).values_list("bucket", "used"))
        assert uses == {bucket: taken for bucket, taken in get_quote(quote.pk).taken.items() if taken}


def test_what_delivered_sessions_have_used_is_not_left_for_the_others(now, db):
    member = covered_member(cap_cents=20_000)
    course = course_of(member)
    agreed(member, quoted(member, course, now), now)
    now_is("completed", course, 0)
    declared(member, now, income_cents=6_600_000)
    new = agreed(member, quoted(member, course, now), now)
    with acting_as(member):
        assert [line.employer_cents for line in get_quote(new.pk).lines.all()] == [10_500, 5_250, 4_250]
    _assert_uses_are_those_of(member, new)


def test_a_plan_that_changes_midway_takes_over_what_is_left(now, db):
    member = covered_member(cap_cents=100_000)
    course = course_of(member)
    agreed(member, quoted(member, course, now), now)
    now_is("completed", course, 0)
    later = now + timedelta(days=60)
    change_plan(member, later.date(), employer_share_percent=20)
    new = quoted(member, course, later)
    with acting_as(member):
        assert [line.employer_cents for line in get_quote(new.pk).lines.all()] == [10_500, 3_500, 3_500]
        change = change_of(new)
    assert change
    assert "plan" in [reason["code"] for reason in change.reasons]
    agreed(member, new, later)
    _assert_uses_are_those_of(member, new)


def test_a_payment_plan_follows_the_price_and_no_second_one_is_made(member, course, now):
    old = agreed(member, quoted(member, course, now), now)
    _pay(member, old, now)
    now_is("cancelled", course, 2)
    new = agreed(member, quoted(member, course, now), now)
    with pytest.raises(PlanExists, match="follows the new price"):
        _pay(member, new, now)
    with pytest.raises(QuoteNotAccepted, match="replaced"):
        _pay(member, old, now)


def _pay(member: Actor, quote: Quote, now) -> None:
    with acting_as(member):
        plans.create(quote_id=quote.pk, count=2, interval=Interval.MONTHLY, now=now)


def test_when_cover_ends_midway_nothing_shifts_silently(member, course, now):
    old = agreed(member, quoted(member, course, now), now)
    now_is("completed", course, 0)
    end_cover(member)
    new = quoted(member, course, now + HOUR)
    assert _amounts(new) == (52_500, 0, 10_500, 42_000)
    with acting_as(member):
        assert get_quote(old.pk).status == QuoteStatus.ACCEPTED
        assert explain(new.pk).lines[2].steps[1].rule == "no_income"
        assert explain(new.pk).lines[2].steps[2].rule == "not_covered"


def test_a_price_that_takes_anothers_place_counts_in_the_same_plan_year(now, db):
    member = covered_member(cap_cents=40_000, starts_on=date(2025, 6, 1))
    course = course_of(member)
    agreed(member, quoted(member, course, now), now)
    now_is("cancelled", course, 0)
    next_plan_year = now + timedelta(days=120)
    agreed(member, quoted(member, course, next_plan_year), next_plan_year)
    with acting_as(WORKER):
        annual = BenefitUse.objects.filter(bucket__startswith="annual", member_id=id_of(member))
        assert list(annual.values_list("used", flat=True)) == [21_000]
    assert quoted(member, course_of(member), next_plan_year).employer_cents == 31_500


def test_two_prices_that_would_take_one_place(member, course, now):
    agreed(member, quoted(member, course, now), now)
    now_is("cancelled", course, 2)
    first = quoted(member, course, now)
    now_is("cancelled", course, 1)
    second = quoted(member, course, now)
    with pytest.raises(PriceAgreed):
        agreed(member, first, now)
    agreed(member, second, now)


def test_an_open_quote_that_was_replaced_is_superseded(member, course, now):
    first = quoted(member, course, now)
    quoted(member, course, now)
    with pytest.raises(QuoteSuperseded):
        agreed(member, first, now)


@pytest.fixture
def fund(now) -> SubsidyFund:
    with acting_as(OPERATOR):
        return funds.open_fund(programme="standard", starts_on=now.date(), ends_on=None, budget_cents=30_000, now=now)


def _fund(kind: str) -> int:
    with acting_as(WORKER):
        return int(getattr(SubsidyFund.objects.get(), f"{kind}_cents"))


def test_a_quote_reserves_its_discount_and_an_agreement_spends_it(member, course, fund, now):
    declared(member, now, income_cents=6_600_000)
    quote = quoted(member, course, now)
    assert (quote.discount_cents, _fund("reserved"), _fund("spent")) == (26_250, 26_250, 0)
    quote = quoted(member, course, now)
    assert (quote.discount_cents, _fund("reserved"), _fund("spent")) == (26_250, 26_250, 0)
    agreed(member, quote, now)
    assert (_fund("reserved"), _fund("spent")) == (0, 26_250)
    now_is("cancelled", course, 2)
    new = quoted(member, course, now)
    assert (new.discount_cents, _fund("reserved"), _fund("spent")) == (17_500, 0, 26_250)
    agreed(member, new, now)
    assert (_fund("reserved"), _fund("spent")) == (0, 17_500)


def test_a_fund_that_runs_out_pays_what_it_can_and_the_quote_says_so(member, course, fund, now):
    declared(member, now, income_cents=6_600_000)
    other = covered_member()
    declared(other, now, income_cents=6_600_000)
    quoted(member, course, now)
    short = quoted(other, course_of(other), now)
    assert (short.discount_cents, _fund("left")) == (3_750, 0)
    with acting_as(other):
        steps = explain(short.pk).lines[0].steps
    assert [step.en for step in steps if step.rule == "subsidy_fund"] == [
        "The fund that pays for discounts had $12.50 left for this session."
    ]


def test_a_discount_that_grows_takes_only_the_difference(member, course, fund, now):
    declared(member, now, income_cents=13_200_000)
    agreed(member, quoted(member, course, now), now)
    assert _fund("spent") == 5_250
    with acting_as(OPERATOR):
        declaration = declared(member, now + HOUR, income_cents=6_600_000)
        confirm_evidence(declaration_id=declaration.pk, evidence="w2", now=now)
    new = quoted(member, course, now + HOUR)
    assert (new.discount_cents, new.reserved_cents) == (26_250, 21_000)
    agreed(member, new, now + HOUR)
    assert (_fund("reserved"), _fund("spent")) == (0, 26_250)


def test_the_ledger_takes_back_what_was_agreed_before(committed_db, now):
    member = covered_member()
    course = course_of(member)
    old = agreed(member, quoted(member, course, now), now)
    now_is("completed", course, 0)
    now_is("cancelled", course, 2)
    agreed(member, quoted(member, course, now), now)
    drain("billing")
    with acting_as(WORKER):
        assert find_journal(f"quote:{old.pk}:replaced")
        assert balance(Account.RECEIVABLE_EMPLOYEE, member_id=id_of(member)) == 14_000
        assert balance(Account.RECEIVABLE_EMPLOYER_UNBILLED, employer_id=member.employer) == 21_000
        assert balance(Account.DEFERRED_REVENUE, member_id=id_of(member)) == -17_500
        assert balance(Account.REVENUE, member_id=id_of(member)) == -17_500
