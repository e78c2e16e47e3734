"""What the ledger records of payments, refunds and disputes. Acts as a worker; every journal has a key of its own.

payment          Stripe balance / receivable from the employee; for an instalment that needed none: customer credit
fee              fees / Stripe balance
refund approved  deferred revenue, then revenue / refunds payable; instead of these the receivable, where the price
                 was lowered (its own journal has), and customer credit, where that is what it came as
refund made      refunds payable / Stripe balance; reversed when it comes back
refund lost      bad debt / customer credit: of money that came as that, and that its bank took back as well; reversed
                 when the refund comes back
dispute          disputes held, fees / Stripe balance; reversed when won; bad debt / disputes held when lost
return           receivable from the employee (customer credit, as above), fees / Stripe balance
waiver           charity care / receivable from the employee
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing.ledger.queries import find_journal
from billing.ledger.rules import Account, Leg, credit, debit, without_zeros
from billing.ledger.services import Entry, Signature, hold, post, post_all, reverse
from billing.ledger.services.posting import BY_PROGRAM
from billing.payment_plans.models import ChargeAttempt, Dispute, PaymentPlan, Refund, RefundReason
from workers.kernel.ids import new_id


@dataclass(frozen=True, kw_only=True)
class Money:
    """What came in by a PaymentIntent, in cents; `fee_cents` is what Stripe kept by a movement, once it is known."""

    intent_id: str
    cents: int
    movement_id: str = ""
    fee_cents: int = 0


def book_payments(paid: Sequence[tuple[ChargeAttempt, Money]], *, now: datetime) -> None:
    """Post money that came in for attempts, and its fees."""
    _book_money([(money, _claim(attempt), attempt.member_id) for attempt, money in paid], now)


def _claim(attempt: ChargeAttempt) -> Account:
    """What a payment settles: what its payer owes, or nothing, so that we owe it back."""
    return Account.CUSTOMER_CREDIT if attempt.is_surplus else Account.RECEIVABLE_EMPLOYEE


def book_stray_payment(money: Money, *, now: datetime) -> None:
    """Post money of which nothing here says whose it is, and its fee."""
    _book_money([(money, Account.CUSTOMER_CREDIT, None)], now)


def _book_money(came: Sequence[tuple[Money, Account, UUID | None]], now: datetime) -> None:
    """Post money, what each of it settles and whose it is; and the fee of what cost one."""
    entries = [entry for money, claim, member_id in came for entry in _entries(money, claim, member_id, now)]
    if entries:
        post_all(entries)


def _entries(money: Money, claim: Account, member_id: UUID | None, now: datetime) -> Iterator[Entry]:
    came = [
        debit(Account.STRIPE_BALANCE, money.cents, member_id=member_id),
        credit(claim, money.cents, member_id=member_id),
    ]
    yield Entry(business_key=f"pi:{money.intent_id}:succeeded", kind="payment", legs=came, at=now)
    if money.fee_cents:
        kept = [debit(Account.STRIPE_FEES, money.fee_cents), credit(Account.STRIPE_BALANCE, money.fee_cents)]
        yield Entry(business_key=f"bt:{money.movement_id}:fee", kind="fee", legs=kept, at=now)


def book_refund(refund: Refund, now: datetime) -> None:
    """Post an approved refund, once: what is not earned yet is taken back first."""
    key = f"refund:{refund.pk}:approved"
    if find_journal(key) is None:
        legs = [*_taken_back(refund), credit(Account.REFUNDS_PAYABLE, refund.amount_cents, member_id=refund.member_id)]
        post(business_key=key, kind="refund_approved", legs=without_zeros(legs), at=now)


def _taken_back(refund: Refund) -> list[Leg]:
    member, cents = refund.member_id, refund.amount_cents
    if refund.attempt.is_surplus or refund.reason == RefundReason.PRICE_LOWERED:
        return [debit(_claim(refund.attempt), cents, member_id=member)]
    deferred = max(-hold(Account.DEFERRED_REVENUE, member_id=member), 0)
    unearned = min(cents, deferred)
    return [
        debit(Account.DEFERRED_REVENUE, unearned, member_id=member),
        debit(Account.REVENUE, cents - unearned, member_id=member),
    ]


def unbook_refund(refund: Refund, now: datetime) -> None:
    """Take the booking of a refund back that could not be made."""
    if journal := find_journal(f"refund:{refund.pk}:approved"):
        reverse(journal=journal, business_key=f"refund:{refund.pk}:refused", kind="refund_refused", at=now)


def book_refund_made(refund: Refund, now: datetime) -> None:
    """Post that the money left; it was owed before, whichever of the two is heard of first."""
    book_refund(refund, now)
    member = refund.member_id
    legs = [
        debit(Account.REFUNDS_PAYABLE, refund.amount_cents, member_id=member),
        credit(Account.STRIPE_BALANCE, refund.amount_cents, member_id=member),
    ]
    post(business_key=f"refund:{refund.stripe_id}:created", kind="refund_created", legs=legs, at=now)


def book_refund_failed(refund: Refund, now: datetime) -> None:
    """Post that the money came back: it is still owed, and no loss."""
    for posted, kind in (("created", "failed"), ("lost", "recovered")):
        if journal := find_journal(f"refund:{refund.stripe_id}:{posted}"):
            key = f"refund:{refund.stripe_id}:{kind}"
            reverse(journal=journal, business_key=key, kind=f"refund_{kind}", at=now)


def book_refund_lost(refund: Refund, now: datetime) -> None:
    """Post that a bank took back what had been given back: nobody's credit bears it."""
    member = refund.member_id
    legs = [
        debit(Account.BAD_DEBT, refund.amount_cents, member_id=member),
        credit(_claim(refund.attempt), refund.amount_cents, member_id=member),
    ]
    post(business_key=f"refund:{refund.stripe_id}:lost", kind="refund_lost", legs=legs, at=now)


def book_dispute_movement(dispute: Dispute, *, movement_id: str, cents: int, fee_cents: int, now: datetime) -> None:
    """Post what Stripe took off the balance for a dispute (`cents` negative), or gave back; the fee apart."""
    taken = _claim(dispute.attempt) if dispute.is_return else Account.DISPUTES_HELD
    member = dispute.member_id
    legs = [
        debit(taken, -cents, member_id=member),
        debit(Account.STRIPE_FEES, fee_cents),
        debit(Account.STRIPE_BALANCE, cents - fee_cents, member_id=member),
    ]
    kind = "debit_returned" if dispute.is_return else "dispute"
    post(business_key=f"bt:{movement_id}:dispute", kind=kind, legs=without_zeros(legs), at=now)


def is_dispute_movement_booked(movement_id: str) -> bool:
    """Whether a movement of money for a dispute was posted before."""
    return find_journal(f"bt:{movement_id}:dispute") is not None


def book_dispute_lost(dispute: Dispute, now: datetime) -> None:
    """Post that what was held is gone."""
    if dispute.held_cents and not dispute.is_return:
        legs = [
            debit(Account.BAD_DEBT, dispute.held_cents, member_id=dispute.member_id),
            credit(Account.DISPUTES_HELD, dispute.held_cents, member_id=dispute.member_id),
        ]
        post(business_key=f"dispute:{dispute.stripe_id}:lost", kind="dispute_lost", legs=legs, at=now)


def book_waiver(plan: PaymentPlan, *, cents: int, now: datetime, signature: Signature = BY_PROGRAM) -> None:
    """Post what a member need not pay any more: less than the smallest charge, or hardship that somebody signs.

    Negative cents were waived of a price that is lower now. The plan, locked, says what is waived: a key would not know
    the second of two that come to the same.
    """
    legs = [
        debit(Account.CHARITY_CARE, cents, member_id=plan.member_id),
        credit(Account.RECEIVABLE_EMPLOYEE, cents, member_id=plan.member_id),
    ]
    post(business_key=f"plan:{plan.pk}:waived:{new_id()}", kind="waiver", legs=legs, at=now, signature=signature)
