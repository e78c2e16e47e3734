"""Opening an employer's account, agreeing on fees, and money paid in advance."""

import base64
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from benefits import facade as benefits
from billing.events.books import InvoiceMonthEnded
from billing.invoices.models import Deposit, EmployerAccount, FeeTerms, Method
from billing.ledger.rules import Account, credit, debit, first_of_month, month_after, start_of
from billing.ledger.services import Signature, post
from workers.kernel.errors import DomainError, Invalid
from workers.timers.scheduling import schedule

# Late reports of the last evening have come in by then, in every zone of the United States.
AFTER_MONTH = timedelta(hours=12)


class AccountExists(DomainError):
    """This employer has an account."""

    code = "employer_account_exists"


class FeeIsAgreed(DomainError):
    """There are terms from this month on already, or the month is over."""

    code = "fee_already_agreed"


class ReferenceUsed(DomainError):
    """Other money was recorded under this reference."""

    code = "reference_used"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How an employer pays: cents per covered member and month, days to pay, and where invoices go."""

    billing_email: str
    fee_cents: int
    net_days: int
    method: Method = Method.INVOICE
    low_water_cents: int = 0


def open_account(*, employer_id: UUID, terms: Terms, now: datetime) -> EmployerAccount:
    """Open an employer's account; its first invoice is for this month. Raises NotFound and AccountExists."""
    benefits.employer_name(employer_id)
    account = EmployerAccount(
        employer_id=employer_id,
        method=terms.method,
        billing_email=terms.billing_email,
        net_days=terms.net_days,
        low_water_cents=terms.low_water_cents,
        opened_at=now,
    )
    account.prefix = base64.b32encode(account.pk.bytes[-5:]).decode()
    month = first_of_month(now.date())
    with transaction.atomic():
        EmployerAccount.objects.bulk_create([account], ignore_conflicts=True)
        if not EmployerAccount.objects.filter(pk=account.pk).exists():
            raise AccountExists("This employer has an account: agree on new fees instead.")
        FeeTerms.objects.create(account=account, fee_cents=terms.fee_cents, effective_on=month)
        wait_for_end(account, month)
    return account


def wait_for_end(account: EmployerAccount, month: date) -> None:
    """Set the timer that drafts the invoice for a month; once, however often it is called."""
    event = InvoiceMonthEnded(account_id=account.pk, month=month)
    due_at = start_of(month_after(month)) + AFTER_MONTH
    schedule(event, about=account, due_at=due_at, generation=month.year * 12 + month.month)


def agree_fee(*, employer_id: UUID, fee_cents: int, month: date, now: datetime) -> FeeTerms:
    """Agree on a fee from a month on that is not over. Raises NotFound and FeeIsAgreed."""
    with transaction.atomic():
        account = EmployerAccount.locked(employer_id=employer_id)
        if month < first_of_month(now.date()) or account.fees.filter(effective_on=month).exists():
            raise FeeIsAgreed("There are terms for this month already, or it is over: choose a later one.")
        return FeeTerms.objects.create(account=account, fee_cents=fee_cents, effective_on=month)


def deposit(*, employer_id: UUID, cents: int, reference: str, signature: Signature, now: datetime) -> EmployerAccount:
    """Record money that an employer paid in advance; the same reference and amount again changes nothing.

    Raises NotFound, Invalid and ReferenceUsed.
    """
    if cents <= 0:
        raise Invalid("A deposit is more than nothing.", errors={"cents": ["Write positive cents."]})
    with transaction.atomic():
        account = EmployerAccount.locked(employer_id=employer_id)
        former = account.deposits.filter(reference=reference).first()
        if former is not None:
            if former.cents != cents:
                raise ReferenceUsed(f"{reference} was recorded before, for {former.cents} cents.")
            return account
        made = Deposit.objects.create(
            account=account,
            employer_id=employer_id,
            cents=cents,
            reference=reference,
            received_at=now,
            by_user_id=signature.user_id,
        )
        account.prefunded_cents += cents
        account.save(update_fields=["prefunded_cents"])
        legs = [
            debit(Account.BANK, cents, employer_id=employer_id),
            credit(Account.PREPAID_EMPLOYER, cents, employer_id=employer_id),
        ]
        post(business_key=f"deposit:{made.pk}", kind="deposit", legs=legs, at=now, signature=signature)
    return account
