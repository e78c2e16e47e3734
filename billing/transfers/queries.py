"""Reading clinics' months; row-level security shows a clinic its own."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from billing.ledger.models import Posting
from billing.ledger.rules import Account, start_of
from billing.transfers.models import TransferBatch, TransferLine, TransferStatus
from billing.transfers.rules import session_of
from workers.kernel.errors import NotFound


@dataclass(frozen=True, kw_only=True)
class Owed:
    """A posting on what a clinic is owed; `cents` is positive when it is owed more, negative when less."""

    posting_id: UUID
    session_id: UUID | None
    occurred_at: datetime
    cents: int


def list_batches() -> QuerySet[TransferBatch]:
    """Return the months that the actor may see."""
    return TransferBatch.objects.all()


def get_batch(batch_id: UUID) -> TransferBatch:
    """Return a month with its lines in the order of the sessions. Raises NotFound."""
    lines = Prefetch("lines", TransferLine.objects.order_by("occurred_at", "id"))
    batch = TransferBatch.objects.prefetch_related(lines).filter(pk=batch_id).first()
    if batch is None:
        raise NotFound("There is no such statement.")
    return batch


def untransferred(clinic_id: UUID, *, before: date) -> list[Owed]:
    """Return what a clinic was owed before a day and is in no batch yet. Transfers themselves are not among it."""
    batched = TransferLine.objects.filter(posting_id=OuterRef("pk"))
    postings = Posting.objects.filter(
        ~Exists(batched),
        account=Account.CLINIC_PAYABLE,
        clinic_id=clinic_id,
        journal__at__lt=start_of(before),
    ).exclude(journal__kind__startswith="transfer_")
    return [_owed(posting) for posting in postings.select_related("journal__reverses").order_by("pk")]


def _owed(posting: Posting) -> Owed:
    journal = posting.journal
    subject = journal.reverses or journal
    return Owed(
        posting_id=posting.pk,
        session_id=session_of(subject.business_key),
        occurred_at=journal.occurred_at,
        cents=-posting.amount_cents,
    )


def last_batch(clinic_id: UUID) -> TransferBatch | None:
    """Return a clinic's newest month, or None."""
    return TransferBatch.objects.filter(clinic_id=clinic_id).order_by("-month").first()


def reversible_batch(clinic_id: UUID) -> TransferBatch | None:
    """Return the newest transfer of which something could be taken back, or None."""
    sent = TransferBatch.objects.filter(clinic_id=clinic_id, status=TransferStatus.SENT).order_by("-month")
    return next((batch for batch in sent if batch.reversed_cents < batch.cents), None)
