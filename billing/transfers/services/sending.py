"""Asking Stripe for a clinic's money to move. External: no transaction is open while Stripe is asked.

A transfer has no two phases. So it is recorded before it is sent, and after a lost answer nothing is sent again before
Stripe's own list has shown that it is not there.
"""

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from billing.events.books import TransferRetryDue
from billing.ledger.rules import Account, credit, debit
from billing.ledger.services import post
from billing.stripe import client
from billing.stripe.rules import is_of, metadata
from billing.stripe.services.setups import environment
from billing.transfers.models import TransferBatch, TransferStatus
from billing.transfers.queries import reversible_batch
from workers.kernel.actor import WORKER, acting_as
from workers.timers.scheduling import schedule

log = logging.getLogger(__name__)

Json = dict[str, Any]
NO_FUNDS = "balance_insufficient"  # docs.stripe.com/error-codes#balance-insufficient
RETRY_AFTER = timedelta(days=1)
DESCRIPTION = "Monthly statement"
_OPEN = (
    TransferStatus.RECORDED,
    TransferStatus.SENDING,
    TransferStatus.WAITING_FUNDS,
    TransferStatus.REFUSED,
    TransferStatus.TAKING_BACK,
)


def send(*, batch_id: UUID, now: datetime) -> None:
    """Transfer a month, or take it back when it is below nothing. May be called again and by several at once.

    Raises client.StripeFailure for what is to be tried again.
    """
    with acting_as(WORKER):
        batch = TransferBatch.objects.select_related("account").get(pk=batch_id)
    if batch.status not in _OPEN:
        return
    if batch.status == TransferStatus.TAKING_BACK:
        _take_back(batch, now)
    else:
        _transfer(batch, now)


def _transfer(batch: TransferBatch, now: datetime) -> None:
    params = {
        "amount": batch.cents,
        "currency": batch.currency,
        "destination": batch.account.stripe_account,
        "description": DESCRIPTION,
        "transfer_group": str(batch.pk),
        "metadata": _metadata(batch),
    }
    made = _find(batch, "transfers", params={"transfer_group": str(batch.pk)}) if batch.sent_at else None
    if made is None:
        made = _ask(batch, "transfers", params=params, name="transfer", now=now)
    if made is not None:
        with acting_as(WORKER):
            _record_sent(batch.pk, made["id"], now)


def _record_sent(batch_id: UUID, stripe_id: str, now: datetime) -> None:
    batch = TransferBatch.locked(pk=batch_id)
    if batch.status == TransferStatus.SENT:
        return
    batch.status, batch.stripe_id, batch.settled_at, batch.code = TransferStatus.SENT, stripe_id, now, ""
    batch.save(update_fields=["status", "stripe_id", "settled_at", "code"])
    legs = [
        debit(Account.CLINIC_PAYABLE, batch.cents, clinic_id=batch.clinic_id),
        credit(Account.STRIPE_BALANCE, batch.cents, clinic_id=batch.clinic_id),
    ]
    post(business_key=f"transfer:{batch.pk}:sent", kind="transfer_sent", legs=legs, at=now)


def _take_back(batch: TransferBatch, now: datetime) -> None:
    """Reverse a part of the newest transfer that still has one; what cannot be had is carried over."""
    with acting_as(WORKER):
        source = reversible_batch(batch.clinic_id)
    if source is None:
        _carry(batch, 0, "", None, now)
        return
    cents = min(-batch.cents, source.cents - source.reversed_cents)
    params = {"amount": cents, "metadata": _metadata(batch)}
    made = _find(batch, "transfers.reversals", source.stripe_id, params={}) if batch.sent_at else None
    if made is None:
        made = _ask(batch, "transfers.reversals", source.stripe_id, params=params, name="transfer-reversal", now=now)
    if made is not None:
        _carry(batch, made["amount"], made["id"], source, now)


def _carry(batch: TransferBatch, cents: int, stripe_id: str, source: TransferBatch | None, now: datetime) -> None:
    """Record what was taken back (`cents`) and carry the rest into the next month."""
    with acting_as(WORKER):
        mine = TransferBatch.locked(pk=batch.pk)
        if mine.status != TransferStatus.TAKING_BACK:
            return
        mine.status = TransferStatus.TAKEN_BACK if cents else TransferStatus.CARRIED
        mine.stripe_id, mine.settled_at, mine.carry_cents = stripe_id, now, mine.cents + cents
        mine.save(update_fields=["status", "stripe_id", "settled_at", "carry_cents"])
        if not cents or source is None:
            return
        former = TransferBatch.locked(pk=source.pk)
        former.reversed_cents += cents
        former.save(update_fields=["reversed_cents"])
        legs = [
            debit(Account.STRIPE_BALANCE, cents, clinic_id=mine.clinic_id),
            credit(Account.CLINIC_PAYABLE, cents, clinic_id=mine.clinic_id),
        ]
        post(business_key=f"transfer:{mine.pk}:reversed", kind="transfer_reversed", legs=legs, at=now)


def _find(batch: TransferBatch, noun: str, *ids: str, params: Json) -> Json | None:
    wanted = _metadata(batch)
    return next((one for one in client.listed(noun, *ids, params=params) if is_of(one, wanted)), None)


def _ask(batch: TransferBatch, noun: str, *ids: str, params: Json, name: str, now: datetime) -> Json | None:
    """Record what is sent and send it. None when Stripe refuses for a reason that time or a person mends."""
    is_transfer = noun == "transfers"
    _record(batch, params=params, sent_at=batch.sent_at or now, **({"status": "sending"} if is_transfer else {}))
    key = f"{name}:{batch.pk}:v{batch.tries}"
    try:
        return client.request(noun, "create", *ids, params=params, key=key)
    except client.OutcomeUnknown as error:
        if error.is_stored:
            _record(batch, tries=batch.tries + 1)
        raise
    except client.Refused as error:
        log.warning("transfer of batch=%s refused code=%s", batch.pk, error.code)
        _give_way(batch, error, now)
        return None


def _give_way(batch: TransferBatch, error: client.Refused, now: datetime) -> None:
    """Stripe would repeat this refusal under the same key: the next try has another."""
    if batch.status == TransferStatus.TAKING_BACK:
        _carry(batch, 0, "", None, now)
        return
    status = TransferStatus.WAITING_FUNDS if error.code == NO_FUNDS else TransferStatus.REFUSED
    _record(batch, status=status, code=error.code or "refused", tries=batch.tries + 1)
    if status == TransferStatus.WAITING_FUNDS:
        with acting_as(WORKER):
            event = TransferRetryDue(batch_id=batch.pk, number=batch.tries)
            schedule(event, about=batch, due_at=now + RETRY_AFTER, generation=batch.tries)


def _record(batch: TransferBatch, **changes: Any) -> None:
    with acting_as(WORKER):
        TransferBatch.objects.filter(pk=batch.pk, status__in=_OPEN).update(**changes)


def _metadata(batch: TransferBatch) -> dict[str, str]:
    return metadata(env=environment(), obj="transfer", obj_uuid=batch.pk)
