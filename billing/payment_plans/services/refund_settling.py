"""What becomes of an approved refund: booked, sent, brought to what Stripe says. Acts as a worker.

Lock order: the attempt, then its refunds.
"""

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from billing.events import RefundCheckDue
from billing.payment_plans.models import AttemptStatus, ChargeAttempt, Instalment, Refund, RefundReason, RefundStatus
from billing.payment_plans.queries import get_refund
from billing.payment_plans.services import booking, replanning, settling
from billing.work_items.services import open_item
from workers.timers.scheduling import schedule

log = logging.getLogger(__name__)
_ASK_AFTER, _ASK_LATEST = timedelta(minutes=10), timedelta(hours=24)
UNMADE = (RefundStatus.APPROVED, RefundStatus.SENDING, RefundStatus.UNKNOWN)
_OPEN = (*UNMADE, RefundStatus.PENDING)
_MADE = (RefundStatus.PENDING, RefundStatus.SUCCEEDED)


def begin(*, refund_id: UUID, params: dict[str, Any], now: datetime) -> bool:
    """Write down what is about to be sent; False when another worker did so first."""
    waiting = Refund.objects.filter(pk=refund_id, status=RefundStatus.APPROVED)
    return bool(waiting.update(status=RefundStatus.SENDING, params=params, sent_at=now))


def give_way(*, refund_id: UUID, status: RefundStatus, use_another_key: bool = False) -> None:
    """Note that a request was not executed, or that nobody knows."""
    refund = Refund.objects.filter(pk=refund_id, status__in=UNMADE)
    refund.update(status=status, tries=F("tries") + int(use_another_key))


def refuse(*, refund_id: UUID, code: str, now: datetime) -> None:
    """Stripe refused: the reservation is free again, the booking is taken back, a person hears of it."""
    with transaction.atomic():
        refund = _locked(refund_id)
        if refund.status in UNMADE:
            _withdraw(refund, code, now)


def _withdraw(refund: Refund, code: str, now: datetime) -> None:
    """The attempt is locked. A plan that counted on it and still asks for something asks for no more than is owed."""
    refund.code = code
    _save(refund, RefundStatus.REFUSED)
    _release(refund)
    booking.unbook_refund(refund, now)
    _tell(refund, "refund_refused", now)
    instalment = refund.attempt.instalment
    if Instalment.objects.filter(plan_id=instalment.plan_id, status__in=replanning.MOVABLE).exists():
        settling.heed_price(instalment, now)


def _locked(refund_id: UUID) -> Refund:
    """Lock the attempt and then the refund, so that two refunds of one charge follow each other."""
    attempt = ChargeAttempt.locked(pk=get_refund(refund_id).attempt_id)
    refund = Refund.locked(pk=refund_id)
    refund.attempt = attempt
    return refund


def _release(refund: Refund) -> None:
    ChargeAttempt.objects.filter(pk=refund.attempt_id).update(refunded_cents=F("refunded_cents") - refund.amount_cents)


def _tell(refund: Refund, kind: str, now: datetime) -> None:
    open_item(
        kind=kind,
        key=f"{kind}:{refund.pk}:{refund.tries}",
        subject_id=refund.pk,
        reference=refund.stripe_id,
        amount_cents=refund.amount_cents,
        code=refund.code,
        now=now,
    )


def settle(*, refund_id: UUID, told: dict[str, Any], now: datetime) -> None:
    """Bring a refund to what Stripe says of it, each effect once. The caller acts as a worker.

    "succeeded" is not the end: a card's issuer may send the money back weeks later.
    """
    with transaction.atomic():
        refund = _locked(refund_id)
        if told["id"] in refund.former_ids or refund.status == RefundStatus.REFUSED:
            return
        if not refund.stripe_id:
            refund.stripe_id = told["id"]
            Refund.objects.filter(pk=refund.pk).update(stripe_id=refund.stripe_id)
        has_come_back = told["status"] in ("failed", "canceled")
        if told.get("balance_transaction"):
            booking.book_refund_made(refund, now)
        if has_come_back and refund.status != RefundStatus.FAILED:
            refund.code = told.get("failure_reason") or told["status"]
            _save(refund, RefundStatus.FAILED)
            booking.book_refund_failed(refund, now)
            _tell(refund, "refund_failed", now)
        elif not has_come_back and refund.status != RefundStatus.FAILED:
            status = RefundStatus.SUCCEEDED if told["status"] == "succeeded" else RefundStatus.PENDING
            _save(refund, status)
            watch(refund, now)
            _note_loss(refund, now)


def note_losses(attempt: ChargeAttempt, now: datetime) -> None:
    """A bank has taken the debit of a locked attempt back: of a surplus, what was given back is gone twice."""
    for refund in attempt.refunds.filter(status__in=_MADE).order_by("pk").select_for_update(of=("self",)):
        refund.attempt = attempt
        _note_loss(refund, now)


def _note_loss(refund: Refund, now: datetime) -> None:
    """Whichever of the two is heard of last. An instalment is owed again instead; of a surplus nobody owes anything."""
    if refund.attempt.is_surplus and refund.attempt.status == AttemptStatus.RETURNED:
        booking.book_refund_lost(refund, now)
        _tell(refund, "refund_lost", now)


def adopt(*, attempt_id: UUID, told: dict[str, Any], now: datetime) -> None:
    """Take a refund over that was made at Stripe by hand; acts as a worker.

    One that came back and was made again by hand goes on with the new one. Where that and what is reserved exceed the
    charge, what has not been made can no longer be made, and is refused.
    """
    with transaction.atomic():
        attempt = ChargeAttempt.locked(pk=attempt_id)
        if Refund.objects.filter(stripe_id=told["id"]).exists():
            return
        refund = _made_again(attempt, told) or _make_room(attempt, told, now)
        _tell(refund, "refund_from_dashboard", now)
        settle(refund_id=refund.pk, told=told, now=now)


def _made_again(attempt: ChargeAttempt, told: dict[str, Any]) -> Refund | None:
    failed = attempt.refunds.filter(status=RefundStatus.FAILED, amount_cents=told["amount"])
    refund = failed.order_by("created_at", "pk").select_for_update(of=("self",)).first()
    if refund is not None:
        refund.former_ids.append(refund.stripe_id)
        refund.stripe_id, refund.tries = told["id"], refund.tries + 1
        _save(refund, RefundStatus.PENDING)
    return refund


def _make_room(attempt: ChargeAttempt, told: dict[str, Any], now: datetime) -> Refund:
    """Store a refund that was made by hand, in place of those of ours for which no cents are left; booked, too."""
    for refund in attempt.refunds.filter(status__in=(*UNMADE, RefundStatus.FAILED)).order_by("-created_at", "-pk"):
        if attempt.refunded_cents + told["amount"] > attempt.amount_cents:
            _withdraw(_locked(refund.pk), "superseded", now)
            attempt.refresh_from_db()
    ChargeAttempt.objects.filter(pk=attempt.pk).update(refunded_cents=F("refunded_cents") + told["amount"])
    refund = Refund(
        member_id=attempt.member_id,
        attempt=attempt,
        amount_cents=told["amount"],
        reason=RefundReason.DASHBOARD,
        request_key=f"dashboard:{told['id']}",
        status=RefundStatus.PENDING,
        stripe_id=told["id"],
        created_at=now,
    )
    refund.save(force_insert=True)
    booking.book_refund(refund, now)
    return refund


def book(*, refund_id: UUID, now: datetime) -> None:
    """Post an approved refund to the ledger: it is owed from now on. Acts as a worker."""
    with transaction.atomic():
        refund = _locked(refund_id)
        if refund.status != RefundStatus.REFUSED:
            booking.book_refund(refund, now)


def watch(refund: Refund, now: datetime) -> None:
    """Set a timer that asks Stripe about a locked refund that is still open; it replaces any former one."""
    if refund.status not in _OPEN:
        return
    after = min(_ASK_AFTER * 2 ** min(refund.sweep, 16), _ASK_LATEST)
    refund.sweep += 1
    Refund.objects.filter(pk=refund.pk).update(sweep=refund.sweep)
    event = RefundCheckDue(refund_id=refund.pk, sweep=refund.sweep)
    schedule(event, about=refund, due_at=now + after, generation=refund.sweep)


def _save(refund: Refund, status: RefundStatus) -> None:
    log.info("refund=%s from=%s to=%s code=%s", refund.pk, refund.status, status, refund.code)
    refund.status = status
    refund.save(update_fields=["status", "code", "former_ids", "stripe_id", "tries", "sent_at"])
