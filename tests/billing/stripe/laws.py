"""What holds of a member's money once all is well again and everything due is done, whatever happened before.

Judged by three who do not know of each other: Stripe's own log, our rows, and the ledger.
"""

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import F, Sum

from billing.ledger.queries import balance
from billing.ledger.rules import Account
from billing.payment_plans.models import (
    CLOSED,
    AttemptStatus,
    ChargeAttempt,
    Dispute,
    PaymentPlan,
    Refund,
    RefundReason,
    RefundStatus,
)
from billing.payment_plans.services.replanning import MOVABLE
from billing.quotes.models import Quote
from tests.billing.stripe.world import World

UNMADE = (RefundStatus.APPROVED, RefundStatus.SENDING, RefundStatus.UNKNOWN)
_MADE = (RefundStatus.PENDING, RefundStatus.SUCCEEDED)
_TOOK = (AttemptStatus.PAID, AttemptStatus.RETURNED)


@dataclass(frozen=True)
class Laws:
    """The laws of one member; what the ledger said before them came in, and was at Stripe, in cents."""

    world: World
    books_before: int = 0
    held_before: int = 0

    def check(self) -> None:
        """Raise AssertionError for the first that is broken."""
        for law in LAWS:
            law(self)

    def nothing_is_unknown(self) -> None:
        """Each attempt is over or waits for its payer or bank; no refund is in between, no job is left."""
        waiting = (*CLOSED, AttemptStatus.ACTION_REQUIRED, AttemptStatus.PROCESSING)
        assert [each.status for each in self._attempts() if each.status not in waiting] == []
        assert [each.status for each in self._refunds() if each.status in UNMADE] == []
        assert self.world.open_jobs() == 0

    def an_instalment_is_charged_once_at_most(self) -> None:
        """By Stripe's own log, given back or not; what a bank took back was no charge."""
        by_intent = self._by_intent()
        took = Counter(by_intent[entry["payment_intent"]].instalment_id for entry in self._charged())
        took.subtract(each.instalment_id for each in by_intent.values() if each.status == AttemptStatus.RETURNED)
        assert all(count <= 1 for count in took.values()), took

    def charged_is_what_is_known_and_what_is_booked(self) -> None:
        """Each success at Stripe is one attempt over as many cents, and the ledger holds what is left of all."""
        charged = {entry["payment_intent"]: entry["amount"] for entry in self._charged()}
        assert charged == {intent: each.amount_cents for intent, each in self._by_intent().items()}
        assert self.world.ledger() - self.books_before == self.world.kept()

    def stripe_holds_what_the_ledger_says(self) -> None:
        """To the cent, by Stripe's own list of movements: charges, refunds, disputes, and what it kept of each."""
        assert self.world.held() - self.held_before == self.world.held_by_stripe()

    def refunds_are_never_above_charges(self) -> None:
        """Of each charge as much went back as was approved and made, and approved was no more than was charged."""
        by_intent = self._by_intent()
        for entry in self._charged():
            mine = [each for each in self._refunds() if each.attempt_id == by_intent[entry["payment_intent"]].pk]
            approved = [each.amount_cents for each in mine if each.status != RefundStatus.REFUSED]
            made = [each.amount_cents for each in mine if each.status in _MADE]
            assert entry["refunded"] == sum(made) <= sum(approved) <= entry["amount"]

    def every_cent_of_every_quote_goes_somewhere_named(self) -> None:
        """What was agreed is paid, waived, still owed or was given back, each on its account, and nothing besides."""
        named = self._named()
        assert {accounts: self._held(*accounts) for accounts in named} == named

    def plans_ask_for_what_is_owed(self) -> None:
        """Less what was waived or went back because the price was lowered; of too much nothing is still to be paid."""
        for plan in self.plans():
            asked = self._sum(plan.instalments.exclude(status="cancelled")) + plan.waived_cents
            asked -= self._sum(_lowered(attempt__instalment__plan=plan))
            is_too_much = asked > plan.total_cents and not self._sum(plan.instalments.filter(status__in=MOVABLE))
            assert asked == plan.total_cents or (is_too_much and self._is_all_back(plan))

    def plans(self) -> list[PaymentPlan]:
        """The member's plans."""
        mine = PaymentPlan.objects.filter(member_id=self.world.member_id).order_by("pk")
        return self.world.read(partial(list, mine))

    def _named(self) -> dict[tuple[Account, ...], int]:
        """What accounts have to hold of the member, by our rows; debits positive."""
        mine = {"member_id": self.world.member_id}
        paid = ChargeAttempt.objects.filter(**mine, status=AttemptStatus.PAID)
        surplus = paid.filter(is_surplus=True)
        refunds = Refund.objects.filter(**mine).exclude(status=RefundStatus.REFUSED)
        given = refunds.filter(attempt__is_surplus=False).exclude(reason=RefundReason.PRICE_LOWERED)
        lowered = self._sum(_lowered(**mine, attempt__is_surplus=False))
        disputes = Dispute.objects.filter(**mine, is_return=False)
        quoted, employers = (self._sum(Quote.objects.filter(**mine), f"{who}_cents") for who in ("member", "employer"))
        waived = sum(plan.waived_cents for plan in self.plans())
        return {
            (Account.RECEIVABLE_EMPLOYEE,): quoted - self._sum(paid.filter(is_surplus=False)) - waived + lowered,
            (Account.RECEIVABLE_EMPLOYER_UNBILLED,): employers,
            (Account.DEFERRED_REVENUE, Account.REVENUE): self._sum(given) - quoted - employers,
            (Account.CHARITY_CARE,): waived,
            (Account.CUSTOMER_CREDIT,): self._sum(surplus, "refunded_cents") - self._sum(surplus),
            (Account.REFUNDS_PAYABLE,): -self._sum(refunds.filter(status=RefundStatus.FAILED)),
            (Account.DISPUTES_HELD,): self._sum(disputes.exclude(status="lost"), "held_cents"),
            (Account.BAD_DEBT,): self._sum(disputes.filter(status="lost"), "held_cents"),
        }

    def _held(self, *accounts: Account) -> int:
        return sum(self.world.read(partial(balance, each, member_id=self.world.member_id)) for each in accounts)

    def _sum(self, rows: Any, column: str = "amount_cents") -> int:
        return self.world.read(lambda: rows.aggregate(cents=Sum(column))["cents"]) or 0

    def _charged(self) -> list[dict[str, Any]]:
        return [entry for entry in self.world.bench.read("charges") if entry["outcome"] == "succeeded"]

    def _attempts(self) -> list[ChargeAttempt]:
        return self.world.read(partial(list, ChargeAttempt.objects.filter(member_id=self.world.member_id)))

    def _refunds(self) -> list[Refund]:
        return self.world.read(partial(list, Refund.objects.filter(member_id=self.world.member_id)))

    def _by_intent(self) -> dict[str, ChargeAttempt]:
        """The attempts by which money came."""
        return {each.payment_intent_id: each for each in self._attempts() if each.status in _TOOK}

    def _is_all_back(self, plan: PaymentPlan) -> bool:
        """Whether nothing is left that could go back: all went for another reason, or to the bank."""
        mine = ChargeAttempt.objects.filter(instalment__plan=plan, status=AttemptStatus.PAID, is_surplus=False)
        kept = mine.exclude(refunded_cents=F("amount_cents")).exclude(disputes__held_cents__gt=0)
        return not self.world.read(kept.exists)


LAWS = (
    Laws.nothing_is_unknown,
    Laws.an_instalment_is_charged_once_at_most,
    Laws.charged_is_what_is_known_and_what_is_booked,
    Laws.stripe_holds_what_the_ledger_says,
    Laws.refunds_are_never_above_charges,
    Laws.every_cent_of_every_quote_goes_somewhere_named,
    Laws.plans_ask_for_what_is_owed,
)


def _lowered(**of: UUID | PaymentPlan | bool) -> Any:
    """What went back because a price was lowered."""
    lowered = Refund.objects.filter(reason=RefundReason.PRICE_LOWERED, **of)
    return lowered.exclude(status=RefundStatus.REFUSED)
