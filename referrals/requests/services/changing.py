"""Changing one's mind: taking a request back, wishing otherwise, going to another clinic; and cover that ends."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from benefits import facade as benefits
from referrals.events import RequestChanged, RequestLapsed, RequestOpened, RequestWithdrawn
from referrals.requests.models import Request
from referrals.requests.queries import list_pending_of
from referrals.requests.rules import BLOCKING, PENDING, RequestStatus
from referrals.requests.services.asking import Preferences, checked
from referrals.requests.services.moving import NotInThatState, move, reopen, succeed
from referrals.screening.queries import consents_in_force
from referrals.screening.rules.consents import ConsentKind
from workers.kernel.errors import DomainError
from workers.outbox.publishing import publish


class ChangedMeanwhile(DomainError):
    """Somebody changed the request since it was read: `revision` is the present one."""

    code = "changed_meanwhile"


def withdraw(*, request_id: UUID, member_id: UUID, now: datetime) -> Request:
    """Take a request back until it has ended; again changes nothing. Raises NotFound, NotInThatState."""
    with transaction.atomic():
        request = Request.locked(pk=request_id, member_id=member_id)
        if request.status != RequestStatus.WITHDRAWN:
            _take_back(request, now)
    return request


def withdraw_unconsented(*, member_id: UUID, now: datetime) -> None:
    """Take back what no clinic has accepted, unless the member agrees again that their answers are used."""
    if ConsentKind.SCREENING in consents_in_force(member_id, now=now):
        return
    with transaction.atomic():
        for request in list_pending_of(member_id).select_for_update().order_by("pk"):
            _take_back(request, now)


def withdraw_all(*, member_id: UUID, now: datetime) -> None:
    """Take back every request of a member's that has not ended."""
    with transaction.atomic():
        for request in Request.objects.select_for_update().filter(member_id=member_id).order_by("pk"):
            if request.status in BLOCKING:
                _take_back(request, now)


def _take_back(request: Request, now: datetime) -> None:
    move(request, RequestStatus.WITHDRAWN, now=now)
    publish(RequestWithdrawn(request_id=request.pk, member_id=request.member_id), about=request, now=now)


def change_wishes(
    *, request_id: UUID, member_id: UUID, preferences: Preferences, now: datetime, revision: int | None = None
) -> Request:
    """Wish otherwise before a clinic accepted: open offers, made for the old wishes, are void from this moment.

    With `revision` only if it is still the present one. Raises NotFound, NotInThatState, ChangedMeanwhile, and what
    `open_request` raises for wishes.
    """
    with transaction.atomic():
        request = Request.locked(pk=request_id, member_id=member_id)
        if request.status not in PENDING:
            raise NotInThatState(f"The request is {request.status}.", state=request.status)
        if revision is not None and revision != request.revision:
            raise ChangedMeanwhile("The request was changed since you read it.", revision=request.revision)
        request.preferences = checked(preferences, member_id=member_id, kind=request.kind, now=now)
        request.revision += 1
        request.save(update_fields=["preferences", "revision"])
        if request.status == RequestStatus.UNPLACED:
            reopen(request, now=now)
        else:
            publish(RequestChanged(request_id=request.pk, member_id=member_id), about=request, now=now)
    return request


def change_clinic(*, request_id: UUID, member_id: UUID, now: datetime) -> Request:
    """Leave the clinic that accepted: returns the request that takes this one's place and is routed without it.

    Raises NotFound, NotInThatState.
    """
    with transaction.atomic():
        request = Request.locked(pk=request_id, member_id=member_id)
        if request.status != RequestStatus.ACCEPTED:
            raise NotInThatState(f"The request is {request.status}: no clinic has it.", state=request.status)
        follower = succeed(request, RequestStatus.OPEN, now=now)
        publish(RequestOpened(request_id=follower.pk, member_id=member_id), about=follower, now=now)
    return follower


def lapse_uncovered(*, request_id: UUID, now: datetime) -> None:
    """End a request for which no clinic has accepted yet, if the member is not covered any more."""
    with transaction.atomic():
        request = Request.locked(pk=request_id)
        if request.status in PENDING and not benefits.is_covered(request.member_id, now=now):
            lapse(request, now=now)


def lapse(request: Request, *, now: datetime) -> None:
    """End a request because cover has ended; the member is told. The caller holds its lock."""
    move(request, RequestStatus.LAPSED, now=now)
    publish(RequestLapsed(request_id=request.pk, member_id=request.member_id), about=request, now=now)
