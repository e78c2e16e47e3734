"""Reading offers."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from referrals.clinics.models import Clinic
from referrals.clinics.queries.near import in_good_standing
from referrals.offers.models import Offer, ReferralRead
from referrals.offers.rules import OPEN, TAKEN
from referrals.requests.models import Request
from referrals.requests.queries import list_predecessors
from workers.deliveries.queries import first_taken
from workers.kernel.errors import NotFound

_OFFERED = "referral.offered"  # the message by which a clinic's system is told


def get_offer(offer_id: UUID) -> Offer:
    """Return an offer that the actor may see. Raises NotFound."""
    offer = Offer.objects.filter(pk=offer_id).first()
    if offer is None:
        raise NotFound("There is no such offer.")
    return offer


def list_own_offers() -> QuerySet[Offer]:
    """Return the offers to the acting clinic, without the member's id, which its role may not read."""
    return Offer.objects.defer("member_id")


def list_offers(request_id: UUID) -> QuerySet[Offer]:
    """Return a request's offers in the order in which they were made."""
    return Offer.objects.filter(request_id=request_id).order_by("made_at", "id")


def list_delivered(offers: Collection[Offer]) -> dict[UUID, datetime]:
    """Return when each clinic's system took the message about its offer; whether it was read is another matter."""
    clinic_ids, offer_ids = {offer.clinic_id for offer in offers}, [offer.pk for offer in offers]
    return first_taken(_OFFERED, owner_ids=clinic_ids, ordering_keys=offer_ids)


def count_waiting(request_id: UUID) -> int:
    """Return how many clinics have been asked and have not answered."""
    return Offer.objects.filter(request_id=request_id, status__in=OPEN).count()


@dataclass(frozen=True, kw_only=True)
class Asked:
    """How many clinics have been asked for a request and have not answered, and which are not to be asked (again)."""

    waiting: int
    not_again: frozenset[UUID]


def list_asked(wanting: Collection[Request]) -> dict[UUID, Asked]:
    """Return who was asked, by the requests' ids. Not asked again is who answered, or had the request whose place
    theirs took.
    """
    offers: dict[UUID, list[tuple[UUID, str, bool]]] = defaultdict(list)
    rows = Offer.objects.filter(request__in=[request.pk for request in wanting])
    for request_id, clinic_id, status, again in rows.values_list("request_id", "clinic_id", "status", "may_ask_again"):
        offers[request_id].append((clinic_id, status, again))
    return {request.pk: _asked(request, offers[request.pk]) for request in wanting}


def _asked(request: Request, offers: Collection[tuple[UUID, str, bool]]) -> Asked:
    former = {one.clinic_id for one in list_predecessors(request) if one.clinic_id}
    return Asked(
        waiting=sum(status in OPEN for _, status, _ in offers),
        not_again=frozenset(former | {clinic_id for clinic_id, _, may_ask_again in offers if not may_ask_again}),
    )


def get_taken(request_id: UUID) -> Offer | None:
    """Return the offer of the clinic that treats, or treated, if there is one."""
    return Offer.objects.filter(request_id=request_id, status__in=TAKEN).first()


def list_reads(request_id: UUID) -> QuerySet[ReferralRead]:
    """Return who read a referral in full."""
    return ReferralRead.objects.filter(request_id=request_id)


def may_take(clinic_id: UUID, *, now: datetime) -> bool:
    """Whether a clinic may take anybody: it is active and all that it has to have is in force."""
    return Clinic.objects.filter(in_good_standing(now), pk=clinic_id).exists()
