"""Ending offers for other causes than an answer, and telling the clinic."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from referrals.clinics import services as clinics
from referrals.messages import ReferralWithdrawn
from referrals.offers.models import Offer
from referrals.offers.queries.offers import get_offer, get_taken
from referrals.offers.rules import LIVE, OPEN, UNDER_WAY, Mover, OfferStatus, Reason
from referrals.offers.services.moving import announce_end, close, is_clinics_own, shift
from referrals.requests import services as requests
from referrals.requests.models import Request
from referrals.requests.rules import RequestStatus
from workers.deliveries.queueing import queue_message

COMPLETED = "completed"


def cancel_offers(
    *,
    request_id: UUID,
    now: datetime,
    reason: Reason = Reason.REQUEST_WITHDRAWN,
    by: Mover = Mover.MEMBER,
    only_open: bool = False,
) -> None:
    """End what is open of a request and, unless `only_open`, what is under way: its place is free again."""
    with transaction.atomic():
        request = Request.locked(pk=request_id)
        cancel(request, reason, by=by, only_open=only_open, now=now)


def cancel(request: Request, reason: Reason, *, by: Mover, only_open: bool = False, now: datetime) -> None:
    """The same under the request's lock, which the caller holds; offers for the present wishes outlive a change."""
    live = Offer.objects.select_for_update(of=("self",)).filter(request=request, status__in=OPEN if only_open else LIVE)
    if reason == Reason.WISHES_CHANGED:
        live = live.filter(revision__lt=request.revision)
    for offer in live.order_by("clinic_id"):
        if offer.status in OPEN:
            close(request, offer, OfferStatus.CANCELLED, reason, by=by, now=now)
        else:
            give_up(offer, reason, by=by, now=now)


def give_up(offer: Offer, reason: Reason, *, by: Mover, now: datetime) -> None:
    """End an offer that was accepted. The caller holds the request's lock."""
    clinics.return_slot(clinic_id=offer.clinic_id, now=now)
    shift(offer, OfferStatus.CANCELLED, by=by, now=now, reason=reason, ended_at=now)
    announce_end(offer, now)


def withdraw_from_clinic(*, clinic_id: UUID, now: datetime, reason: Reason = Reason.CLINIC_UNAVAILABLE) -> None:
    """Take back what a clinic has not answered yet: it was suspended, lost its licence, or left the directory."""
    withdraw_all(_open_of(clinic_id), reason, now=now)


def withdraw_all(offer_ids: list[UUID], reason: Reason, *, now: datetime) -> None:
    """Take back offers that are still open; their requests are locked in one order before anything is changed."""
    with transaction.atomic():
        requests_of = Request.objects.filter(offers__in=offer_ids).order_by("id").select_for_update(of=("self",))
        locked = {request.pk: request for request in requests_of}
        still_open = Offer.objects.select_for_update(of=("self",)).filter(pk__in=offer_ids, status__in=OPEN)
        for offer in still_open.order_by("id"):
            close(locked[offer.request_id], offer, OfferStatus.CANCELLED, reason, by=Mover.SYSTEM, now=now)


def follow_course_end(*, request_id: UUID, outcome: str, now: datetime) -> None:
    """End an accepted referral with its course. One of which no session took place goes to a person: the clinic may
    have found a reason that the next one should not have to find again.
    """
    with transaction.atomic():
        request = Request.locked(pk=request_id)
        offer = get_taken(request_id)
        if request.status != RequestStatus.ACCEPTED or offer is None or offer.status not in UNDER_WAY:
            return
        if outcome == COMPLETED:
            clinics.return_slot(clinic_id=offer.clinic_id, now=now)
            shift(offer, OfferStatus.COMPLETED, by=Mover.SYSTEM, now=now, ended_at=now)
            requests.complete(request, now=now)
        else:
            give_up(offer, Reason.COURSE_CANCELLED, by=Mover.SYSTEM, now=now)
            requests.return_to_operator(request, now=now)


def tell_clinic_of_end(*, offer_id: UUID, event_id: UUID, now: datetime) -> None:
    """Send `referral.withdrawn` for an offer that closed, unless the clinic closed it itself by declining.

    Nor where its yes, which had come before the deadline, was worked off after it: then it treats.
    """
    offer = get_offer(offer_id)
    if not is_clinics_own(offer.reason) and offer.status not in UNDER_WAY:
        message = ReferralWithdrawn(offer_id=offer.pk)
        queue_message(message, owner_id=offer.clinic_id, event_id=event_id, ordering_key=offer.pk, now=now)


def _open_of(clinic_id: UUID) -> list[UUID]:
    return list(Offer.objects.filter(clinic_id=clinic_id, status__in=OPEN).values_list("id", flat=True))
