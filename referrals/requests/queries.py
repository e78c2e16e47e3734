"""Reading requests; row-level security shows each actor its own."""

from uuid import UUID

from django.db.models import Prefetch, QuerySet

from referrals.requests.models import Request, RequestStep
from referrals.requests.rules import RequestStatus
from workers.kernel.errors import NotFound


def list_requests() -> QuerySet[Request]:
    """Return the requests that the actor may see."""
    return Request.objects.all()


def get_request(request_id: UUID) -> Request:
    """Return a request. Raises NotFound."""
    request = list_requests().filter(pk=request_id).first()
    if request is None:
        raise NotFound("There is no such referral.")
    return request


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
    return Request.objects.filter(status__in=[RequestStatus.UNPLACED, RequestStatus.REVIEW])
