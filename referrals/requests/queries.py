"""Reading requests; row-level security shows each actor its own."""

from functools import cache
from pathlib import Path
from uuid import UUID

import msgspec
from django.db.models import Prefetch, QuerySet

from referrals.requests.models import Request, RequestNote, RequestStep
from referrals.requests.rules import BLOCKING, FOR_A_PERSON, PENDING, Promises, RequestStatus
from workers.kernel.errors import NotFound

_PROMISES = Path(__file__).parent / "data" / "promises.json"


@cache
def get_promises() -> Promises:
    """Return within what time a person acts."""
    return msgspec.json.decode(_PROMISES.read_bytes(), type=Promises)


def list_requests() -> QuerySet[Request]:
    """Return the requests that the actor may see."""
    return Request.objects.all()


def get_request(request_id: UUID) -> Request:
    """Return a request. Raises NotFound."""
    request = list_requests().filter(pk=request_id).first()
    if request is None:
        raise NotFound("There is no such referral.")
    return request


def get_blocking(member_id: UUID, kind: str) -> Request | None:
    """Return the one request of a kind that stands in the way of another, if there is one."""
    return list_requests().filter(member_id=member_id, kind=kind, status__in=BLOCKING).first()


def list_pending_of(member_id: UUID) -> QuerySet[Request]:
    """Return a member's requests that no clinic has accepted yet."""
    return list_requests().filter(member_id=member_id, status__in=PENDING)


def list_with_steps() -> QuerySet[Request]:
    """Return the requests that the actor may see, each with its `steps` in their order; not for clinics."""
    return list_requests().prefetch_related(Prefetch("steps", queryset=RequestStep.objects.order_by("at", "id")))


def get_with_steps(request_id: UUID) -> Request:
    """Return a request whose `steps` are in their order; not for clinics. Raises NotFound."""
    request = list_with_steps().filter(pk=request_id).first()
    if request is None:
        raise NotFound("There is no such referral.")
    return request


def list_waiting_for_operator() -> QuerySet[Request]:
    """Return what a person has to look at: nobody is left to ask, or the screening was urgent."""
    return list_requests().filter(status__in=FOR_A_PERSON)


def list_unplaced() -> QuerySet[Request]:
    """Return those for whom nobody was left to ask, the urgent first, then who has waited longest."""
    unplaced = list_requests().filter(status=RequestStatus.UNPLACED)
    return unplaced.order_by("-urgency", "opened_at")  # "urgent" comes after "standard"


def list_notes(request_id: UUID) -> QuerySet[RequestNote]:
    """Return what operators noted about a request."""
    return RequestNote.objects.filter(request_id=request_id)


def list_predecessors(request: Request) -> list[Request]:
    """Return the requests that this one follows, the latest first."""
    found: list[Request] = []
    while request.previous_id:
        request = get_request(request.previous_id)
        found.append(request)
    return found
