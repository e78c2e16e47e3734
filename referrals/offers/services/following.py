"""Following what happens elsewhere: care that begins, and places that come and go."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from benefits import facade as benefits
from referrals.clinics.queries import get_clinic, locate
from referrals.offers.models import Offer
from referrals.offers.queries.offers import list_asked
from referrals.offers.rules import FULL, OPEN, Mover, OfferStatus, Reason
from referrals.offers.services.ending import withdraw_all
from referrals.offers.services.moving import lock, shift
from referrals.requests import services as requests
from referrals.requests.models import Request
from referrals.requests.queries import list_unplaced
from referrals.requests.rules import RequestStatus
from referrals.routing.models import NetworkGap
from referrals.routing.queries.candidates import find_one
from referrals.routing.rules.candidates import refusals
from referrals.routing.services import wish_of

_NO_PLACE_FREED = (*FULL, Reason.NO_ENDPOINT, Reason.CLINIC_UNAVAILABLE)
_KEPT_BY_PLACES = Exists(NetworkGap.objects.filter(request_id=OuterRef("pk"), help__has_key="no_capacity")) | Exists(
    Offer.objects.filter(request_id=OuterRef("pk"), reason=Reason.CAPACITY_GONE)
)
MOST_UNPLACED = 100  # are looked through when a place comes free: who waited longest first


def begin_care(*, offer_id: UUID, now: datetime) -> None:
    """Note that the first session was agreed or took place; an offer that is not just accepted stays as it is."""
    with transaction.atomic():
        if not Offer.objects.filter(pk=offer_id, status=OfferStatus.ACCEPTED).exists():
            return
        _, offer = lock(offer_id)
        if offer.status == OfferStatus.ACCEPTED:
            shift(offer, OfferStatus.IN_PROGRESS, by=Mover.SYSTEM, now=now)


def follow_closed(*, offer_ids: Collection[UUID], now: datetime) -> None:
    """Offer the places that offers held until they ended without a yes to those whom the want of a place kept.

    Not those of a clinic that said that it is full, that nobody can be told at, or that may take nobody.
    """
    kept = list_unplaced().filter(_KEPT_BY_PLACES)
    if not kept.exists():
        return
    ended = Offer.objects.filter(pk__in=offer_ids).exclude(reason__in=_NO_PLACE_FREED)
    for clinic_id in sorted(set(ended.values_list("clinic_id", flat=True))):
        Offer.objects.filter(clinic_id=clinic_id, reason=Reason.CAPACITY_GONE).update(may_ask_again=True)
        _place(kept, clinic_id, get_clinic(clinic_id).open_slots - len(_waiting(clinic_id)), now)


def follow_capacity(*, clinic_id: UUID, now: datetime) -> None:
    """Take back what a clinic has no place for any more, newest first; or offer its new places to who found nobody."""
    waiting = list(_waiting(clinic_id))
    free = get_clinic(clinic_id).open_slots - len(waiting)
    if free < 0:
        withdraw_all(waiting[:-free], Reason.CAPACITY_GONE, now=now)
    elif free > 0:
        closed = Offer.objects.filter(clinic_id=clinic_id, reason__in=[*FULL, Reason.CLINIC_UNAVAILABLE])
        closed.update(may_ask_again=True)
        _place(list_unplaced(), clinic_id, free, now)


def _waiting(clinic_id: UUID) -> list[UUID]:
    newest_first = Offer.objects.filter(clinic_id=clinic_id, status__in=OPEN).order_by("-made_at", "-id")
    return list(newest_first.values_list("id", flat=True))


def _place(unplaced: QuerySet[Request], clinic_id: UUID, free: int, now: datetime) -> None:
    """Route those again whom the clinic could take, as many as it has places."""
    for request_id in unplaced.values_list("id", flat=True)[:MOST_UNPLACED]:
        if free <= 0:
            return
        free -= _route_again(request_id, clinic_id, now)


def _route_again(request_id: UUID, clinic_id: UUID, now: datetime) -> bool:
    with transaction.atomic():
        request = Request.locked(pk=request_id)
        fits = request.status == RequestStatus.UNPLACED and _fits(request, clinic_id, now)
        if fits:
            requests.reopen(request, now=now)
    return fits


def _fits(request: Request, clinic_id: UUID, now: datetime) -> bool:
    member = benefits.get_member(request.member_id)
    coverage = requests.coverage_today(member, now)
    if coverage is None:
        return False
    asked = list_asked([request])[request.pk].not_again
    wish = wish_of(request, member=member, coverage=coverage, asked=asked, now=now)
    found = find_one(clinic_id, wish, locate(request.preferences["near"]))
    return found is not None and not refusals(found, wish)
