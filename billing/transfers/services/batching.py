"""Clinics' accounts, and making up a month from what the ledger says they are owed."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from billing.events.books import TransferMonthEnded, TransferRequested
from billing.ledger.rules import first_of_month, month_after, start_of
from billing.transfers.models import ClinicAccount, TransferBatch, TransferLine, TransferStatus
from billing.transfers.queries import Owed, last_batch, untransferred
from billing.transfers.rules import is_taken_back
from referrals import facade as referrals
from workers.kernel.errors import NotFound
from workers.outbox.publishing import publish
from workers.timers.scheduling import schedule

AFTER_MONTH = timedelta(days=5)  # clinics report late


def set_account(*, clinic_id: UUID, stripe_account: str, now: datetime) -> ClinicAccount:
    """Say to which account at Stripe a clinic is paid; what Stripe refused for the former one is tried again.

    Raises NotFound for a clinic that there is not.
    """
    referrals.clinic_name(clinic_id)
    account = ClinicAccount(clinic_id=clinic_id, stripe_account=stripe_account, opened_at=now)
    with transaction.atomic():
        ClinicAccount.objects.bulk_create([account], ignore_conflicts=True)
        account = ClinicAccount.locked(clinic_id=clinic_id)
        account.stripe_account = stripe_account
        account.save(update_fields=["stripe_account"])
        wait_for_end(account, first_of_month(now.date()))
        for batch in account.batches.filter(status=TransferStatus.REFUSED):
            publish(TransferRequested(batch_id=batch.pk), about=batch, now=now)
    return account


def wait_for_end(account: ClinicAccount, month: date) -> None:
    """Set the timer that makes up a month; once, however often it is called."""
    due_at = start_of(month_after(month)) + AFTER_MONTH
    event = TransferMonthEnded(account_id=account.pk, month=month)
    schedule(event, about=account, due_at=due_at, generation=month.year * 12 + month.month)


def make_up(*, account_id: UUID, month: date, now: datetime) -> None:
    """Put what a clinic was owed through a month into a batch, once, and ask for its transfer."""
    with transaction.atomic():
        account = ClinicAccount.locked(pk=account_id)
        wait_for_end(account, month_after(month))
        former = last_batch(account.clinic_id)
        if former is not None and former.month >= month:
            return
        owed = untransferred(account.clinic_id, before=month_after(month))
        carried = former.carry_cents if former else 0
        if not owed and not carried:
            return
        batch = _insert(account, month, owed, carried)
        if batch.status != TransferStatus.CARRIED:
            publish(TransferRequested(batch_id=batch.pk), about=batch, now=now)


def _insert(account: ClinicAccount, month: date, owed: Sequence[Owed], carried: int) -> TransferBatch:
    batch = TransferBatch(
        account=account,
        clinic_id=account.clinic_id,
        month=month,
        sessions_cents=sum(one.cents for one in owed),
        carried_cents=carried,
    )
    if is_taken_back(batch.cents):
        batch.status = TransferStatus.TAKING_BACK
    elif batch.cents <= 0:
        batch.status, batch.carry_cents = TransferStatus.CARRIED, batch.cents
    batch.save(force_insert=True)
    TransferLine.objects.bulk_create(
        TransferLine(
            batch=batch,
            clinic_id=account.clinic_id,
            posting_id=one.posting_id,
            session_id=one.session_id,
            kind=_kind(one.session_id),
            occurred_at=one.occurred_at,
            cents=one.cents,
        )
        for one in owed
    )
    return batch


def _kind(session_id: UUID | None) -> str:
    """The session's kind; what is about no session, or one that is gone, is a correction."""
    try:
        return referrals.session_of(session_id).kind if session_id else "correction"
    except NotFound:
        return "correction"
