"""Hardship: what an operator waives is not asked for any more, and is charity care in the books."""

from datetime import datetime
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from benefits.accounts.models import User
from billing.ledger.models import Journal
from billing.ledger.queries import balance
from billing.ledger.rules import Account
from billing.payment_plans.models import Instalment, PaymentPlan, PlanChange
from billing.payment_plans.services import changing, replanning
from tests.factories import benefits
from tests.factories.payments import agree, browser_of, card_of, paying_member
from workers.kernel import bells
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id

WHY = "ticket 4711"


@pytest.fixture
def member(db: None, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Actor:
    """Somebody with a card and an active plan of three monthly instalments, 100 dollars each."""
    monkeypatch.setattr(bells, "_strike", None)
    member = paying_member()
    card_of(member, now)
    agree(member, cents=30_000, count=3, now=now)
    return member


@pytest.fixture
def finance(db: None) -> User:
    """An operator who looks at hardship."""
    return benefits.make_user("operator", permissions=["finance"])


def plan() -> PaymentPlan:
    with acting_as(WORKER):
        return PaymentPlan.objects.get()


def waive(browser: Client, cents: Any, now: datetime, **other: Any) -> Any:
    """Ask for it, and apply what was asked."""
    body = {"kind": "waive", "amount_cents": cents, "reason": WHY, **other}
    answer = browser.post(f"/api/v1/payment-plans/{plan().pk}/changes/", body, content_type="application/json")
    with acting_as(WORKER):
        for change in PlanChange.objects.filter(status="requested"):
            changing.apply(change_id=change.pk, now=now)
    return answer


def asked() -> list[int]:
    """The cents of what is still to be paid."""
    with acting_as(WORKER):
        left = Instalment.objects.exclude(status__in=["paid", "cancelled"]).order_by("number")
        return list(left.values_list("amount_cents", flat=True))


@pytest.mark.parametrize(
    ("cents", "left", "waived"),
    [
        (3_001, [9_000, 9_000, 8_999], 3_001),
        (29_900, [50, 50], 29_900),
        (29_951, [], 30_000),  # less than the smallest charge is left: nobody asks for that, either
        (30_000, [], 30_000),
    ],
)
def test_what_is_waived_is_charity_care_and_the_rest_is_split_anew(
    member: Actor, finance: User, now: datetime, cents: int, left: list[int], waived: int
) -> None:
    assert waive(benefits.signed_in(finance), cents, now).status_code == 202
    assert asked() == left
    assert plan().waived_cents == waived
    assert plan().status == ("active" if left else "completed")
    with acting_as(WORKER):
        assert balance(Account.CHARITY_CARE) == waived
        assert balance(Account.RECEIVABLE_EMPLOYEE, member_id=plan().member_id) == -waived
        signed = Journal.objects.filter(kind="waiver").order_by("at", "id").values_list("by_user_id", "reason").first()
    assert signed == (finance.pk, WHY)


@pytest.mark.parametrize(("cents", "waived", "left"), [(5_000, 5_000, 0), (15_000, 12_000, 3_000), (0, 0, 0)])
def test_no_more_stays_waived_than_a_lowered_price(
    member: Actor, finance: User, now: datetime, cents: int, waived: int, left: int
) -> None:
    """The rest was charity care for ever, against a receivable below nothing."""
    waive(benefits.signed_in(finance), 12_000, now)
    with acting_as(WORKER):
        replanning.adjust(plan_id=plan().pk, total_cents=cents, now=now)
        assert balance(Account.CHARITY_CARE) == waived
    assert (plan().waived_cents, sum(asked())) == (waived, left)


def test_what_was_waived_and_is_again_is_booked_again(member: Actor, finance: User, now: datetime) -> None:
    browser = benefits.signed_in(finance)
    waive(browser, 12_000, now)
    with acting_as(WORKER):
        replanning.adjust(plan_id=plan().pk, total_cents=11_000, now=now)
        replanning.adjust(plan_id=plan().pk, total_cents=30_000, now=now)
    waive(browser, 1_000, now)
    with acting_as(WORKER):
        assert (plan().waived_cents, balance(Account.CHARITY_CARE)) == (12_000, 12_000)


def test_twice_is_two_waivers_and_no_more_than_is_left(member: Actor, finance: User, now: datetime) -> None:
    browser = benefits.signed_in(finance)
    for _ in range(2):
        waive(browser, 12_000, now)
    assert asked() == [2_000, 2_000, 2_000]
    refused = waive(browser, 6_001, now)
    assert (refused.status_code, refused.json()["code"]) == (422, "change_refused")
    assert "Up to $60.00 can be waived" in refused.json()["detail"]
    with acting_as(WORKER):
        assert balance(Account.CHARITY_CARE) == 24_000


def test_nobody_waives_what_they_owe_themselves(member: Actor, now: datetime) -> None:
    refused = waive(browser_of(member), 100, now)
    assert (refused.status_code, refused.json()["errors"]["kind"]) == (
        422,
        ["Nobody waives what they owe themselves: ask us, we look at each hardship."],
    )
    page = browser_of(member).post(
        f"/payments/plans/{plan().pk}/", {"kind": "waive", "amount_cents": "100", "reason": WHY}
    )
    assert page.status_code == 422
    assert sum(asked()) == 30_000


@pytest.mark.parametrize(
    "who",
    [
        Actor(role=Role.EMPLOYEE, user=new_id()),
        WORKER,
        Actor(role=Role.OPERATOR, user=new_id()),  # in another's name
    ],
)
def test_the_database_takes_a_waiver_from_an_operator_in_their_own_name_alone(
    member: Actor, now: datetime, who: Actor
) -> None:
    actor = member if who.role == Role.EMPLOYEE else who
    change = PlanChange(
        member_id=plan().member_id,
        plan=plan(),
        kind="waive",
        wish={"amount_cents": 100, "reason": WHY},
        requested_by=member.user,
        requested_at=now,
    )
    with pytest.raises(DatabaseError, match="an operator waives"), acting_as(actor):
        change.save(force_insert=True)


@pytest.mark.parametrize(
    ("cents", "other", "field"),
    [
        (0, {}, "amount_cents"),
        (-5, {}, "amount_cents"),
        (0.5, {}, "amount_cents"),
        (10**18, {}, "amount_cents"),
        (100, {"reason": " "}, "reason"),
        (100, {"reason": "x" * 301}, "reason"),
        (100, {"until": "2026-04-01"}, "until"),
        (100, {"currency": "eur"}, "currency"),
    ],
)
def test_what_cannot_be_waived_is_named(
    member: Actor, finance: User, now: datetime, cents: Any, other: dict[str, Any], field: str
) -> None:
    answer = waive(benefits.signed_in(finance), cents, now, **other)
    assert (answer.status_code, field in answer.json()["errors"]) == (422, True)
    assert sum(asked()) == 30_000


def test_the_member_sees_that_it_was_done_and_why(member: Actor, finance: User, now: datetime) -> None:
    waive(benefits.signed_in(finance), 3_000, now)
    browser = browser_of(member)
    [told] = browser.get(f"/api/v1/payment-plans/{plan().pk}/changes/").json()["results"]
    assert (told["kind"], told["status"], told["wish"]) == (
        "waive",
        "applied",
        {"amount_cents": 3_000, "reason": WHY},
    )
    assert "A part is waived" in browser.get(f"/payments/plans/{plan().pk}/").content.decode()
    standing = browser.get("/api/v1/payment-statement/?year=2026").json()["standing"]
    assert (standing["waived_cents"], standing["to_pay_cents"]) == (3_000, 27_000)
