"""Reading offers, and the full referral that an accepted one opens."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from benefits import facade as benefits
from referrals.offers.models import Offer
from referrals.offers.rules import OfferStatus
from referrals.requests.queries import get_request
from referrals.screening.queries import get_screening, list_disclosable_findings
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.errors import NotFound


@dataclass(frozen=True, kw_only=True)
class FullReferral:
    """What a clinic needs to treat somebody whom it accepted. `findings` are without substance use."""

    id: UUID
    offer_id: UUID
    route: str
    protocol: str
    format: str
    preferences: dict[str, Any]
    first_name: str
    last_name: str
    date_of_birth: date
    email: str
    postal_code: str
    state: str
    language: str
    timezone: str
    result_of_screening: str
    findings: list[str]
    scores: dict[str, int]


def get_offer(offer_id: UUID) -> Offer:
    """Return an offer that the actor may see. Raises NotFound."""
    offer = Offer.objects.filter(pk=offer_id).first()
    if offer is None:
        raise NotFound("There is no such offer.")
    return offer


def list_own_offers() -> QuerySet[Offer]:
    """Return the offers to the acting clinic, without the member's id, which its role may not read."""
    return Offer.objects.defer("member_id")


def count_unanswered() -> dict[UUID, int]:
    """Return how many offers wait for an answer, by clinic."""
    waiting = Offer.objects.filter(status=OfferStatus.REQUESTED).values("clinic_id")
    return dict(waiting.annotate(count=Count("id")).values_list("clinic_id", "count"))


def get_full_referral(request_id: UUID) -> FullReferral:
    """Return the referral that the acting clinic accepted. Raises NotFound for every other, and before it accepts.

    Whether it accepted is asked as the clinic; only then is the member, whom no clinic may read, read as a worker.
    """
    offer = list_own_offers().filter(request_id=request_id, status=OfferStatus.ACCEPTED).first()
    if offer is None:
        raise NotFound("There is no such referral.")
    with acting_as(WORKER):
        request = get_request(request_id)
        return _full(offer, request.preferences, request.screening_id, benefits.get_member(request.member_id))


def _full(offer: Offer, preferences: dict[str, Any], screening_id: UUID, member: benefits.Member) -> FullReferral:
    screening = get_screening(screening_id)
    return FullReferral(
        id=offer.request_id,
        offer_id=offer.pk,
        route=offer.route,
        protocol=offer.protocol,
        format=offer.format,
        preferences=preferences,
        first_name=member.first_name,
        last_name=member.last_name,
        date_of_birth=member.date_of_birth,
        email=member.email,
        postal_code=member.postal_code,
        state=member.state,
        language=member.language,
        timezone=member.timezone,
        result_of_screening=screening.result,
        findings=list_disclosable_findings(screening),
        scores=screening.assessment["scores"],
    )
