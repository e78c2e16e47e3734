"""Playing an offer: the messages, secrets and deadlines are the real ones, the person is nobody.

Everything runs as a worker, for a clinic that the caller has made sure of.
"""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from django.db import transaction

from referrals.clinics.models import Clinic
from referrals.events import SandboxAnswerDue
from referrals.messages import ReferralConfirmed, ReferralOffered, ReferralWithdrawn, RequestSummary
from referrals.sandbox.models import SandboxOffer
from referrals.sandbox.rules import (
    DECLINE_REASONS,
    LONGEST,
    MOST_OPEN,
    NO_ANSWER,
    OPEN,
    SHORTEST,
    SUMMARY,
    USUAL,
    SandboxStatus,
)
from workers.deliveries.queueing import queue_message
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.errors import DomainError, Invalid
from workers.kernel.ids import new_id
from workers.messages import WebhookMessage
from workers.timers.scheduling import schedule


class SandboxOfferNotOpen(DomainError):
    """The test offer takes no answer any more: `state` is its status now."""

    code = "offer_not_open"


class TooManyTestOffers(DomainError):
    """The clinic has as many open test offers as it may have."""

    code = "too_many_test_offers"


class BadDeclineReason(Invalid):
    """A clinic declines with one of the reasons that a real offer takes."""

    code = "bad_decline_reason"


def make(*, clinic_id: UUID, answer_within: timedelta = USUAL, now: datetime) -> SandboxOffer:
    """Offer nobody to a clinic: its addresses get `referral.offered` with `test`, and silence ends the offer.

    Raises NotFound, TooManyTestOffers, Invalid for a time out of bounds.
    """
    if not SHORTEST <= answer_within <= LONGEST:
        raise Invalid("A test offer waits for 30 seconds to a day.")
    with acting_as(WORKER), transaction.atomic():
        clinic = Clinic.locked(pk=clinic_id)  # two at once count one after the other
        if SandboxOffer.objects.filter(clinic=clinic, status__in=OPEN).count() >= MOST_OPEN:
            raise TooManyTestOffers(f"{MOST_OPEN} test offers wait for an answer: answer or withdraw one first.")
        offer = SandboxOffer(clinic=clinic, respond_by=now + answer_within, made_at=now)
        offer.save(force_insert=True)
        summary = msgspec.convert(SUMMARY, RequestSummary)
        _tell(offer, ReferralOffered(offer_id=offer.pk, respond_by=offer.respond_by, request=summary, test=True), now)
        schedule(SandboxAnswerDue(offer_id=offer.pk), about=offer, due_at=offer.respond_by)
    return offer


def receive(*, offer_id: UUID, clinic_id: UUID) -> SandboxOffer:
    """Note that a clinic has a test offer before it; again, or after it answered, changes nothing. Raises NotFound."""
    with transaction.atomic():
        offer = SandboxOffer.locked(pk=offer_id, clinic_id=clinic_id)
        if offer.status == SandboxStatus.REQUESTED:
            offer.status = SandboxStatus.RECEIVED
            offer.save(update_fields=["status"])
    return offer


def accept(*, offer_id: UUID, clinic_id: UUID, now: datetime) -> SandboxOffer:
    """Take a yes and confirm it, with ids of nothing; again changes nothing. Raises NotFound, SandboxOfferNotOpen."""
    with transaction.atomic():
        offer = SandboxOffer.locked(pk=offer_id, clinic_id=clinic_id)
        if offer.status != SandboxStatus.ACCEPTED:
            _require_open(offer, now)
            _close(offer, SandboxStatus.ACCEPTED, "", now)
            ids = {"offer_id": offer.pk, "referral_id": offer.referral_id, "course_id": offer.course_id}
            _tell(offer, ReferralConfirmed(**ids, test=True), now)
    return offer


def decline(*, offer_id: UUID, clinic_id: UUID, reason: str, now: datetime) -> SandboxOffer:
    """Take a no; a repeat changes nothing. Raises NotFound, SandboxOfferNotOpen, BadDeclineReason."""
    if reason not in DECLINE_REASONS:
        raise BadDeclineReason(f"reason is one of {', '.join(DECLINE_REASONS)}.")
    with transaction.atomic():
        offer = SandboxOffer.locked(pk=offer_id, clinic_id=clinic_id)
        if offer.status != SandboxStatus.REJECTED:
            _require_open(offer, now)
            _close(offer, SandboxStatus.REJECTED, reason, now)
    return offer


def withdraw(*, offer_id: UUID, clinic_id: UUID, now: datetime) -> SandboxOffer:
    """Play the member who takes the request back: `referral.withdrawn`. Raises NotFound, SandboxOfferNotOpen."""
    with acting_as(WORKER), transaction.atomic():
        offer = SandboxOffer.locked(pk=offer_id, clinic_id=clinic_id)
        _require_open(offer, now)
        _close(offer, SandboxStatus.CANCELLED, "request_withdrawn", now)
        _tell(offer, ReferralWithdrawn(offer_id=offer.pk, test=True), now)
    return offer


def expire(*, offer_id: UUID, now: datetime) -> None:
    """End a test offer whose time is over; one that was answered stays as it is, one that was deleted is no more."""
    with transaction.atomic():
        offer = SandboxOffer.objects.select_for_update().filter(pk=offer_id).first()
        if offer and offer.status in OPEN and now >= offer.respond_by:
            _close(offer, SandboxStatus.FAILED, NO_ANSWER, now)
            _tell(offer, ReferralWithdrawn(offer_id=offer.pk, test=True), now)


def _require_open(offer: SandboxOffer, now: datetime) -> None:
    """As with a real offer the deadline is compared with when the answer came, also once its timer went off."""
    is_awaited = offer.status in OPEN or offer.reason == NO_ANSWER
    is_late = now > offer.respond_by
    if not is_awaited or is_late:
        state = SandboxStatus.FAILED if is_awaited else offer.status
        raise SandboxOfferNotOpen(f"This test offer is {state}.", state=str(state))


def _close(offer: SandboxOffer, status: SandboxStatus, reason: str, now: datetime) -> None:
    offer.status, offer.reason, offer.closed_at = status, reason, now
    offer.version += 1
    offer.save(update_fields=["status", "reason", "closed_at", "version"])


def _tell(offer: SandboxOffer, message: WebhookMessage, now: datetime) -> None:
    queue_message(message, owner_id=offer.clinic_id, event_id=new_id(), ordering_key=offer.pk, now=now)
