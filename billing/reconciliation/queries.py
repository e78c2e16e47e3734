"""Reading what was imported and what differs. Operators and workers only."""

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Sum

from billing.ledger.models import Journal, Posting
from billing.ledger.rules import Account
from billing.reconciliation.models import (
    Difference,
    DifferenceStatus,
    MatchedJournal,
    StripeMovement,
    StripePayout,
)
from billing.reconciliation.rules import GRACE_IN_LEDGER, LOOK_BACK
from workers.kernel.errors import NotFound


def newest_import() -> datetime | None:
    """Return when the newest movement that we have was made: the cursor of the next import."""
    newest: datetime | None = StripeMovement.objects.aggregate(newest=Max("created_at"))["newest"]
    return newest


def unmatched() -> QuerySet[StripeMovement]:
    """Return the movements that the ledger does not have yet, the oldest first."""
    return StripeMovement.objects.filter(matched_at=None).order_by("created_at", "id")


def free_journals(keys: list[str]) -> dict[UUID, int]:
    """Return what journals of these business keys did to our balance at Stripe, those that no movement is yet.

    Cents by journal.
    """
    matched = MatchedJournal.objects.filter(journal_id=OuterRef("journal_id"))
    postings = Posting.objects.filter(~Exists(matched), journal__business_key__in=keys, account=Account.STRIPE_BALANCE)
    return dict(postings.values_list("journal_id").annotate(cents=Sum("amount_cents")))


def unaccounted_journals(*, now: datetime) -> dict[UUID, int]:
    """Return the journals of the last weeks that say that our balance at Stripe moved, and no movement says so.

    A journal and its reversal that both did nothing at Stripe are left out. Cents by journal.
    """
    matched = MatchedJournal.objects.filter(journal_id=OuterRef("journal_id"))
    postings = Posting.objects.filter(
        ~Exists(matched),
        account=Account.STRIPE_BALANCE,
        journal__at__gte=now - LOOK_BACK,
        journal__at__lt=now - GRACE_IN_LEDGER,
    )
    found = dict(postings.values_list("journal_id").annotate(cents=Sum("amount_cents")).exclude(cents=0))
    pairs = Journal.objects.filter(pk__in=found, reverses__in=found).values_list("pk", "reverses_id")
    undone = {journal for pair in pairs for journal in pair}
    return {journal: cents for journal, cents in found.items() if journal not in undone}


def is_accounted_for(journal_id: UUID) -> bool:
    """Whether a journal is a movement's after all, or was taken back."""
    is_matched = MatchedJournal.objects.filter(journal_id=journal_id).exists()
    return is_matched or Journal.objects.filter(reverses=journal_id).exists()


def list_differences() -> QuerySet[Difference]:
    """Return every difference, the newest first."""
    return Difference.objects.order_by("-id")


def open_differences() -> QuerySet[Difference]:
    """Return what is still to be resolved, the oldest first."""
    return Difference.objects.filter(status=DifferenceStatus.OPEN).order_by("id")


def get_difference(difference_id: UUID) -> Difference:
    """Return a difference. Raises NotFound."""
    difference = Difference.objects.filter(pk=difference_id).first()
    if difference is None:
        raise NotFound("There is no such difference.")
    return difference


def movements_cents(payout_id: str) -> int:
    """Return what the movements of a payout, itself left out, did to our balance, in cents."""
    paid_out = StripeMovement.objects.filter(payout_id=payout_id).exclude(type="payout")
    return paid_out.aggregate(net=Sum(F("cents") - F("fee_cents")))["net"] or 0


def is_explained(payout_id: str) -> bool:
    """Whether a payout's movements were found to sum to it."""
    return StripePayout.objects.filter(Q(explained_at__isnull=False), pk=payout_id).exists()
