"""Making offers, and taking the answers.

Every service here locks the request first and then the offer, so that answers, deadlines and withdrawals meet in one
order. All run as a worker: an acceptance also moves the request, which a clinic may not see before.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction

from benefits import facade as benefits
from referrals.clinics import services as clinics
from referrals.events import OfferAccepted, OfferAnswerDue, OfferClosed, OfferMade
from referrals.messages import ReferralOffered, ReferralWithdrawn, RequestSummary
from referrals.offers.models import Offer
from referrals.offers.queries import count_unanswered, get_offer
from referrals.offers.rules import DECLINE_REASONS, OUTCOMES, OfferStatus, Outcome, Reason, age_band
from referrals.requests import services as requests
from referrals.requests.models import Request
from referrals.requests.rules import RequestStatus
from referrals.routing.queries import get_policy
from referrals.routing.services import Choice, decide
from referrals.screening.queries import get_screening
from workers.deliveries.queueing import queue_message
from workers.kernel.errors import DomainError, Invalid, NotFound
from workers.outbox.publishing import publish
from workers.timers.scheduling import schedule


class OfferNotOpen(DomainError):
    """The offer takes no answer any more: `state` is the offer's status now."""

    code = "offer_not_open"


class BadDeclineReason(Invalid):
    """A clinic declines with one of the reasons of rules.DECLINE_REASONS."""

    code = "bad_decline_reason"


def offer_next(*, request_id: UUID, now: datetime) -> Offer | None:
    """Offer an open request to the best clinic that was not asked yet, or put it on the operator's list.

    Does nothing when the request is in another state: it was withdrawn, waits for a person, or is offered already.
    """
    with transaction.atomic():
        request = Request.locked(pk=request_id)
        if request.status != RequestStatus.OPEN:
            return None
        member = benefits.get_member(request.member_id)
        choice = decide(request, member=member, busy=count_unanswered(), now=now)
        if choice is None:
            requests.mark_unplaced(request, now=now)
            return None
        return _make(request, choice, _summary(request, member, now), now)


def send(*, offer_id: UUID, event_id: UUID, now: datetime) -> None:
    """Send the offer to the clinic; one without an active address is passed over at once."""
    with transaction.atomic():
        request, offer = _lock(offer_id)
        if offer.status != OfferStatus.REQUESTED:
            return
        asked = msgspec.convert(offer.summary, RequestSummary)
        message = ReferralOffered(offer_id=offer.pk, respond_by=offer.respond_by, request=asked)
        told = queue_message(message, owner_id=offer.clinic_id, event_id=event_id, ordering_key=offer.pk, now=now)
        if not told:
            _close(request, offer, OfferStatus.FAILED, Reason.NO_ENDPOINT, now)


def accept(*, offer_id: UUID, clinic_id: UUID, now: datetime) -> Offer:
    """Take a clinic's yes. A repeat returns the accepted offer unchanged.

    When the clinic has no slot left the offer is closed as declined, and returned so. Raises NotFound for an offer to
    another clinic, OfferNotOpen with the present state, also when `now` is past `respond_by`.
    """
    with transaction.atomic():
        request, offer = _lock(offer_id, clinic_id=clinic_id)
        if offer.status == OfferStatus.ACCEPTED:
            return offer
        _require_open(request, offer, now)
        if clinics.take_slot(clinic_id=clinic_id):
            _accept(request, offer, now)
        else:
            _close(request, offer, OfferStatus.REJECTED, Reason.NO_SLOT_LEFT, now)
    return offer


def decline(*, offer_id: UUID, clinic_id: UUID, reason: str, now: datetime) -> Offer:
    """Take a clinic's no. A repeat returns the declined offer unchanged. Raises as `accept`, and BadDeclineReason."""
    if reason not in DECLINE_REASONS:
        raise BadDeclineReason(f"reason is one of {', '.join(DECLINE_REASONS)}.")
    with transaction.atomic():
        request, offer = _lock(offer_id, clinic_id=clinic_id)
        if offer.status == OfferStatus.REJECTED and offer.reason in DECLINE_REASONS:
            return offer
        _require_open(request, offer, now)
        _close(request, offer, OfferStatus.REJECTED, Reason(reason), now)
    return offer


def expire(*, offer_id: UUID, now: datetime) -> None:
    """Close an offer whose time to answer is over; one that was answered, or has time left, stays as it is."""
    with transaction.atomic():
        request, offer = _lock(offer_id)
        if offer.status == OfferStatus.REQUESTED and now >= offer.respond_by:
            _close(request, offer, OfferStatus.FAILED, Reason.NO_ANSWER, now)


def cancel_offers(*, request_id: UUID, now: datetime) -> None:
    """Close what is open or accepted of a withdrawn request; an accepted one gives its slot back."""
    with transaction.atomic():
        request = Request.locked(pk=request_id)
        live = [OfferStatus.REQUESTED, OfferStatus.ACCEPTED]
        for offer in Offer.objects.select_for_update(of=("self",)).filter(request=request, status__in=live):
            if offer.status == OfferStatus.ACCEPTED:
                clinics.return_slot(clinic_id=offer.clinic_id)
            _close(request, offer, OfferStatus.CANCELLED, Reason.REQUEST_WITHDRAWN, now)


def tell_clinic_of_end(*, offer_id: UUID, event_id: UUID, now: datetime) -> None:
    """Send `referral.withdrawn` for an offer that closed, unless the clinic closed it itself by declining."""
    offer = get_offer(offer_id)
    if offer.reason not in DECLINE_REASONS:
        message = ReferralWithdrawn(offer_id=offer.pk)
        queue_message(message, owner_id=offer.clinic_id, event_id=event_id, ordering_key=offer.pk, now=now)


def _make(request: Request, choice: Choice, summary: dict[str, Any], now: datetime) -> Offer:
    offer = Offer(
        request=request,
        member_id=request.member_id,
        clinic_id=choice.clinic_id,
        route=choice.match.route,
        protocol=choice.match.protocol,
        format=choice.match.format,
        summary=summary,
        respond_by=now + timedelta(hours=get_policy().answer_hours),
        made_at=now,
    )
    offer.save(force_insert=True)
    requests.move(request, RequestStatus.OFFERED, now=now, respond_by=offer.respond_by)
    event = OfferMade(offer_id=offer.pk, request_id=request.pk, clinic_id=offer.clinic_id, respond_by=offer.respond_by)
    publish(event, about=offer, now=now)
    schedule(OfferAnswerDue(offer_id=offer.pk), about=offer, due_at=offer.respond_by)
    return offer


def _summary(request: Request, member: benefits.Member, now: datetime) -> dict[str, Any]:
    """The least that lets a clinic decide; nothing of it says who the member is (docs/facts.md, "Privacy rules")."""
    wanted = request.preferences
    return {
        "routes": wanted["routes"],
        "protocol": wanted["protocol"],
        "format": wanted["format"],
        "language": wanted["language"] or member.language,
        "state": member.state,
        "age_band": age_band(member.date_of_birth, on=now.date()),
        "result_of_screening": get_screening(request.screening_id).result,
    }


def _lock(offer_id: UUID, *, clinic_id: UUID | None = None) -> tuple[Request, Offer]:
    """Lock an offer's request and then the offer. Raises NotFound, also for another clinic's."""
    offer = get_offer(offer_id)
    if clinic_id is not None and offer.clinic_id != clinic_id:
        raise NotFound("There is no such offer.")
    return Request.locked(pk=offer.request_id), Offer.locked(pk=offer_id)


def _require_open(request: Request, offer: Offer, now: datetime) -> None:
    """A deadline or a withdrawal counts from its moment, not from when a worker gets to closing the offer."""
    state = offer.status
    if state == OfferStatus.REQUESTED and request.status == RequestStatus.WITHDRAWN:
        state = OfferStatus.CANCELLED
    elif state == OfferStatus.REQUESTED and now > offer.respond_by:
        state = OfferStatus.FAILED
    if state != OfferStatus.REQUESTED:
        raise OfferNotOpen(f"This offer is {state}.", state=str(state))


def _accept(request: Request, offer: Offer, now: datetime) -> None:
    _set(offer, OfferStatus.ACCEPTED, "", now)
    requests.mark_accepted(request, clinic_id=offer.clinic_id, now=now)
    event = OfferAccepted(
        offer_id=offer.pk, request_id=request.pk, clinic_id=offer.clinic_id, member_id=offer.member_id
    )
    publish(event, about=offer, now=now)


def _close(request: Request, offer: Offer, status: OfferStatus, reason: Reason, now: datetime) -> None:
    """End an offer; unless the member withdrew, its request is open again and routed by the reaction."""
    _set(offer, status, reason, now)
    outcome = OUTCOMES[status]
    if outcome != Outcome.WITHDRAWN and request.status == RequestStatus.OFFERED:
        requests.move(request, RequestStatus.OPEN, now=now)
    event = OfferClosed(offer_id=offer.pk, request_id=request.pk, clinic_id=offer.clinic_id, outcome=outcome)
    publish(event, about=offer, now=now)


def _set(offer: Offer, status: OfferStatus, reason: str, now: datetime) -> None:
    offer.status, offer.reason, offer.closed_at = status, reason, now
    offer.save(update_fields=["status", "reason", "closed_at"])
