"""Refunds over HTTP, for operators who hold `finance`."""

import threading
from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test import Client

from billing.ledger.queries import balance
from billing.ledger.rules import Account, credit, debit
from billing.ledger.services import post
from billing.payment_plans.models import ChargeAttempt, PaymentMethod, Refund, RefundReason
from billing.payment_plans.services import refund_settling, refunds
from billing.transfers.queries import untransferred
from tests.factories import benefits
from tests.factories.billing import id_of
from tests.factories.payments import browser_of, failed_refund, past_charge, paying_member
from tests.simulators_tests.stripe.bench import wait_until
from workers.kernel import bells
from workers.kernel.actor import WORKER, Actor, acting_as
from workers.kernel.ids import new_id

PATH = "/api/v1/operator/refunds/"


@pytest.fixture
def charge(db: None, now: datetime, monkeypatch: pytest.MonkeyPatch) -> ChargeAttempt:
    """A charge of 100 dollars."""
    monkeypatch.setattr(bells, "_strike", None)
    return past_charge(paying_member(), now)


@pytest.fixture
def finance(charge: ChargeAttempt) -> Client:
    """An operator's browser."""
    return benefits.signed_in(benefits.make_user("operator", permissions=["finance"]))


def order(client: Client, charge: ChargeAttempt, **wish: Any) -> Any:
    key = wish.pop("key", "")
    body = {"charge_id": str(charge.pk), "reason": "asked_for", **wish}
    return client.post(PATH, body, content_type="application/json", headers={"Idempotency-Key": key} if key else {})


def test_part_of_a_charge_and_then_the_rest(finance: Client, charge: ChargeAttempt) -> None:
    first = order(finance, charge, amount_cents=4_000)
    assert (first.status_code, first.json()["amount_cents"], first.json()["status"]) == (201, 4_000, "approved")
    rest = order(finance, charge)
    assert rest.json()["amount_cents"] == 6_000
    too_much = order(finance, charge, amount_cents=1)
    assert (too_much.status_code, too_much.json()["code"]) == (409, "refund_too_large")
    assert too_much.json()["detail"] == "$0.01 cannot be given back: $0.00 of $100.00 is left."
    [listed] = finance.get("/api/v1/operator/charges/").json()["results"]
    assert (listed["amount_cents"], listed["refunded_cents"]) == (10_000, 10_000)
    assert {each["amount_cents"] for each in finance.get(PATH).json()["results"]} == {4_000, 6_000}


def test_who_said_so_and_why_is_kept(finance: Client, charge: ChargeAttempt) -> None:
    refund = order(finance, charge, reason="not_delivered").json()
    with acting_as(WORKER):
        kept = Refund.objects.get()
    assert (str(kept.pk), kept.reason) == (refund["id"], "not_delivered")
    assert kept.requested_by is not None


def test_one_key_makes_one_refund(finance: Client, charge: ChargeAttempt) -> None:
    ids = {order(finance, charge, amount_cents=4_000, key="k").json()["id"] for _ in range(2)}
    assert len(ids) == 1
    with acting_as(WORKER):
        assert ChargeAttempt.objects.get().refunded_cents == 4_000


@pytest.mark.parametrize(
    "wish",
    [
        {"amount_cents": 0},
        {"amount_cents": -1},
        {"amount_cents": 0.5},
        {"amount_cents": 10**12},
        {"reason": "second_charge"},
        {"reason": "dashboard"},
        {"currency": "eur"},
    ],
)
def test_a_malformed_wish_is_refused(finance: Client, charge: ChargeAttempt, wish: dict[str, Any]) -> None:
    assert order(finance, charge, **wish).status_code == 422
    with acting_as(WORKER):
        assert not Refund.objects.exists()


def test_an_unknown_charge_is_not_found(finance: Client) -> None:
    body = {"charge_id": str(new_id()), "reason": "asked_for"}
    assert finance.post(PATH, body, content_type="application/json").status_code == 404


def test_only_one_that_came_back_is_sent_again(finance: Client, charge: ChargeAttempt, now: datetime) -> None:
    refund = failed_refund(charge, now)
    again = finance.post(f"{PATH}{refund.pk}/retry/")
    assert (again.status_code, again.json()["status"]) == (202, "approved")
    assert finance.post(f"{PATH}{refund.pk}/retry/").json()["code"] == "refund_not_failed"


@pytest.mark.parametrize("permissions", [[], ["care"]])
def test_other_operators_may_not(charge: ChargeAttempt, permissions: list[str]) -> None:
    other = benefits.signed_in(benefits.make_user("operator", permissions=permissions))
    assert order(other, charge).status_code == 403
    assert other.get("/api/v1/operator/charges/").status_code == 403


def test_a_member_sees_what_goes_back_to_them_and_nobody_elses(now: datetime, charge: ChargeAttempt) -> None:
    member = paying_member()
    failed_refund(past_charge(member, now), now, cents=700)
    failed_refund(charge, now, cents=800)
    told = browser_of(member).get("/api/v1/refunds/").json()["results"]
    assert [each["amount_cents"] for each in told] == [700]


def test_the_database_keeps_refunds_within_the_charge(charge: ChargeAttempt) -> None:
    with (
        pytest.raises(IntegrityError, match="charge_attempt_refunds_within"),
        acting_as(WORKER),
        transaction.atomic(),
    ):
        ChargeAttempt.objects.update(refunded_cents=10_001)


def _approved(member: Actor, now: datetime) -> UUID:
    """A refund of 40 dollars of another charge of a member, not booked yet."""
    with acting_as(WORKER):
        PaymentMethod.objects.update(status="replaced")
    charge = past_charge(member, now)
    with acting_as(WORKER):
        return refunds.approve(
            attempt_id=charge.pk, amount_cents=4_000, reason=RefundReason.GOODWILL, request_key=str(charge.pk), now=now
        ).pk


def test_two_refunds_of_one_member_draw_on_what_is_deferred_one_after_the_other(
    committed_db: str, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bells, "_strike", None)
    member = paying_member()
    first, second = _approved(member, now), _approved(member, now)
    agreed = [
        debit(Account.RECEIVABLE_EMPLOYEE, 5_000, member_id=member.member),
        credit(Account.DEFERRED_REVENUE, 5_000, member_id=member.member),
    ]

    def book_second() -> None:
        try:
            with acting_as(WORKER):
                refund_settling.book(refund_id=second, now=now)
        finally:
            connections.close_all()

    def waits() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            return bool(cursor.fetchone()[0])

    other = threading.Thread(target=book_second)
    with acting_as(WORKER):
        post(business_key="agreed", kind="price_agreed", legs=agreed, at=now)
    with acting_as(WORKER):
        refund_settling.book(refund_id=first, now=now)
        other.start()
        wait_until(lambda: waits() or not other.is_alive(), "the second refund")
    other.join()
    with acting_as(WORKER):
        held = [balance(each, member_id=member.member) for each in (Account.DEFERRED_REVENUE, Account.REVENUE)]
    assert held == [0, 3_000], "two that read the same balance would both spend it"


def test_of_a_session_that_did_not_happen_all_is_taken_back(db: None, now: datetime) -> None:
    """The month's transfer takes it back from the clinic, and what its member gets back was never earned."""
    member, clinic = id_of(paying_member()), new_id()
    agreed = [
        debit(Account.RECEIVABLE_EMPLOYEE, 9_000, member_id=member),
        credit(Account.DEFERRED_REVENUE, 9_000, member_id=member),
    ]
    delivered = [
        debit(Account.DEFERRED_REVENUE, 9_000, member_id=member),
        credit(Account.REVENUE, 9_000, member_id=member),
        debit(Account.CLINIC_COST, 12_000, clinic_id=clinic),
        credit(Account.CLINIC_PAYABLE, 12_000, clinic_id=clinic),
    ]
    with acting_as(WORKER):
        post(business_key="agreed", kind="price_agreed", legs=agreed, at=now)
        journal = post(business_key=f"session:{new_id()}:delivered", kind="session_delivered", legs=delivered, at=now)
    finance = benefits.signed_in(benefits.make_user("operator", permissions=["finance"]))
    path = f"/api/v1/ledger/journals/{journal.pk}/reverse/"
    told = finance.post(path, {"reason": "The clinic had closed."}, content_type="application/json")
    assert told.status_code == 201
    with acting_as(WORKER):
        assert balance(Account.DEFERRED_REVENUE, member_id=member) == -9_000
        assert balance(Account.REVENUE, member_id=member) == 0
        assert sum(one.cents for one in untransferred(clinic, before=date(2026, 4, 1))) == 0
