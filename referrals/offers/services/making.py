"""Making offers: the next clinics are asked, told, and watched."""

from collections.abc import Mapping, Sequence
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
from referrals.offers.queries.offers import list_asked
from referrals.offers.rules import OPEN, Mover, OfferStatus, Reason, age_band
from referrals.offers.services.moving import close, lock_all
from referrals.requests import services as requests
from referrals.requests.models import Request
from referrals.requests.rules import RequestStatus
from referrals.routing.services import Choice, Decided, Wanting, at_once, count_offers, decide, keep_gap
from referrals.screening.queries import shareable_result
from workers.deliveries.queueing import Outgoing, queue_messages
from workers.kernel.errors import NotFound
from workers.kernel.trace import current_trace, traced
from workers.outbox.publishing import publish_all
from workers.timers.scheduling import schedule_all, timer_for

_ROUTED = (RequestStatus.OPEN, RequestStatus.OFFERED)


@dataclass(frozen=True, kw_only=True)
class Unasked:
    """A request for which clinics are to be asked; `trace` is of the walk that its offers go on."""

    request_id: UUID
    trace: str = field(default_factory=current_trace)


@dataclass(frozen=True, kw_only=True)
class Making:
    """Offers to be made of one request, to the clinics of `choices`."""

    request: Request
    choices: Sequence[Choice]
    member: benefits.Member
    trace: str = field(default_factory=current_trace)


def offer_next(*, request_id: UUID, now: datetime) -> list[Offer]:
    """Offer one request to the next clinics, as `offer_all` does."""
    return offer_all([Unasked(request_id=request_id)], now=now)


def offer_all(unasked: Sequence[Unasked], *, now: datetime) -> list[Offer]:
    """Offer each request to as many of the best clinics as the policy asks at once, or put it on the operator's list.

    Nothing becomes of one in another state: it was withdrawn, waits for a person, or enough are asked. One whose member
    is not covered any more lapses. Of a clinic that others asked meanwhile, and that has no place for all, the last
    offers are closed at once: the request goes on to the next. Raises NotFound.
    """
    traces = {one.request_id: one.trace for one in unasked}
    with transaction.atomic(savepoint=False):
        locked = Request.objects.select_for_update(of=("self",)).filter(pk__in=traces).order_by("pk")
        requests_ = list(locked.select_related("screening"))
        if len(requests_) < len(traces):
            raise NotFound("There is no such referral.")
        decided = decide(_wanting([one for one in requests_ if one.status in _ROUTED], traces, now), now=now)
        making = [_making(one, traces) for one in decided if one.choices]
        offers = _within_capacity(*make(making, by=Mover.SYSTEM, now=now), traces, now) if making else []
        for one in decided:
            if one.found_nobody:
                with traced(traces[one.wanting.request.pk]):
                    keep_gap(one, now=now)
                    requests.mark_unplaced(one.wanting.request, now=now)
    return offers


def _making(decided: Decided, traces: Mapping[UUID, str]) -> Making:
    one = decided.wanting
    return Making(request=one.request, choices=decided.choices, member=one.member, trace=traces[one.request.pk])


def _wanting(open_: Sequence[Request], traces: Mapping[UUID, str], now: datetime) -> list[Wanting]:
    """Of open requests those that want more clinics to be asked; one without cover lapses."""
    asked = list_asked(open_)
    hungry = [one for one in open_ if asked[one.pk].waiting < at_once(one.urgency)]
    members = benefits.get_members({one.member_id for one in hungry})
    covers = requests.coverages_today(members.values(), now)
    for one in hungry:
        if one.member_id not in covers:
            with traced(traces[one.pk]):
                requests.lapse(one, now=now)
    return [
        Wanting(
            request=one,
            member=members[one.member_id],
            coverage=covers[one.member_id],
            asked=asked[one.pk].not_again,
            places=at_once(one.urgency) - asked[one.pk].waiting,
            waiting=asked[one.pk].waiting,
        )
        for one in hungry
        if one.member_id in covers
    ]


def make(making: Sequence[Making], *, by: Mover, now: datetime) -> tuple[list[Offer], Mapping[UUID, int]]:
    """Offer requests to clinics, and return how many too many wait at clinics that others asked meanwhile.

    The caller holds the requests' locks. With as many statements for many as for one.
    """
    made = {offer: one.trace for one in making for offer in _offers(one, by, now)}
    offers = list(made)
    Offer.objects.bulk_create(offers)
    _await(making, now)
    walks = {offer.pk: trace for offer, trace in made.items()}
    publish_all([(_made(offer), offer) for offer in offers], now=now, traces=walks)
    schedule_all(
        [
            timer_for(OfferAnswerDue(offer_id=offer.pk), about=offer, due_at=offer.respond_by, trace=trace)
            for offer, trace in made.items()
        ]
    )
    return offers, count_offers([offer.clinic_id for offer in offers], now=now)


def _within_capacity(
    offers: Sequence[Offer], over: Mapping[UUID, int], traces: Mapping[UUID, str], now: datetime
) -> list[Offer]:
    """Close what is too much, the last first; the clinic, whose record is locked, has not been told yet."""
    left = dict(over)
    kept = []
    for offer in sorted(offers, key=lambda offer: offer.clinic_id):
        if left.get(offer.clinic_id, 0) > 0:
            left[offer.clinic_id] -= 1
            with traced(traces[offer.request_id]):
                close(offer.request, offer, OfferStatus.CANCELLED, Reason.CAPACITY_GONE, by=Mover.SYSTEM, now=now)
        else:
            kept.append(offer)
    return kept


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
    with transaction.atomic(savepoint=False):
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


def _offers(making: Making, by: Mover, now: datetime) -> list[Offer]:
    request, summary = making.request, _summary(making.request, making.member, now)
    return [
        Offer(
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
        for choice in making.choices
    ]


def _await(making: Sequence[Making], now: datetime) -> None:
    """A request is offered until the last answer that is awaited."""
    until = {one.request: max(choice.respond_by for choice in one.choices) for one in making}
    requests.mark_offered({one: at for one, at in until.items() if one.status == RequestStatus.OPEN}, now=now)
    for request, at in until.items():
        if request.due_by is None or at > request.due_by:
            request.due_by = at
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
        "result_of_screening": shareable_result(request.screening),
    }
