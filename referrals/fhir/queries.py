"""Gathering what a reader of a referral is told."""

from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.conf import settings

from benefits import facade as benefits
from referrals.clinics.models import Clinic
from referrals.fhir.rules.facts import Agreed, Asked, Person, Practice, Referral
from referrals.offers.models import Offer
from referrals.offers.queries.offers import list_offers
from referrals.offers.rules import TAKEN
from referrals.requests.models import Request
from referrals.requests.rules import RequestStatus, Urgency
from referrals.sandbox.queries import get_accepted
from referrals.sandbox.rules import PERSON, SUMMARY
from referrals.screening.queries import consents_in_force
from referrals.screening.rules.consents import ConsentKind
from referrals.screening.rules.disclosing import NEEDED

BENEFIT = Practice(id=uuid5(NAMESPACE_URL, settings.BASE_URL), name="Benefit Team")


def gather(request: Request, *, only: Offer | None, now: datetime) -> Referral:
    """Return all that a bundle tells of a referral, with one offer `only` or every one; as a worker."""
    offers = list_offers(request.pk).select_related("clinic")
    offers = offers.filter(pk=only.pk) if only else offers
    member = benefits.get_member(request.member_id)
    taken = [_practice(offer.clinic) for offer in offers if offer.status in TAKEN]
    return Referral(
        id=request.pk,
        status=str(request.status),
        is_urgent=request.urgency == Urgency.URGENT,
        opened_at=request.opened_at,
        wanted=_wanted(request.preferences),
        person=_person(request.pk, member),
        is_covered=benefits.coverage_of(member.id, on=now.date(), under_way_since=request.opened_at.date()) is not None,
        agreed=_agreed(member.id, now),
        benefit=BENEFIT,
        asked=tuple(_asked(offer) for offer in offers),
        taken_by=taken[0] if taken else None,
    )


def gather_test(referral_id: UUID) -> Referral:
    """Return what a test offer that the acting clinic accepted would open, about nobody. Raises NotFound."""
    offer = get_accepted(referral_id)
    closed_at = offer.closed_at or offer.made_at
    clinic = _practice(offer.clinic)
    asked = Asked(
        id=offer.pk,
        clinic=clinic,
        status=offer.status,
        reason="",
        respond_by=offer.respond_by,
        made_at=offer.made_at,
        changed_at=closed_at,
    )
    return Referral(
        id=referral_id,
        status=str(RequestStatus.ACCEPTED),
        is_urgent=False,
        opened_at=offer.made_at,
        wanted=_wanted(SUMMARY),
        person=Person(id=uuid5(referral_id, "patient"), **PERSON),
        is_covered=True,
        agreed=(),
        benefit=BENEFIT,
        asked=(asked,),
        taken_by=clinic,
        is_test=True,
    )


def _agreed(member_id: UUID, now: datetime) -> tuple[Agreed, ...]:
    """What a clinic is told under: without the consent to that there is none, whatever else was agreed to."""
    in_force = consents_in_force(member_id, now=now)
    if not NEEDED.issubset(in_force):
        return ()
    told_under = [in_force[kind] for kind in (ConsentKind.CLINIC, ConsentKind.SUBSTANCE_USE) if kind in in_force]
    return tuple(
        Agreed(
            kind=consent.kind,
            version=consent.version,
            at=consent.given_at,
            until=consent.expires_at,
            is_substance_use=consent.kind == ConsentKind.SUBSTANCE_USE,
        )
        for consent in told_under
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
        changed_at=offer.ended_at or offer.closed_at or offer.received_at or offer.made_at,
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
