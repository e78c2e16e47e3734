"""Resolving a difference: by a journal with a name and a reason. The caller acts as an operator or a worker."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from billing.ledger.models import Journal
from billing.ledger.rules import Account, credit, debit
from billing.ledger.services import Signature, post
from billing.ledger.services.posting import ReasonMissing
from billing.reconciliation import queries
from billing.reconciliation.models import Difference, DifferenceStatus, MatchedJournal, StripeMovement
from billing.reconciliation.rules import DifferenceKind
from billing.reconciliation.services.matching import claim
from workers.kernel.errors import DomainError, Invalid


class DifferenceResolved(DomainError):
    """The difference was resolved before."""

    code = "difference_resolved"


def resolve(*, difference_id: UUID, account: Account | None, signature: Signature, now: datetime) -> Difference:
    """Bring the ledger to what Stripe says, against `account`; an unexplained payout needs none, for it is booked.

    Raises NotFound, DifferenceResolved, ReasonMissing, and Invalid without an account or with Stripe's own.
    """
    if not signature.reason.strip():
        raise ReasonMissing("Say how this difference came about.")
    with transaction.atomic():
        _lock(difference_id, now)
        difference = queries.get_difference(difference_id)
        if difference.kind != DifferenceKind.PAYOUT_UNEXPLAINED:
            difference.journal_id = _post(difference, account, signature, now).pk
        difference.by_user_id, difference.reason = signature.user_id, signature.reason
        difference.save(update_fields=["by_user_id", "reason", "journal_id"])
    return difference


def _lock(difference_id: UUID, now: datetime) -> None:
    """One of two that resolve at once finds it open. Raises NotFound and DifferenceResolved."""
    mine = Difference.objects.filter(pk=difference_id, status=DifferenceStatus.OPEN)
    if not mine.update(status=DifferenceStatus.RESOLVED, resolved_at=now, reason="…"):
        queries.get_difference(difference_id)
        raise DifferenceResolved("This difference was resolved before.")


def _post(difference: Difference, account: Account | None, signature: Signature, now: datetime) -> Journal:
    if account is None or account == Account.STRIPE_BALANCE:
        raise Invalid("Name the account that bears it.", errors={"account": ["Choose another than Stripe's balance."]})
    off = difference.off_cents
    journal = post(
        business_key=f"difference:{difference.pk}:resolved",
        kind="difference_resolved",
        legs=[debit(Account.STRIPE_BALANCE, off), credit(account, off)],
        at=now,
        signature=signature,
    )
    MatchedJournal.objects.create(journal_id=journal.pk, movement=None)
    _account_for(difference, now)
    return journal


def _account_for(difference: Difference, now: datetime) -> None:
    """With the resolution, what the ledger had says what Stripe says: neither side is looked at again."""
    if difference.kind == DifferenceKind.MISSING_AT_STRIPE:
        MatchedJournal.objects.create(journal_id=UUID(difference.subject), movement=None)
        return
    row = StripeMovement.objects.filter(pk=difference.subject).first()
    if row is not None:
        movement = row.movement
        keys = [*movement.keys(), movement.own_key, movement.fee_key]
        claim(row, queries.free_journals(keys), now)
