"""Reading invoices. HR sees its own issued ones and no other table; operators and workers see all."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Prefetch, QuerySet

from benefits import facade as benefits
from billing.invoices.models import (
    BatchedContribution,
    ContributionBatch,
    CreditNote,
    EmployerAccount,
    FeeTerms,
    Invoice,
    InvoiceStatus,
    Settlement,
)
from billing.invoices.rules import AGES, Contribution, age_of
from billing.ledger.models import Posting
from billing.ledger.rules import Account, start_of
from workers.kernel.errors import NotFound

# What HR may read of its account and of what belongs to its invoices: it has no grant on the other columns.
ACCOUNT_FIELDS = ("id", "employer_id", "method", "currency", "prefunded_cents", "low_water_cents", "credit_cents")
_SETTLEMENT_FIELDS = ("id", "employer_id", "invoice_id", "source", "cents", "applied_cents", "received_at")
_CREDIT_FIELDS = ("id", "employer_id", "invoice_id", "number", "cents", "reason", "issued_at")


@dataclass(frozen=True, kw_only=True)
class Age:
    """What an employer owes, by how long ago it was due; cents by the names of rules.AGES."""

    employer_id: UUID
    employer: str
    cents: dict[str, int]

    @property
    def total_cents(self) -> int:
        """All of it."""
        return sum(self.cents.values())


def list_invoices() -> QuerySet[Invoice]:
    """Return the invoices that the actor may see, without what belongs to them."""
    return Invoice.objects.all()


def get_invoice(invoice_id: UUID) -> Invoice:
    """Return an invoice with its lines, settlements and credit notes. Raises NotFound."""
    parts = (
        Prefetch("lines"),
        Prefetch("settlements", Settlement.objects.only(*_SETTLEMENT_FIELDS).order_by("received_at", "id")),
        Prefetch("credit_notes", CreditNote.objects.only(*_CREDIT_FIELDS).order_by("number")),
    )
    invoice = Invoice.objects.prefetch_related(*parts).filter(pk=invoice_id).first()
    if invoice is None:
        raise NotFound("There is no such invoice.")
    return invoice


def get_account(employer_id: UUID) -> EmployerAccount:
    """Return an employer's account, as far as HR may read it. Raises NotFound."""
    account = EmployerAccount.objects.only(*ACCOUNT_FIELDS).filter(employer_id=employer_id).first()
    if account is None:
        raise NotFound("This employer has no account yet: agree on its terms first.")
    return account


def fee_cents(account: EmployerAccount, month: date) -> int:
    """Return the fee per member in a month; 0 before the first terms."""
    terms = FeeTerms.objects.filter(account=account, effective_on__lte=month).order_by("-effective_on")
    return terms.values_list("fee_cents", flat=True).first() or 0


def held_contributions(employer_id: UUID, *, before: date) -> list[Contribution]:
    """Return an employer's contributions of before a day that are in no batch yet."""
    batched = BatchedContribution.objects.filter(posting_id=OuterRef("pk"))
    held = Posting.objects.filter(
        ~Exists(batched),
        account=Account.RECEIVABLE_EMPLOYER_UNBILLED,
        employer_id=employer_id,
        member_id__isnull=False,
        journal__at__lt=start_of(before),
    )
    rows = held.order_by("pk").values_list("pk", "member_id", "amount_cents")
    return [Contribution(posting_id=pk, member_id=member, cents=cents) for pk, member, cents in rows if member]


def residual_cents(employer_id: UUID) -> int:
    """Return what the last batch of an employer left for the next."""
    billed = ContributionBatch.objects.filter(employer_id=employer_id, is_pooled=False).order_by("-month")
    return billed.values_list("residual_cents", flat=True).first() or 0


def batch_of(employer_id: UUID, month: date) -> ContributionBatch | None:
    """Return the batch that an employer's invoice for a month shows, or None."""
    return ContributionBatch.objects.filter(employer_id=employer_id, month=month, is_pooled=False).first()


def ageing(*, on: date) -> list[Age]:
    """Return what each employer owes on a day, by age, those that owe most first."""
    owed: dict[UUID, dict[str, int]] = defaultdict(lambda: {name: 0 for name, _, _ in AGES})
    for employer_id, due_on, cents in _open_on(on):
        owed[employer_id][age_of(due_on, on)] += cents
    ages = [
        Age(employer_id=employer_id, employer=benefits.employer_name(employer_id), cents=cents)
        for employer_id, cents in owed.items()
    ]
    return sorted(ages, key=lambda age: (-age.total_cents, age.employer))


def _open_on(on: date) -> Iterator[tuple[UUID, date, int]]:
    issued = Invoice.objects.filter(status=InvoiceStatus.ISSUED)
    due = F("total_cents") - F("paid_cents") - F("credited_cents")
    for employer_id, due_on, cents in issued.values_list("employer_id", "due_on", due):
        if due_on is not None:
            yield employer_id, due_on, cents
