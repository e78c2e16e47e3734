"""Moving an offer: every service locks the request first and then the offer, so that all that races meets in one order.

All run as a worker: an acceptance also moves the request, which a clinic may not see before.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from referrals.events import OfferClosed
from referrals.offers.models import Offer
from referrals.offers.queries.offers import count_waiting, get_offer
from referrals.offers.rules import (
    DECLINE_REASONS,
    NEVER_ASKED_IN_EARNEST,
    OPEN,
    OUTCOMES,
    Mover,
    OfferStatus,
    Reason,
    may_move,
)
from referrals.requests import services as requests
from referrals.requests.models import Request
from referrals.requests.rules import PENDING, RequestStatus
from referrals.routing.services import count_answer
from workers.kernel.compiled import Compiled, Given
from workers.kernel.errors import DomainError, NotFound
from workers.outbox.publishing import publish


class OfferNotOpen(DomainError):
    """The offer takes no such answer any more: `state` is the offer's status now."""

    code = "offer_not_open"


_COUNTED = {OfferStatus.ACCEPTED: "acceptances", OfferStatus.REJECTED: "declines", OfferStatus.FAILED: "silences"}


_BOTH = Compiled(lambda: _locked().filter(pk=Given("offer_id")))
_BOTH_OF_CLINIC = Compiled(lambda: _locked().filter(pk=Given("offer_id"), clinic_id=Given("clinic_id")))
_WAITING = Compiled(
    lambda: (
        Offer.objects.select_for_update(of=("self",))
        .filter(request_id=Given("request_id"), status__in=OPEN)
        .order_by("clinic_id")
    )
)


def lock(offer_id: UUID, *, clinic_id: UUID | None = None) -> tuple[Request, Offer]:
    """Lock an offer's request and then the offer, by one statement: PostgreSQL locks in the order of its OF.

    Raises NotFound, also for another clinic's.
    """
    if clinic_id is None:
        offer = _BOTH.first(offer_id=offer_id)
    else:
        offer = _BOTH_OF_CLINIC.first(offer_id=offer_id, clinic_id=clinic_id)
    if offer is None:
        raise NotFound("There is no such offer.")
    return offer.request, offer


def lock_all(offer_ids: Collection[UUID]) -> list[Offer]:
    """Lock several offers and their requests in the order of the requests' ids. Raises NotFound."""
    offers = list(_locked().filter(pk__in=offer_ids).order_by("request_id", "pk"))
    if len(offers) < len(offer_ids):
        raise NotFound("There is no such offer.")
    return offers


def lock_waiting(request: Request) -> list[Offer]:
    """Lock the offers of a request that are not answered yet, in the order of their clinics."""
    return _WAITING(request_id=request.pk)


def _locked() -> QuerySet[Offer]:
    return Offer.objects.select_related("request").select_for_update(of=("request", "self"))


def require_open(request: Request, offer: Offer, answered_at: datetime) -> None:
    """A deadline, a withdrawal, other wishes count from their moment, not from when a worker gets to the offer.

    So an answer that came in time counts after the deadline's timer, too, as long as nobody else has said yes.
    """
    state, is_in_time = OfferStatus(offer.status), answered_at <= offer.respond_by
    is_wished = request.status in PENDING and offer.revision == request.revision
    if state in OPEN and not is_wished:
        state = OfferStatus.CANCELLED
    elif state in OPEN and not is_in_time:
        state = OfferStatus.FAILED
    if state not in OPEN and not (is_wished and is_in_time and was_silent(offer)):
        raise OfferNotOpen(f"This offer is {state}.", state=str(state))


def was_silent(offer: Offer) -> bool:
    """Whether the offer was closed because no answer had been seen by its deadline."""
    return offer.status == OfferStatus.FAILED and offer.reason == Reason.NO_ANSWER


def shift(offer: Offer, to: OfferStatus, *, by: Mover, now: datetime, reason: str = "", **fields: Any) -> None:
    """Bring an offer to another state by compare-and-set: whoever else moved it meanwhile wins. Raises OfferNotOpen.

    Counts the answer, where one was awaited or taken for silence.
    """
    former, was = offer.status, {"status": offer.status, "reason": offer.reason}
    is_answer = was_silent(offer) or (former in OPEN and to not in OPEN)
    if not may_move(former, to, by):
        raise OfferNotOpen(f"An offer that is {former} does not become {to}.", state=str(former))
    changes: dict[str, Any] = {"status": to, "moved_by": by, "reason": reason} | fields
    if is_answer:
        changes["closed_at"] = now
    if not Offer.objects.filter(pk=offer.pk, **was).update(**changes):
        raise OfferNotOpen("This offer was answered just now.", state=str(get_offer(offer.pk).status))
    for name, value in changes.items():
        setattr(offer, name, value)
    if is_answer:
        seconds = int((now - offer.made_at).total_seconds())
        count_answer(
            offer.clinic_id, outcome=_COUNTED.get(to, ""), seconds=max(seconds, 0), was_silence=former not in OPEN
        )


def close(request: Request, offer: Offer, status: OfferStatus, reason: Reason, *, by: Mover, now: datetime) -> None:
    """End an open offer. When no other clinic is being asked, its request is open again: the reaction asks the next."""
    shift(offer, status, by=by, now=now, reason=reason, may_ask_again=reason in NEVER_ASKED_IN_EARNEST)
    if request.status == RequestStatus.OFFERED and not count_waiting(request.pk):
        requests.move(request, RequestStatus.OPEN, now=now)
    announce_end(offer, now)


def announce_end(offer: Offer, now: datetime) -> None:
    """Publish that an offer ended without, or after, a yes."""
    outcome = OUTCOMES[OfferStatus(offer.status)]
    event = OfferClosed(offer_id=offer.pk, request_id=offer.request_id, clinic_id=offer.clinic_id, outcome=outcome)
    publish(event, about=offer, now=now)


def is_clinics_own(reason: str) -> bool:
    """Whether a clinic gave this reason itself and needs not be told of it."""
    return reason in DECLINE_REASONS
