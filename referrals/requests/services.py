"""Asking for care, taking it back, and moving a request from state to state."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from benefits import facade as benefits
from referrals.clinics.queries import locate
from referrals.events import RequestOpened, RequestUnplaced, RequestWithdrawn
from referrals.requests.models import Request, RequestStep
from referrals.requests.queries import get_request
from referrals.requests.rules import PENDING, RequestStatus, can_move, due_by
from referrals.screening.queries import get_screening
from referrals.screening.rules import Result
from workers.emails.queueing import queue_email
from workers.kernel.errors import DomainError
from workers.outbox.publishing import publish


class RequestPending(DomainError):
    """The member has an open request: `request_id` names it."""

    code = "request_pending"


class NotInThatState(DomainError):
    """The request is in another state than this needs: `state` names it."""

    code = "not_in_that_state"


@dataclass(frozen=True, kw_only=True)
class Preferences:
    """What a member wants: near a ZIP code, within a distance in km; empty means anything."""

    near: str
    max_distance_km: float
    routes: tuple[str, ...] = ()
    protocol: str = ""
    format: str = ""
    language: str = ""


def open_request(*, member_id: UUID, screening_id: UUID, preferences: Preferences, now: datetime) -> Request:
    """Ask for care. After an urgent screening a person looks first; else routing begins.

    Raises NotFound for a screening that is not the member's, UnknownPostalCode, RequestPending.
    """
    screening = get_screening(screening_id)
    place = locate(preferences.near)
    status = RequestStatus.REVIEW if screening.result == Result.URGENT else RequestStatus.OPEN
    request = Request(
        member_id=member_id,
        screening=screening,
        preferences=_as_json(preferences) | {"near": place.postal_code},
        status=status,
        opened_at=now,
    )
    with transaction.atomic():
        _insert(request)
        _add_step(request, now)
        publish(RequestOpened(request_id=request.pk, member_id=member_id), about=request, now=now)
    return request


def withdraw(*, request_id: UUID, member_id: UUID, now: datetime) -> Request:
    """Take a request back, whatever its state; again changes nothing. Raises NotFound."""
    with transaction.atomic():
        request = Request.locked(pk=request_id, member_id=member_id)
        if request.status != RequestStatus.WITHDRAWN:
            move(request, RequestStatus.WITHDRAWN, now=now)
            event = RequestWithdrawn(request_id=request.pk, member_id=request.member_id)
            publish(event, about=request, now=now)
    return request


def release(*, request_id: UUID, now: datetime) -> Request:
    """Let routing take up a request from the operator's list, again or at last. Raises NotFound, NotInThatState."""
    with transaction.atomic():
        request = Request.locked(pk=request_id)
        if request.status not in (RequestStatus.REVIEW, RequestStatus.UNPLACED):
            raise NotInThatState(f"The request is {request.status}.", state=request.status)
        move(request, RequestStatus.OPEN, now=now)
        publish(RequestOpened(request_id=request.pk, member_id=request.member_id), about=request, now=now)
    return request


def mark_unplaced(request: Request, *, now: datetime) -> None:
    """Put a request on the operator's list: nobody is left to ask. The caller holds its lock."""
    move(request, RequestStatus.UNPLACED, now=now)
    publish(RequestUnplaced(request_id=request.pk, member_id=request.member_id), about=request, now=now)


def mark_accepted(request: Request, *, clinic_id: UUID, now: datetime) -> None:
    """Record which clinic takes the member: from now on it may read the request. The caller holds its lock."""
    request.clinic_id = clinic_id
    move(request, RequestStatus.ACCEPTED, now=now, also=("clinic_id",))


def move(
    request: Request,
    to: RequestStatus,
    *,
    now: datetime,
    respond_by: datetime | None = None,
    also: tuple[str, ...] = (),
) -> None:
    """Bring a request to another state and note the step; saves the fields in `also` with it.

    The caller holds its lock. Raises NotInThatState.
    """
    if not can_move(request.status, to):
        raise NotInThatState(f"A request that is {request.status} does not become {to}.", state=request.status)
    request.status = to
    request.save(update_fields=["status", *also])
    _add_step(request, now, respond_by=respond_by)


def tell_member(*, request_id: UUID, event_id: UUID, now: datetime) -> None:
    """Mail the member that the portal has news, saying nothing of what; once per event."""
    request = get_request(request_id)
    member = benefits.get_member(request.member_id)
    if member.email:
        queue_email(
            key=f"request-news/{event_id}",
            to=member.email,
            template="referrals/news",
            context={"first_name": member.first_name},
            language=member.language,
            now=now,
        )


def tell_operators(*, request_id: UUID, event_id: UUID, now: datetime) -> None:
    """Mail every operator who holds `care` that their list has grown; once per event and operator."""
    get_request(request_id)
    for email in benefits.list_operator_emails("care"):
        queue_email(
            key=f"operator-list/{event_id}/{email}",
            to=email,
            template="referrals/operator_list",
            context={},
            now=now,
        )


def _insert(request: Request) -> None:
    """The unique index decides who was first, however many ask at once."""
    try:
        with transaction.atomic():
            request.save(force_insert=True)
    except IntegrityError:
        first = Request.objects.filter(member_id=request.member_id, status__in=PENDING).first()
        if first is None:
            raise
        raise RequestPending("You have an open request already.", request_id=str(first.pk)) from None


def _add_step(request: Request, now: datetime, *, respond_by: datetime | None = None) -> None:
    RequestStep.objects.create(
        request=request,
        member_id=request.member_id,
        status=request.status,
        at=now,
        due_by=due_by(request.status, now=now, respond_by=respond_by),
    )


def _as_json(preferences: Preferences) -> dict[str, Any]:
    return asdict(preferences) | {"routes": list(preferences.routes)}
