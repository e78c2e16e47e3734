"""Disputes: what payers object to at their bank, and debits that banks take back. The notice is fetched again, reduced.

An operator answers a dispute in Stripe's dashboard until its work item is due; a bank's return cannot be answered.
"""

import logging
from datetime import UTC, datetime

from django.db import transaction

from billing.payment_plans.models import AttemptStatus, ChargeAttempt, Dispute
from billing.payment_plans.rules import MethodKind
from billing.payment_plans.services import booking, charging, refund_settling, settling
from billing.stripe import client
from billing.stripe.client import Json
from billing.work_items.services import close_if_open, open_item
from workers.kernel.actor import WORKER, acting_as

log = logging.getLogger(__name__)
_CLOSED = ("won", "lost", "warning_closed", "prevented")


def refresh(*, dispute_id: str, now: datetime) -> None:
    """Fetch a dispute of which Stripe gave notice, and reduce it; one of a foreign charge is ignored, visibly."""
    told = client.get_dispute(dispute_id)
    intent_id = told.get("payment_intent") or client.get_payment_intent_of(told["charge"])
    with acting_as(WORKER), transaction.atomic():
        attempt = _find_attempt(intent_id)
        if attempt is None:
            log.info("dispute %s is not about a charge of ours: ignored", dispute_id)
            return
        _reduce(told, attempt, now)


def _find_attempt(intent_id: str) -> ChargeAttempt | None:
    charged = ChargeAttempt.objects.filter(
        payment_intent_id=intent_id or "-", status__in=[AttemptStatus.PAID, AttemptStatus.RETURNED]
    )
    found = charged.values_list("pk", flat=True).first()
    return None if found is None else charging.lock_attempt(found)


def _reduce(told: Json, attempt: ChargeAttempt, now: datetime) -> None:
    """The attempt is locked, so that two notices of one dispute follow each other."""
    is_return = attempt.payment_method.kind == MethodKind.BANK
    dispute, _ = Dispute.objects.get_or_create(
        stripe_id=told["id"],
        defaults={
            "member_id": attempt.member_id,
            "attempt": attempt,
            "amount_cents": told["amount"],
            "reason": told["reason"][:60],
            "status": told["status"],
            "is_return": is_return,
            "opened_at": now,
        },
    )
    if _is_old_news(dispute, told):
        return
    _book(dispute, told, now)
    _save(dispute, told, now)
    if dispute.status == "won":  # Stripe refunds nothing of a charge while it is disputed
        settling.heed_price(attempt.instalment, now)
    if dispute.is_return:
        settling.take_back(attempt=attempt, code=dispute.reason, now=now)
        refund_settling.note_losses(attempt, now)
    else:
        _tell(dispute, told, now)


def _is_old_news(dispute: Dispute, told: Json) -> bool:
    """Whether it was fetched before what closed the dispute, and is only heard of now: no movement of it is new."""
    if dispute.closed_at is None or told["status"] in _CLOSED:
        return False
    return all(booking.is_dispute_movement_booked(each["id"]) for each in told.get("balance_transactions") or [])


def _book(dispute: Dispute, told: Json, now: datetime) -> None:
    """Post each movement of money once, by Stripe's id of it; an inquiry has none."""
    movements = told.get("balance_transactions") or []
    for movement in movements:
        booking.book_dispute_movement(
            dispute, movement_id=movement["id"], cents=movement["amount"], fee_cents=movement["fee"], now=now
        )
    dispute.held_cents = -sum(movement["amount"] for movement in movements)
    if told["status"] == "lost":
        booking.book_dispute_lost(dispute, now)


def _save(dispute: Dispute, told: Json, now: datetime) -> None:
    due_by = (told.get("evidence_details") or {}).get("due_by")
    dispute.status = told["status"]
    dispute.evidence_due_at = datetime.fromtimestamp(due_by, UTC) if due_by else None
    if dispute.status in _CLOSED and dispute.closed_at is None:
        dispute.closed_at = now
    dispute.save(update_fields=["status", "held_cents", "evidence_due_at", "closed_at"])


def _tell(dispute: Dispute, told: Json, now: datetime) -> None:
    key = f"dispute:{dispute.stripe_id}"
    if dispute.closed_at is not None:
        close_if_open(key=key, resolution=f"Stripe closed it: {dispute.status}.", now=now)
        return
    open_item(
        kind="dispute",
        key=key,
        subject_id=dispute.pk,
        reference=dispute.stripe_id,
        amount_cents=dispute.amount_cents,
        due_at=dispute.evidence_due_at,
        reason=dispute.reason,
        status=dispute.status,
        now=now,
    )
