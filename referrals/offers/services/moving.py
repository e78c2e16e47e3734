"""Moving an offer: every service locks the request first and then the offer, so that all that races meets in one order.

All run as a worker: an acceptance also moves the request, which a clinic may not see before.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

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
from referrals.requests.rules import FINAL, RequestStatus
from referrals.routing.services import count_answer
from workers.kernel.errors import DomainError, NotFound
from workers.outbox.publishing import publish


class OfferNotOpen(DomainError):
    """The offer takes no such answer any more: `state` is the offer's status now."""

    code = "offer_not_open"


_COUNTED = {OfferStatus.ACCEPTED: "acceptances", OfferStatus.REJECTED: "declines", OfferStatus.FAILED: "silences"}


def lock(offer_id: UUID, *, clinic_id: UUID | None = None) -> tuple[Request, Offer]:
    """Lock an offer's request and then the offer, by one statement: PostgreSQL locks in the order of its OF.

    Raises NotFound, also for another clinic's.
    """
    mine = {"clinic_id": clinic_id} if clinic_id else {}
    both = Offer.objects.select_related("request").select_for_update(of=("request", "self"))
    offer = both.filter(pk=offer_id, **mine).first()
    if offer is None:
        raise NotFound("There is no such offer.")
    return offer.request, offer


def require_open(request: Request, offer: Offer, answered_at: datetime) -> None:
    """A deadline, a withdrawal, other wishes count from their moment, not from when a worker gets to the offer."""
    state = OfferStatus(offer.status)
    if state in OPEN and (request.status in FINAL or offer.revision != request.revision):
        state = OfferStatus.CANCELLED
    elif state in OPEN and answered_at > offer.respond_by:
        state = OfferStatus.FAILED
    if state not in OPEN:
        raise OfferNotOpen(f"This offer is {state}.", state=str(state))


def shift(offer: Offer, to: OfferStatus, *, by: Mover, now: datetime, reason: str = "", **fields: Any) -> None:
    """Bring an offer to another state by compare-and-set: whoever else moved it meanwhile wins. Raises OfferNotOpen.

    Counts the answer, where one was awaited.
    """
    former = offer.status
    if not may_move(former, to, by):
        raise OfferNotOpen(f"An offer that is {former} does not become {to}.", state=str(former))
    changes: dict[str, Any] = {"status": to, "moved_by": by, "reason": reason} | fields
    if former in OPEN and to not in OPEN:
        changes["closed_at"] = now
    if not Offer.objects.filter(pk=offer.pk, status=former).update(**changes):
        raise OfferNotOpen("This offer was answered just now.", state=str(get_offer(offer.pk).status))
    for name, value in changes.items():
        setattr(offer, name, value)
    if former in OPEN and to not in OPEN:
        seconds = int((now - offer.made_at).total_seconds())
        count_answer(offer.clinic_id, outcome=_COUNTED.get(to, ""), seconds=max(seconds, 0))


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
