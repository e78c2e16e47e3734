"""Subsidy funds: never overdrawn, whatever races."""

from datetime import date, timedelta
from functools import partial
from random import Random

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from billing.sliding_scale.models import SubsidyFund
from billing.sliding_scale.queries import fund_for, left_in_fund
from billing.sliding_scale.services import funds
from billing.sliding_scale.services.funds import BudgetTaken, FundsOverlap
from tests.factories.billing import member_actor, signed_in
from tests.racing import at_once
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.errors import Invalid, NotFound
from workers.kernel.ids import new_id

OPERATOR = Actor(role=Role.OPERATOR)
DAY = timedelta(days=1)


def _open(now, cents: int = 1_000, *, ends_on: date | None = None, starts_on: date | None = None) -> SubsidyFund:
    with acting_as(OPERATOR):
        return funds.open_fund(
            programme="standard", starts_on=starts_on or now.date(), ends_on=ends_on, budget_cents=cents, now=now
        )


def test_what_is_reserved_is_spent_or_free_again(db, now):
    fund = _open(now)
    with acting_as(member_actor()):
        assert funds.reserve(fund_id=fund.pk, cents=600)
        assert not funds.reserve(fund_id=fund.pk, cents=401)
        assert funds.reserve(fund_id=fund.pk, cents=400)
        funds.spend(fund_id=fund.pk, cents=600)
        funds.release(fund_id=fund.pk, cents=400)
        assert left_in_fund(fund.pk) == 400
        funds.give_back(fund_id=fund.pk, cents=100)
        assert left_in_fund(fund.pk) == 500


def test_nobody_gives_back_what_was_not_taken(db, now):
    fund = _open(now)
    with pytest.raises(IntegrityError, match="fund_never_overdrawn"), acting_as(WORKER):
        funds.release(fund_id=fund.pk, cents=1)


def test_members_do_not_set_budgets(db, now):
    _open(now)
    with pytest.raises(DatabaseError, match="permission denied"), acting_as(member_actor()):
        SubsidyFund.objects.update(budget_cents=10**9)


def test_the_database_refuses_an_overdraft(db, now):
    _open(now)
    with pytest.raises(IntegrityError, match="fund_never_overdrawn"), acting_as(WORKER), transaction.atomic():
        SubsidyFund.objects.update(reserved_cents=600, spent_cents=401)


def test_funds_that_race_are_never_overdrawn(committed_db, now):
    """Ten connections of their own take, give back and spend as fast as they can."""
    fund = _open(now, 10_000)

    def take(seed: int) -> int:
        random, taken = Random(seed), 0  # noqa: S311 - chance is seeded, and is no secret
        for _ in range(20):
            cents = random.randint(1, 900)
            with acting_as(member_actor()):
                if funds.reserve(fund_id=fund.pk, cents=cents):
                    taken += cents
        return taken

    taken = at_once(*[partial(take, seed) for seed in range(10)])
    with acting_as(WORKER):
        fund = SubsidyFund.objects.get()
    assert sum(taken) == fund.reserved_cents <= fund.budget_cents
    assert fund.left_cents < 900


def test_one_fund_pays_a_programme_on_a_day(db, now):
    first = _open(now, ends_on=now.date() + 9 * DAY)
    with pytest.raises(FundsOverlap):
        _open(now, starts_on=now.date() + 9 * DAY)
    second = _open(now, starts_on=now.date() + 10 * DAY)
    with acting_as(WORKER):
        assert fund_for("standard", on=now.date() + 9 * DAY) == first
        assert fund_for("standard", on=now.date() + 10 * DAY) == second
        assert fund_for("flat", on=now.date()) is None
        assert fund_for("standard", on=now.date() - DAY) is None


@pytest.mark.parametrize("ends_on", [date(2026, 3, 1), date(2020, 1, 1)])
def test_a_fund_that_is_over_is_refused(db, now, ends_on):
    with pytest.raises(Invalid) as refused:
        _open(now, starts_on=date(2020, 1, 1), ends_on=ends_on)
    assert "ends_on" in refused.value.extra["errors"]


def test_a_budget_is_not_cut_below_what_is_taken(db, now):
    fund = _open(now)
    with acting_as(WORKER):
        funds.reserve(fund_id=fund.pk, cents=600)
    with acting_as(OPERATOR):
        with pytest.raises(BudgetTaken) as refused:
            funds.set_budget(fund_id=fund.pk, budget_cents=599)
        assert refused.value.extra == {"taken_cents": 600}
        assert funds.set_budget(fund_id=fund.pk, budget_cents=600).left_cents == 0


def test_an_unknown_fund_is_not_found(db, now):
    with acting_as(WORKER):
        for ask in (funds.spend, funds.release, funds.give_back):
            with pytest.raises(NotFound):
                ask(fund_id=new_id(), cents=1)
        with pytest.raises(NotFound):
            left_in_fund(new_id())


def test_finance_keeps_funds_over_http(db, now):
    finance = signed_in("operator", permissions=["finance"])
    body = {"programme": "standard", "starts_on": "2026-03-02", "budget_cents": 500}
    fund = finance.post("/api/v1/operator/subsidy-funds/", body, content_type="application/json")
    assert (fund.status_code, fund.json()["left_cents"]) == (201, 500)
    url = f"/api/v1/operator/subsidy-funds/{fund.json()['id']}/"
    raised = finance.patch(url, {"budget_cents": 700}, content_type="application/json")
    assert (raised.status_code, raised.json()["budget_cents"]) == (200, 700)
    assert [one["budget_cents"] for one in finance.get("/api/v1/operator/subsidy-funds/").json()["results"]] == [700]


@pytest.mark.parametrize("cents", [-1, 0.5, 10**13, "many", None])
def test_a_wrong_budget_is_a_422(db, now, cents):
    finance = signed_in("operator", permissions=["finance"])
    body = {"programme": "standard", "starts_on": "2026-03-02", "budget_cents": cents}
    answer = finance.post("/api/v1/operator/subsidy-funds/", body, content_type="application/json")
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["budget_cents"])
