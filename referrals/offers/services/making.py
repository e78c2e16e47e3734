"""Making offers: the next clinics are asked, told, and watched."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction

from benefits import facade as benefits
from referrals.events import OfferAnswerDue, OfferMade
from referrals.messages import ReferralOffered, RequestSummary
from referrals.offers.models import Offer
from referrals.offers.queries.offers import Asked, list_asked
from referrals.offers.rules import OPEN, Mover, OfferStatus, Reason, age_band
from referrals.offers.services.moving import close, lock_all
from referrals.requests import services as requests
from referrals.requests.models import Request
from referrals.requests.rules import RequestStatus
from referrals.routing.services import Choice, at_once, count_offers, decide
from referrals.screening.queries import get_screening, shareable_result
from workers.deliveries.queueing import Outgoing, queue_messages
from workers.kernel.trace import current_trace, traced
from workers.outbox.publishing import publish_all
from workers.timers.scheduling import schedule


def offer_next(*, request_id: UUID, now: datetime) -> list[Offer]:
    """Offer a request to as many of the best clinics as the policy asks at once, or put it on the operator's list.

    Does nothing when the request is in another state: it was withdrawn, waits for a person, or enough are asked. One
    whose member is not covered any more lapses.
    """
    with transaction.atomic():
        request = Request.locked(pk=request_id)
        if request.status not in (RequestStatus.OPEN, RequestStatus.OFFERED):
            return []
        asked = list_asked(request)
        places = at_once(request.urgency) - asked.waiting
        return _ask(request, asked, places=places, now=now) if places > 0 else []


def _ask(request: Request, asked: Asked, *, places: int, now: datetime) -> list[Offer]:
    member = benefits.get_member(request.member_id)
    coverage = requests.coverage_today(member, now)
    if coverage is None:
        requests.lapse(request, now=now)
        return []
    about: dict[str, Any] = {"member": member, "coverage": coverage, "places": places, "now": now}
    choices = decide(request, asked=asked.not_again, waiting=asked.waiting, **about)
    if choices:
        return make(request, choices, member=member, by=Mover.SYSTEM, now=now)
    if not asked.waiting:
        requests.mark_unplaced(request, now=now)
    return []


def make(
    request: Request, choices: Sequence[Choice], *, member: benefits.Member, by: Mover, now: datetime
) -> list[Offer]:
    """Offer a request to clinics. The caller holds its lock."""
    summary = _summary(request, member, now)
    offers = [_offer(request, choice, summary, by, now) for choice in choices]
    for offer in offers:
        offer.save(force_insert=True)
    _await(request, max(offer.respond_by for offer in offers), now)
    publish_all([(_made(offer), offer) for offer in offers], now=now)
    for offer in offers:
        schedule(OfferAnswerDue(offer_id=offer.pk), about=offer, due_at=offer.respond_by)
    count_offers([offer.clinic_id for offer in offers], now=now)
    return offers


@dataclass(frozen=True, kw_only=True)
class Made:
    """An offer that was made, by the event that says so; `trace` is of the walk that both belong to."""

    offer_id: UUID
    event_id: UUID
    trace: str = field(default_factory=current_trace)


def send(made: Sequence[Made], *, now: datetime) -> None:
    """Send offers to their clinics' systems, however many, with as many statements as for one.

    A clinic without a system is passed over at once, unless its staff can sign in. Raises NotFound.
    """
    by_id = {one.offer_id: one for one in made}
    with transaction.atomic():
        waiting = [offer for offer in lock_all(by_id) if offer.status in OPEN]
        told = queue_messages([_outgoing(offer, by_id[offer.pk]) for offer in waiting], now=now)
        unheard = [offer for offer, number in zip(waiting, told, strict=True) if not number]
        for offer in sorted(unheard, key=lambda offer: offer.clinic_id):
            if not benefits.list_clinic_emails(offer.clinic_id):
                with traced(by_id[offer.pk].trace):
                    close(offer.request, offer, OfferStatus.FAILED, Reason.NO_ENDPOINT, by=Mover.SYSTEM, now=now)


def _outgoing(offer: Offer, made: Made) -> Outgoing:
    asked = msgspec.convert(offer.summary, RequestSummary)
    return Outgoing(
        message=ReferralOffered(offer_id=offer.pk, respond_by=offer.respond_by, request=asked, version=offer.version),
        owner_id=offer.clinic_id,
        event_id=made.event_id,
        ordering_key=offer.pk,
        trace=made.trace,
    )


def _offer(request: Request, choice: Choice, summary: dict[str, Any], by: Mover, now: datetime) -> Offer:
    return Offer(
        request=request,
        member_id=request.member_id,
        clinic_id=choice.clinic_id,
        revision=request.revision,
        route=choice.match.route,
        protocol=choice.match.protocol,
        format=choice.match.format,
        summary=summary,
        moved_by=by,
        respond_by=choice.respond_by,
        made_at=now,
    )


def _await(request: Request, respond_by: datetime, now: datetime) -> None:
    if request.status == RequestStatus.OPEN:
        requests.move(request, RequestStatus.OFFERED, now=now, respond_by=respond_by)
    else:
        request.due_by = max(respond_by, request.due_by or respond_by)
        request.save(update_fields=["due_by"])


def _made(offer: Offer) -> OfferMade:
    return OfferMade(
        offer_id=offer.pk, request_id=offer.request_id, clinic_id=offer.clinic_id, respond_by=offer.respond_by
    )


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
        "result_of_screening": shareable_result(get_screening(request.screening_id)),
    }
