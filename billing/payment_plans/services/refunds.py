"""Approving refunds of charges. What becomes of them is in refund_settling.py; stripe/services/refunds.py sends them.

Never above what is left: the reservation is one compare-and-set on the attempt, which a constraint guards as well.
"""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from billing.events import RefundApproved
from billing.payment_plans.models import AttemptStatus, ChargeAttempt, Refund, RefundReason, RefundStatus
from billing.payment_plans.queries import find_refund_by_key, get_attempt
from workers.kernel.errors import DomainError, Invalid
from workers.kernel.money import dollars
from workers.outbox.publishing import publish

BY_PEOPLE = (RefundReason.ASKED_FOR, RefundReason.NOT_DELIVERED, RefundReason.GOODWILL)


class RefundTooLarge(DomainError):
    """More than what is left of the charge, or there is no charge to give back."""

    code = "refund_too_large"


class RefundDiffers(DomainError):
    """The same request was made before for another charge or amount."""

    code = "refund_differs"


class NotFailed(DomainError):
    """Only a refund that came back is sent again."""

    code = "refund_not_failed"


def ask(
    *, attempt_id: UUID, amount_cents: int | None, reason: str, requested_by: UUID, request_key: str, now: datetime
) -> Refund:
    """Approve a refund as an operator; all that is left without an amount.

    Raises NotFound, Invalid for a reason that is a program's, and RefundTooLarge.
    """
    if reason not in BY_PEOPLE:
        raise Invalid(f"A reason is one of {', '.join(BY_PEOPLE)}.")
    return approve(
        attempt_id=attempt_id,
        amount_cents=_left(attempt_id, request_key) if amount_cents is None else amount_cents,
        reason=RefundReason(reason),
        request_key=request_key,
        requested_by=requested_by,
        now=now,
    )


def _left(attempt_id: UUID, request_key: str) -> int:
    """All that is left of a charge, or was when the request was made before."""
    if (former := find_refund_by_key(request_key)) is not None:
        return former.amount_cents
    attempt = get_attempt(attempt_id)
    return attempt.amount_cents - attempt.refunded_cents


def approve(
    *,
    attempt_id: UUID,
    amount_cents: int,
    reason: RefundReason,
    request_key: str,
    now: datetime,
    requested_by: UUID | None = None,
) -> Refund:
    """Reserve cents of a charge and have them sent back, once per `request_key`. Raises RefundTooLarge, RefundDiffers.

    Of two that race for the last cents one is refused; of one request that races itself both get the one refund.
    """
    refund = Refund(
        attempt_id=attempt_id,
        amount_cents=amount_cents,
        reason=reason,
        requested_by=requested_by,
        request_key=request_key,
        created_at=now,
    )
    if (former := find_refund_by_key(request_key)) is None:
        try:
            return _approve(refund, now)
        except (IntegrityError, RefundTooLarge):
            if (former := find_refund_by_key(request_key)) is None:
                raise
    if (former.attempt_id, former.amount_cents) != (attempt_id, amount_cents):
        raise RefundDiffers("This request was made before, for another charge or amount.")
    return former


def _approve(refund: Refund, now: datetime) -> Refund:
    with transaction.atomic():
        refund.attempt = _reserve(refund.attempt_id, refund.amount_cents)
        refund.member_id = refund.attempt.member_id
        refund.save(force_insert=True)
        publish(RefundApproved(refund_id=refund.pk), about=refund, now=now)
    return refund


def _reserve(attempt_id: UUID, cents: int) -> ChargeAttempt:
    free = ChargeAttempt.objects.filter(
        pk=attempt_id, status=AttemptStatus.PAID, refunded_cents__lte=F("amount_cents") - cents
    )
    if cents < 1 or not free.update(refunded_cents=F("refunded_cents") + cents):
        raise RefundTooLarge(_why_not(get_attempt(attempt_id), cents))
    return get_attempt(attempt_id)


def _why_not(attempt: ChargeAttempt, cents: int) -> str:
    if attempt.status != AttemptStatus.PAID:
        return f"This charge is {attempt.status}: there is nothing to give back."
    left = attempt.amount_cents - attempt.refunded_cents
    return f"{dollars(cents)} cannot be given back: {dollars(left)} of {dollars(attempt.amount_cents)} is left."


def send_again(*, refund_id: UUID, now: datetime) -> Refund:
    """Send a refund that came back once more; it is still owed. Raises NotFound and NotFailed."""
    with transaction.atomic():
        refund = Refund.locked(pk=refund_id)
        if refund.status != RefundStatus.FAILED:
            raise NotFailed(f"This refund is {refund.status}: only one that came back is sent again.")
        refund.former_ids.append(refund.stripe_id)
        refund.stripe_id, refund.tries, refund.sent_at = "", refund.tries + 1, None
        refund.status = RefundStatus.APPROVED
        refund.save(update_fields=["status", "former_ids", "stripe_id", "tries", "sent_at"])
        publish(RefundApproved(refund_id=refund.pk), about=refund, now=now)
    return refund
