"""Plans, cards, webhooks, faults, deaths and the clock in any order: whatever happens, the money is right in the end.

200 schedules, always the same, in twenty parts side by side; BILLING_SCHEDULES=2000 plays more.
"""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar

import pytest
import stripe
from hypothesis import HealthCheck, seed
from hypothesis import settings as schedule
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from billing.payment_plans.models import (
    CLOSED,
    AttemptStatus,
    ChargeAttempt,
    Instalment,
    Refund,
    RefundStatus,
)
from billing.payment_plans.rules import BY_OPERATORS, ChangeKind, Interval
from billing.payment_plans.services import changing, refunds, replanning
from billing.quotes.services.recording import record_agreement
from billing.stripe.models import StripeRound
from billing.stripe.services import refunds as stripe_refunds
from billing.stripe.services.charges import asking, batches
from tests.billing.stripe.laws import UNMADE, Laws
from tests.billing.stripe.world import OPERATOR, World, kind_of, post
from tests.conftest import NOW
from tests.dying import kill_at
from tests.factories.payments import paying_member
from tests.simulators.stripe.signatures import signature_header
from tests.simulators_tests.stripe.bench import SECRET_KEY, Bench, Inbox, wait_until
from workers.kernel import bells, clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.errors import DomainError
from workers.kernel.ids import new_id
from workers.outbox.models import Job
from workers.timers.models import Timer

SCHEDULES, PARTS, STEPS = int(os.environ.get("BILLING_SCHEDULES", "200")), 20, 8
GOOD = ("pm_card_visa", "pm_usBankAccount_success")
METHODS = (*GOOD, "pm_card_chargeCustomerFail", "pm_card_authenticationRequired", "pm_usBankAccount_insufficientFunds")
BEHAVIOURS = (
    "pm_card_visa",
    "pm_card_chargeCustomerFail",
    "pm_card_chargeDeclinedLostCard",
    "pm_card_authenticationRequired",
    "pm_card_refundFail",
)
WAITING = ("requires_payment_method", "requires_confirmation")  # a PaymentIntent that can still be paid
FAULTS = [
    (kind, stage)
    for kind in ("error", "drop", "conflict", "rate_limit")
    for stage in ("before", "after")
    if stage == "before" or kind in ("error", "drop")
]
DEATHS = [
    (batches, "_record", True),
    (batches, "store", False),
    (asking, "_reduce", False),
    (asking, "_reduce", True),
    (stripe_refunds, "_create", False),
    (stripe_refunds, "_settle", False),
]


class Payments(RuleBasedStateMachine):
    """One member with up to two plans, at a Stripe that goes wrong."""

    bench: ClassVar[Bench]
    inbox: ClassVar[Inbox]
    secrets: ClassVar[list[str]]

    def __init__(self) -> None:
        """Begin afresh on both sides; rows of former schedules stay and are over."""
        super().__init__()
        self.bench.order("reset")
        self.bench.order("clock", now=NOW.isoformat())
        clock.freeze(NOW)
        self.inbox.notices.clear()
        endpoint = self.bench.stripe.v1.webhook_endpoints.create({"url": self.inbox.url, "enabled_events": ["*"]})
        assert endpoint.secret is not None
        self.secrets[:] = [endpoint.secret]
        _forget()
        self.world = World(self.bench, self.inbox, paying_member())
        self.world.store_card()
        self.laws = Laws(self.world, self.world.ledger(), self.world.held())

    def attempts(self) -> list[ChargeAttempt]:
        """The member's attempts."""
        mine = ChargeAttempt.objects.filter(member_id=self.world.member_id).order_by("created_at", "pk")
        return self.world.read(lambda: list(mine))

    @initialize(cents=st.integers(5_000, 40_000), count=st.integers(1, 3), is_paid=st.booleans())
    def begin(self, cents: int, count: int, is_paid: bool) -> None:
        """A plan is agreed to, whose first instalment may have been paid."""
        self.agree(cents, cents, count, Interval.WEEKLY)
        if is_paid:
            self.world.run()

    @precondition(lambda self: len(self.laws.plans()) < 2)
    @rule(
        cents=st.integers(50, 40_000),
        employer_cents=st.integers(0, 40_000),
        count=st.integers(1, 4),
        interval=st.sampled_from(Interval),
    )
    def agree(self, cents: int, employer_cents: int, count: int, interval: Interval) -> None:
        """Agree to a price, of which the employer pays a part, and to a plan for the rest."""
        count = min(count, cents // 50)
        plan = self.world.agree(cents, count, interval, employer_cents=employer_cents)
        self.world.read(partial(record_agreement, quote_id=plan.quote_id))

    @rule(like=st.sampled_from(METHODS))
    def store(self, like: str) -> None:
        """Store another method; its notice may get lost with the rest."""
        setup = self.world.request_setup(kind_of(like))
        if setup.status == "ready":
            self.world.confirm_setup(setup, like)

    @rule(like=st.sampled_from(BEHAVIOURS))
    def turn(self, like: str) -> None:
        """The stored method behaves otherwise from now on."""
        with suppress(AssertionError):
            self.world.turn_bad(like)

    @rule(what=st.sampled_from(FAULTS), step=st.sampled_from(["create", "confirm", "refund"]), skip=st.integers(0, 1))
    def break_stripe(self, what: tuple[str, str], step: str, skip: int) -> None:
        """The next request of a kind goes wrong, or the one after."""
        self.world.fault(*what, step, skip=skip)

    @rule()
    def work(self) -> None:
        """Workers do what is due."""
        self.world.work()

    @rule(death=st.sampled_from(DEATHS))
    def die(self, death: tuple[Any, str, bool]) -> None:
        """A worker is killed, where it comes that far."""
        module, name, after = death
        with suppress(AssertionError):
            kill_at(self.world.work, module, name, after=after)

    @rule(order=st.sampled_from(["in order", "backwards", "doubled", "lost"]))
    def deliver(self, order: str) -> None:
        """What Stripe has sent arrives somehow, signed as it is sent; what is lost Stripe holds undelivered."""
        wait_until(lambda: self.bench.read("webhooks")["waiting"] == 0, "all notices to be sent")
        new = self.inbox.notices[self.world.passed_on :]
        self.world.passed_on += len(new)
        ways: dict[str, Callable[[], list[Any]]] = {
            "in order": lambda: new,
            "backwards": lambda: new[::-1],
            "doubled": lambda: [*new, *new],
            "lost": list,
        }
        for notice in new if order == "lost" else ():
            self.bench.order("webhooks/lose", event=json.loads(notice.body)["id"])
        for notice in ways[order]():
            signed_now = signature_header(notice.body, self.secrets, int(clock.now().timestamp()))
            assert post(notice.body, signed_now) == 200

    @rule(hours=st.sampled_from([1, 2, 24, 26, 80, 24 * 8]))
    def advance(self, hours: int) -> None:
        """Time passes with nobody at work."""
        self.world.advance(hours=hours)

    @rule(
        kind=st.sampled_from([each for each in ChangeKind if each not in BY_OPERATORS]),
        pick=st.integers(0, 3),
        count=st.integers(1, 4),
        days=st.integers(1, 40),
    )
    def ask_change(self, kind: ChangeKind, pick: int, count: int, days: int) -> None:
        """The member asks for something, possible or not."""
        day = str(clock.now().date() + timedelta(days=days))
        for plan in self.laws.plans()[:1]:
            instalments: list[Instalment] = self.world.read(partial(list, plan.instalments.order_by("number")))
            wishes: dict[ChangeKind, dict[str, Any]] = {
                ChangeKind.MOVE: {"due_on": day},
                ChangeKind.PAUSE: {"until": day},
                ChangeKind.SPREAD: {"instalments": count, "interval": "weekly"},
            }
            with acting_as(self.world.member), suppress(DomainError):
                changing.request(
                    plan_id=plan.pk,
                    kind=kind,
                    wish=wishes.get(kind, {}),
                    instalment_id=instalments[pick % len(instalments)].pk,
                    requested_by=new_id(),
                    now=clock.now(),
                )

    @rule(percent=st.integers(1, 110))
    def waive(self, percent: int) -> None:
        """An operator finds hardship, or tries to waive more than is left."""
        for plan in self.laws.plans()[:1]:
            with acting_as(OPERATOR), suppress(DomainError):
                changing.request(
                    plan_id=plan.pk,
                    kind=ChangeKind.WAIVE,
                    wish={"amount_cents": max(1, plan.total_cents * percent // 100), "reason": "a call"},
                    instalment_id=None,
                    requested_by=OPERATOR.user or new_id(),
                    now=clock.now(),
                )

    @rule(percent=st.integers(0, 150))
    def correct_price(self, percent: int) -> None:
        """The price of the first plan becomes another."""
        for plan in self.laws.plans()[:1]:
            cents = plan.total_cents * percent // 100
            self.world.read(partial(replanning.adjust, plan_id=plan.pk, total_cents=cents, now=clock.now()))

    @rule(percent=st.integers(1, 120), what=st.sampled_from([None, *FAULTS]))
    def refund(self, percent: int, what: tuple[str, str] | None) -> None:
        """An operator gives something back, or tries to give too much; Stripe may be about to go wrong."""
        if what is not None:
            self.world.fault(*what, "refund")
        for attempt in [each for each in self.attempts() if each.status == AttemptStatus.PAID][:1]:
            with acting_as(OPERATOR), suppress(DomainError):
                refunds.ask(
                    attempt_id=attempt.pk,
                    amount_cents=attempt.amount_cents * percent // 100,
                    reason="goodwill",
                    requested_by=new_id(),
                    request_key=str(new_id()),
                    now=clock.now(),
                )

    @rule()
    def pay_by_hand(self) -> None:
        """Somebody at Stripe has the oldest PaymentIntent of ours paid that waits, whatever it is still for."""
        listed = self.bench.stripe.v1.payment_intents.list({"limit": 100}).data
        for intent in [each for each in listed if each.status in WAITING][-1:]:
            with suppress(stripe.StripeError, AssertionError):
                self.world.confirm(intent.id)

    @rule()
    def dispute(self) -> None:
        """The bank takes the oldest charge away, where nothing of it was given back."""
        entries = self.bench.read("charges")
        for entry in [e for e in entries if e["outcome"] == "succeeded" and not e["refunded"] + e["disputed"]][:1]:
            self.bench.order("disputes", charge=entry["id"])

    def teardown(self) -> None:
        """All is well again, everything due is done: now the figures have to agree."""
        self.bench.control.delete("/control/faults").raise_for_status()
        self.deliver("in order")
        for hours in (0.2, 0.5, 1, 2, 4, 24 * 6):
            self.world.advance(hours=hours)
            self.world.run()
        self.world.advance(hours=2)
        self.world.run()
        self.laws.check()


def _forget() -> None:
    """End what a former schedule left open, for its own findings have been made."""
    with acting_as(WORKER):
        Job.objects.all().delete()
        Timer.objects.all().delete()
        ChargeAttempt.objects.exclude(status__in=CLOSED).update(status=AttemptStatus.CANCELLED)
        Refund.objects.filter(status__in=(*UNMADE, RefundStatus.PENDING)).update(status=RefundStatus.REFUSED)
        StripeRound.objects.update(looked_until=NOW)


LENGTH = schedule(
    max_examples=max(1, SCHEDULES // PARTS),
    stateful_step_count=STEPS,
    suppress_health_check=list(HealthCheck),
    database=None,
)


@pytest.mark.parametrize("part", range(PARTS))
def test_whatever_happens_the_money_is_right_in_the_end(
    part: int, process: Bench, inbox: Inbox, committed_db: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bells, "_strike", None)
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = SECRET_KEY, process.url
    Payments.bench, Payments.inbox = process, inbox
    Payments.secrets = settings.STRIPE_WEBHOOK_SECRETS = []
    try:
        run_state_machine_as_test(seed(part)(Payments), settings=LENGTH)
    finally:
        clock.freeze(None)
