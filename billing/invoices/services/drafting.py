"""Drafting a month's invoice: the fee per member, and contributions in batches in which nobody can be made out."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from benefits import facade as benefits
from billing.events.books import InvoiceIssueDue
from billing.invoices import queries
from billing.invoices.models import BatchedContribution, ContributionBatch, EmployerAccount, Invoice, InvoiceLine
from billing.invoices.models import InvoiceStatus as Status
from billing.invoices.rules import Contribution, Line, Release, lines_of, pooled_before, release
from billing.invoices.services.accounts import wait_for_end
from billing.ledger.rules import Account, credit, debit, first_of_month, month_after, start_of
from billing.ledger.services import Signature, post
from workers.kernel.errors import DomainError
from workers.timers.scheduling import schedule

DRAFT_FOR = timedelta(days=2)  # in which finance may look at it and void it


class MonthNotOver(DomainError):
    """The month has not ended: who is covered on its last day is not known."""

    code = "month_not_over"


class NothingToBill(DomainError):
    """Nobody was covered, or the fee is nothing."""

    code = "nothing_to_bill"


def draft_month(*, account_id: UUID, month: date, now: datetime) -> None:
    """Draft an account's invoice for a month that is over, and wait for the end of the next."""
    with transaction.atomic():
        account = EmployerAccount.locked(pk=account_id)
        wait_for_end(account, month_after(month))
        _draft(account, month, Signature(user_id=None, reason=""), now)


def draft_again(*, employer_id: UUID, month: date, signature: Signature, now: datetime) -> Invoice:
    """Draft an invoice in place of a voided one; it shows the same contributions.

    Returns the one that there is. Raises NotFound, MonthNotOver and NothingToBill.
    """
    if start_of(month_after(month)) > now:
        raise MonthNotOver(f"{month:%B %Y} is not over.")
    with transaction.atomic():
        invoice = _draft(EmployerAccount.locked(employer_id=employer_id), first_of_month(month), signature, now)
    if invoice is None:
        raise NothingToBill("Nobody was covered on the month's last day, or the fee is nothing.")
    return invoice


def _draft(account: EmployerAccount, month: date, signature: Signature, now: datetime) -> Invoice | None:
    """The account is locked."""
    former = Invoice.objects.filter(account=account, month=month).exclude(status=Status.VOID).first()
    if former is not None:
        return former
    last_day = month_after(month) - timedelta(days=1)
    heads = [(head.plan_name, head.enrolled) for head in benefits.list_headcounts(account.employer_id, on=last_day)]
    shown = _shown_cents(account, month, sum(enrolled for _, enrolled in heads), signature, now)
    lines = lines_of(heads, fee_cents=queries.fee_cents(account, month), released_cents=shown)
    return _insert(account, month, lines, now) if lines else None


def _insert(account: EmployerAccount, month: date, lines: Sequence[Line], now: datetime) -> Invoice:
    total = sum(line.amount_cents for line in lines)
    invoice = Invoice(account=account, employer_id=account.employer_id, month=month, total_cents=total)
    invoice.save(force_insert=True)
    InvoiceLine.objects.bulk_create(
        InvoiceLine(
            invoice=invoice,
            employer_id=account.employer_id,
            number=number,
            kind=line.kind,
            description=line.description,
            quantity=line.quantity,
            unit_cents=line.unit_cents,
            amount_cents=line.amount_cents,
        )
        for number, line in enumerate(lines, start=1)
    )
    schedule(InvoiceIssueDue(invoice_id=invoice.pk), about=invoice, due_at=now + DRAFT_FOR)
    return invoice


def _shown_cents(account: EmployerAccount, month: date, enrolled: int, signature: Signature, now: datetime) -> int:
    """Return what the month's invoice shows of contributions; make up the month's batch if it can be shown."""
    employer_id = account.employer_id
    former = queries.batch_of(employer_id, month)
    if former is not None:
        return former.shown_cents
    held = queries.held_contributions(employer_id, before=month_after(month))
    found = release(held, residual_cents=queries.residual_cents(employer_id), enrolled=enrolled)
    if found is None:
        _pool(employer_id, month, signature, now)
        return 0
    _batch(employer_id, month, held, found)
    return found.shown_cents


def _batch(employer_id: UUID, month: date, held: Sequence[Contribution], found: Release) -> None:
    batch = ContributionBatch.objects.create(
        employer_id=employer_id,
        month=month,
        is_pooled=False,
        members=found.members,
        total_cents=found.total_cents,
        shown_cents=found.shown_cents,
        residual_cents=found.residual_cents,
    )
    _keep(batch, held)


def _keep(batch: ContributionBatch, held: Sequence[Contribution]) -> None:
    BatchedContribution.objects.bulk_create(
        BatchedContribution(posting_id=contribution.posting_id, batch=batch) for contribution in held
    )


def _pool(employer_id: UUID, month: date, signature: Signature, now: datetime) -> None:
    """Give up what could not be shown for so long that it never will be: it is a cost of the programme."""
    old = queries.held_contributions(employer_id, before=pooled_before(month))
    if not old:
        return
    cents = sum(contribution.cents for contribution in old)
    batch = ContributionBatch.objects.create(
        employer_id=employer_id,
        month=month,
        is_pooled=True,
        members=len({contribution.member_id for contribution in old}),
        total_cents=cents,
        shown_cents=0,
        residual_cents=0,
    )
    _keep(batch, old)
    if cents:
        legs = [
            debit(Account.POOLED_CONTRIBUTIONS, cents),
            credit(Account.RECEIVABLE_EMPLOYER_UNBILLED, cents, employer_id=employer_id),
        ]
        post(business_key=f"pooled:{batch.pk}", kind="pooled", legs=legs, at=now, signature=signature)
