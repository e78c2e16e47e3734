"""Gathering what a reader of a referral may be told.

A clinic reads what it accepted, with its own offer alone; a member and an operator with every clinic that was asked.
"""

from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.conf import settings

from benefits import facade as benefits
from referrals.clinics.models import Clinic
from referrals.fhir.rules.facts import Agreed, Asked, Person, Practice, Referral
from referrals.offers.models import Offer
from referrals.offers.queries import list_own_offers
from referrals.requests.models import Request
from referrals.requests.queries import get_request
from referrals.screening.queries import get_screening
from referrals.screening.rules import Result
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.errors import NotFound

TAKEN = ("accepted", "in-progress", "completed")
BENEFIT = Practice(id=uuid5(NAMESPACE_URL, settings.BASE_URL), name="Benefit Team")


def gather_for_clinic(request_id: UUID, *, now: datetime) -> Referral:
    """Return a referral that the acting clinic accepted, with its own offer. Raises NotFound for every other.

    Whether it accepted is asked as the clinic; only then is the rest, which no clinic may read, read as a worker.
    """
    offer = list_own_offers().filter(request_id=request_id, status__in=TAKEN).first()
    if offer is None:
        raise NotFound("There is no such referral.")
    with acting_as(WORKER):
        return _gather(get_request(request_id), [Offer.objects.select_related("clinic").get(pk=offer.pk)], now)


def gather(request_id: UUID, *, now: datetime) -> Referral:
    """Return a referral that the actor, a member or an operator, may see. Raises NotFound."""
    get_request(request_id)
    with acting_as(WORKER):
        offers = Offer.objects.select_related("clinic").filter(request_id=request_id).order_by("made_at", "id")
        return _gather(get_request(request_id), list(offers), now)


def _gather(request: Request, offers: list[Offer], now: datetime) -> Referral:
    member = benefits.get_member(request.member_id)
    screening = get_screening(request.screening_id)
    taken = [_practice(offer.clinic) for offer in offers if offer.status in TAKEN]
    return Referral(
        id=request.pk,
        status=str(request.status),
        is_urgent=screening.result == Result.URGENT,
        opened_at=request.opened_at,
        wanted=_wanted(request.preferences),
        person=_person(request.pk, member),
        is_covered=benefits.coverage_of(member.id, on=now.date(), under_way_since=request.opened_at.date()) is not None,
        agreed=Agreed(version=screening.consent_version, at=screening.submitted_at),
        benefit=BENEFIT,
        asked=tuple(_asked(offer) for offer in offers),
        taken_by=taken[0] if taken else None,
    )


def _person(request_id: UUID, member: benefits.Member) -> Person:
    return Person(
        id=uuid5(request_id, "patient"),
        first_name=member.first_name,
        last_name=member.last_name,
        date_of_birth=member.date_of_birth,
        email=member.email,
        postal_code=member.postal_code,
        state=member.state,
        language=member.language,
    )


def _asked(offer: Offer) -> Asked:
    return Asked(
        id=offer.pk,
        clinic=_practice(offer.clinic),
        status=str(offer.status),
        reason=str(offer.reason),
        respond_by=offer.respond_by,
        made_at=offer.made_at,
        changed_at=offer.closed_at or offer.made_at,
    )


def _practice(clinic: Clinic) -> Practice:
    return Practice(
        id=clinic.pk,
        name=clinic.name,
        npi=clinic.npi,
        street=clinic.street,
        city=clinic.city,
        state=clinic.state,
        postal_code=clinic.postal_code,
    )


def _wanted(preferences: dict[str, Any]) -> tuple[str, ...]:
    """What the member said that they want, in words; where they live and how far they go is not the clinic's."""
    said = {
        "Route": ", ".join(preferences.get("routes", ())),
        "Protocol": preferences.get("protocol", ""),
        "Format": preferences.get("format", ""),
        "Language": preferences.get("language", ""),
    }
    return tuple(f"{name}: {value}" for name, value in said.items() if value)
