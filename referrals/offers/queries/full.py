"""The full referral, which an accepted offer opens. Only services.reading gives it away, with a row of the audit."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from benefits import facade as benefits
from referrals.offers.models import Offer
from referrals.offers.queries.offers import list_own_offers
from referrals.offers.rules import TAKEN
from referrals.requests.queries import get_request
from referrals.sandbox.queries import get_accepted
from referrals.sandbox.rules import PERSON, SUMMARY, TIMEZONE
from referrals.screening.queries import DisclosedAnswers
from referrals.screening.rules.consents import ConsentText

NOT_SHARED = "not_shared"
FOR_THE_CLINIC = ("routes", "protocol", "format", "language", "therapist_gender", "times")  # what it treats by


@dataclass(frozen=True, kw_only=True)
class AgreedText:
    """A consent by which a clinic reads answers: what it is about, its version, and its text in English."""

    kind: str
    version: str
    text: str


@dataclass(frozen=True, kw_only=True)
class FullReferral:
    """What a clinic needs to treat somebody whom it accepted.

    Of the screening it holds what the member's consents let it read: else the result is `not_shared`. Where 42 CFR
    Part 2 protects some of it, `redisclosure_notice` is there and has to be shown with it. `disclosed_under` are the
    texts that the member agreed to, which go with it (42 CFR 2.32(b)).
    """

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
    redisclosure_notice: str
    disclosed_under: list[AgreedText]


def find_taken_as_clinic(request_id: UUID) -> Offer | None:
    """Return the acting clinic's offer that it accepted; None for every other, and before it accepts."""
    return list_own_offers().filter(request_id=request_id, status__in=TAKEN).first()


def get_test_referral(referral_id: UUID) -> FullReferral:
    """Return what a test offer that the acting clinic accepted would open, about nobody. Raises NotFound."""
    offer = get_accepted(referral_id)
    return FullReferral(
        id=offer.referral_id,
        offer_id=offer.pk,
        route=SUMMARY["routes"][0],
        protocol=SUMMARY["protocol"],
        format=SUMMARY["format"],
        preferences={name: SUMMARY.get(name) for name in FOR_THE_CLINIC},
        timezone=TIMEZONE,
        result_of_screening=SUMMARY["result_of_screening"],
        findings=[],
        scores={},
        redisclosure_notice="",
        disclosed_under=[],
        **PERSON,
    )


def build_full_referral(offer: Offer, disclosed: DisclosedAnswers | None) -> FullReferral:
    """Return the referral of an accepted offer; as a worker, for no clinic may read members."""
    request = get_request(offer.request_id)
    member = benefits.get_member(request.member_id)
    screening = disclosed.disclosure if disclosed else None
    notice = disclosed.redisclosure_notice if disclosed else None
    return FullReferral(
        id=offer.request_id,
        offer_id=offer.pk,
        route=offer.route,
        protocol=offer.protocol,
        format=offer.format,
        preferences={name: request.preferences.get(name) for name in FOR_THE_CLINIC},
        first_name=member.first_name,
        last_name=member.last_name,
        date_of_birth=member.date_of_birth,
        email=member.email,
        postal_code=member.postal_code,
        state=member.state,
        language=member.language,
        timezone=member.timezone,
        result_of_screening=str(screening.result) if screening else NOT_SHARED,
        findings=list(screening.findings) if screening else [],
        scores=dict(screening.scores) if screening else {},
        redisclosure_notice=notice["en"] if notice else "",
        disclosed_under=[_agreed(one) for one in disclosed.consents] if disclosed else [],
    )


def _agreed(consent: ConsentText) -> AgreedText:
    return AgreedText(kind=consent.kind, version=consent.version, text=consent.text["en"])
