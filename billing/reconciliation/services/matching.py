"""Comparing what moved at Stripe with the ledger. Acts as a worker; one short transaction per movement."""

import logging
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from billing.invoices.services.settling import take_back
from billing.ledger.queries import find_journal
from billing.ledger.rules import Account, credit, debit
from billing.ledger.services import post
from billing.reconciliation import queries
from billing.reconciliation.models import Difference, DifferenceStatus, MatchedJournal, StripeMovement, StripePayout
from billing.reconciliation.rules import POSTED_HERE, DifferenceKind, Movement, is_young
from workers.kernel.actor import WORKER, acting_as

log = logging.getLogger(__name__)


def match_all(*, now: datetime) -> int:
    """Match every movement that can be matched; note what differs. Returns how many matched."""
    with acting_as(WORKER):
        ids = list(queries.unmatched().values_list("pk", flat=True))
    return sum(_match(movement_id, now) for movement_id in ids)


def _match(movement_id: str, now: datetime) -> bool:
    with acting_as(WORKER), transaction.atomic():
        row = StripeMovement.objects.select_for_update().filter(pk=movement_id, matched_at=None).first()
        if row is None:
            return False
        movement = row.movement
        _post_own(movement, now)
        main = queries.free_journals([*movement.keys(), movement.own_key])
        if not (movement.fee_cents and movement.net_cents in main.values()):  # a dispute's journal has its fee
            _post_fee(movement, now)
        fees = queries.free_journals([movement.fee_key])
        journal_id = _find(movement, main, sum(fees.values()))
        if journal_id is not None:
            claim(row, [journal_id, *fees], now)
        elif not is_young(row.created_at, now):
            said = sum(main.values()) + sum(fees.values())
            note(_kind(movement, main), row.pk, expected_cents=said, found_cents=movement.net_cents, now=now)
        return journal_id is not None


def _find(movement: Movement, main: dict[UUID, int], fees: int) -> UUID | None:
    """The journal that did, with the fees, to our balance what the movement did, to the cent."""
    return next((journal for journal, cents in main.items() if cents + fees == movement.net_cents), None)


def _kind(movement: Movement, main: dict[UUID, int]) -> DifferenceKind:
    if main:
        return DifferenceKind.AMOUNT_DIFFERS
    is_known = movement.keys() or movement.type in POSTED_HERE
    return DifferenceKind.MISSING_IN_LEDGER if is_known else DifferenceKind.UNKNOWN_TYPE


def _post_own(movement: Movement, now: datetime) -> None:
    """Post what nobody else does: payouts, Stripe's own bills, and what a bank takes back of an employer's payment."""
    counter = POSTED_HERE.get(movement.type)
    if counter is not None and movement.cents:
        legs = [debit(Account.STRIPE_BALANCE, movement.cents), credit(counter, movement.cents)]
        post(business_key=movement.own_key, kind=movement.type, legs=legs, at=now)
    intent_id, key = movement.names.get("payment_intent"), movement.dispute_key
    if intent_id and key and movement.cents:
        take_back(intent_id=intent_id, cents=movement.cents, business_key=key, dispute_id=movement.source, now=now)


def _post_fee(movement: Movement, now: datetime) -> None:
    """Post what Stripe kept, unless the payment's own notice told it before."""
    if movement.fee_cents and find_journal(movement.fee_key) is None:
        legs = [debit(Account.STRIPE_FEES, movement.fee_cents), credit(Account.STRIPE_BALANCE, movement.fee_cents)]
        post(business_key=movement.fee_key, kind="fee", legs=legs, at=now)


def claim(row: StripeMovement, journals: Iterable[UUID], now: datetime) -> None:
    """Note which journals a movement is, and resolve what still differed about it."""
    MatchedJournal.objects.bulk_create(MatchedJournal(journal_id=journal, movement=row) for journal in journals)
    row.matched_at = now
    row.save(update_fields=["matched_at"])
    open_ones = Difference.objects.filter(subject=row.pk, status=DifferenceStatus.OPEN)
    open_ones.update(status=DifferenceStatus.RESOLVED, resolved_at=now, reason="It matched after all.")


def note(kind: DifferenceKind, subject: str, *, expected_cents: int, found_cents: int, now: datetime) -> None:
    """Keep a difference, once, and say so in the log."""
    difference = Difference(
        kind=kind, subject=subject, expected_cents=expected_cents, found_cents=found_cents, found_at=now
    )
    Difference.objects.bulk_create([difference], ignore_conflicts=True)
    log.warning("difference kind=%s subject=%s off_cents=%s", kind, subject, difference.off_cents)


def note_unaccounted(*, now: datetime) -> None:
    """Note what the ledger says moved at Stripe and Stripe does not say; resolve what has been accounted for since."""
    with acting_as(WORKER):
        found = queries.unaccounted_journals(now=now)
        for journal_id, cents in found.items():
            note(DifferenceKind.MISSING_AT_STRIPE, str(journal_id), expected_cents=cents, found_cents=0, now=now)
        for difference in queries.open_differences().filter(kind=DifferenceKind.MISSING_AT_STRIPE):
            if queries.is_accounted_for(UUID(difference.subject)):
                difference.status, difference.resolved_at = DifferenceStatus.RESOLVED, now
                difference.reason = "It is accounted for."
                difference.save(update_fields=["status", "resolved_at", "reason"])


def note_unexplained(payout_ids: list[str], *, now: datetime) -> None:
    """Note payouts that are not the sum of their movements."""
    with acting_as(WORKER):
        for payout in StripePayout.objects.filter(pk__in=payout_ids):
            note(
                DifferenceKind.PAYOUT_UNEXPLAINED,
                payout.pk,
                expected_cents=payout.movements_cents,
                found_cents=payout.cents,
                now=now,
            )
