"""Taking the answers: a clinic's receipt, yes or no, and silence."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from benefits import facade as benefits
from referrals.clinics import services as clinics
from referrals.events import OfferAccepted
from referrals.offers.models import Offer
from referrals.offers.queries.offers import may_take
from referrals.offers.rules import DECLINE_REASONS, OPEN, TAKEN, Mover, OfferStatus, Reason
from referrals.offers.services.moving import (
    OfferNotOpen,
    close,
    is_clinics_own,
    lock,
    lock_waiting,
    require_open,
    shift,
    was_silent,
)
from referrals.requests import services as requests
from referrals.requests.models import Request
from referrals.routing.services import lock_records
from workers.kernel.errors import Invalid
from workers.outbox.publishing import publish


class BadDeclineReason(Invalid):
    """A clinic declines with one of the reasons of rules.DECLINE_REASONS."""

    code = "bad_decline_reason"


def receive(*, offer_id: UUID, clinic_id: UUID, now: datetime) -> Offer:
    """Note that a clinic has the offer before it; again, or after it answered, changes nothing. Raises NotFound."""
    with transaction.atomic():
        _, offer = lock(offer_id, clinic_id=clinic_id)
        if offer.status == OfferStatus.REQUESTED:
            shift(offer, OfferStatus.RECEIVED, by=Mover.CLINIC, now=now, received_at=now)
    return offer


def accept(
    *, offer_id: UUID, clinic_id: UUID, now: datetime, by: Mover = Mover.CLINIC, answered_at: datetime | None = None
) -> Offer:
    """Take a clinic's yes: the offers to others end in the same transaction. A repeat returns the offer unchanged.

    `answered_at` is when the answer came, if a worker takes it later: that is what the deadline is compared with, and
    an offer that was closed for silence since is taken all the same, as long as no other clinic has said yes.

    The offer is closed, and returned so, with the reason `no_slot_left` when the clinic has no place, `cover_ended`
    when the member is not covered any more, `clinic_unavailable` when the clinic may not take anybody. Raises NotFound
    for an offer to another clinic, OfferNotOpen for one that was answered, withdrawn, changed, or whose time is over.
    """
    with transaction.atomic():
        request, offer = lock(offer_id, clinic_id=clinic_id)
        if offer.status in TAKEN:
            return offer
        require_open(request, offer, answered_at or now)
        _settle(request, offer, by, now)
    return offer


def decline(
    *,
    offer_id: UUID,
    clinic_id: UUID,
    reason: str,
    now: datetime,
    by: Mover = Mover.CLINIC,
    answered_at: datetime | None = None,
) -> Offer:
    """Take a clinic's no. A repeat returns the declined offer unchanged. Raises as `accept`, and BadDeclineReason."""
    if reason not in DECLINE_REASONS:
        raise BadDeclineReason(f"reason is one of {', '.join(DECLINE_REASONS)}.")
    with transaction.atomic():
        request, offer = lock(offer_id, clinic_id=clinic_id)
        if offer.status == OfferStatus.REJECTED and is_clinics_own(offer.reason):
            return offer
        require_open(request, offer, answered_at or now)
        close(request, offer, OfferStatus.REJECTED, Reason(reason), by=by, now=now)
    return offer


def expire(*, offer_id: UUID, now: datetime) -> None:
    """Close an offer whose time to answer is over; one that was answered, or has time left, stays as it is."""
    with transaction.atomic():
        request, offer = lock(offer_id)
        if offer.status in OPEN and now >= offer.respond_by:
            close(request, offer, OfferStatus.FAILED, Reason.NO_ANSWER, by=Mover.SYSTEM, now=now)


def _settle(request: Request, offer: Offer, by: Mover, now: datetime) -> None:
    """Everything may have changed since the clinic was asked: cover, its licence, its places."""
    if not benefits.is_covered(request.member_id, now=now):
        _take_back(request, offer, Reason.COVER_ENDED, now)
        requests.lapse(request, now=now)
    elif clinics.take_slot(clinic_id=offer.clinic_id, now=now):
        _take(request, offer, by, now)
    elif may_take(offer.clinic_id, now=now):
        close(request, offer, OfferStatus.REJECTED, Reason.NO_SLOT_LEFT, by=by, now=now)
    else:
        _take_back(request, offer, Reason.CLINIC_UNAVAILABLE, now)


def _take_back(request: Request, offer: Offer, reason: Reason, now: datetime) -> None:
    """End an offer for another cause than its answer; one that was closed for silence is over already."""
    if was_silent(offer):
        raise OfferNotOpen(f"This offer is {offer.status}.", state=str(offer.status))
    close(request, offer, OfferStatus.CANCELLED, reason, by=Mover.SYSTEM, now=now)


def _take(request: Request, offer: Offer, by: Mover, now: datetime) -> None:
    others = [other for other in lock_waiting(request) if other.pk != offer.pk]
    if others:
        lock_records([offer.clinic_id, *(other.clinic_id for other in others)])
    shift(offer, OfferStatus.ACCEPTED, by=by, now=now)
    requests.mark_accepted(request, clinic_id=offer.clinic_id, now=now)
    event = OfferAccepted(
        offer_id=offer.pk, request_id=request.pk, clinic_id=offer.clinic_id, member_id=offer.member_id
    )
    publish(event, about=offer, now=now)
    for other in others:
        close(request, other, OfferStatus.CANCELLED, Reason.TAKEN_BY_OTHER, by=Mover.SYSTEM, now=now)
