"""Moving a request from state to state: each move notes a step, and sets the alarm for what has to follow."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from referrals.events import RequestMoved, RequestOpened, RequestOverdue, RequestReturned, RequestUnplaced
from referrals.requests.models import Request, RequestStep
from referrals.requests.queries import get_promises
from referrals.requests.rules import FOR_A_PERSON, RequestStatus, Urgency, can_move, due_by
from workers.kernel.errors import DomainError
from workers.kernel.inserting import insert_all
from workers.outbox.publishing import publish
from workers.timers.scheduling import schedule

_WATCHED = (*FOR_A_PERSON, RequestStatus.OPEN)  # offers have deadlines of their own
_OFFER = """
UPDATE referrals_request AS request
SET status = %s, status_since = %s, due_by = new.due_by, alarm = request.alarm + 1, escalation = 0
FROM unnest(%s::uuid[], %s::timestamptz[]) AS new (id, due_by) WHERE request.id = new.id
"""


class NotInThatState(DomainError):
    """The request is in another state than this needs: `state` names it."""

    code = "not_in_that_state"


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
    _require_move(request, to)
    request.status = to
    enter(request, now=now, respond_by=respond_by)
    request.save(update_fields=["status", "status_since", "due_by", "alarm", "escalation", *also])
    note_step(request, now)


def mark_offered(until: Mapping[Request, datetime], *, now: datetime) -> None:
    """Note that clinics were asked for requests, and until when they answer, by two statements. The caller holds the
    locks. Raises NotInThatState.
    """
    for request, respond_by in until.items():
        _require_move(request, RequestStatus.OFFERED)
        request.status = RequestStatus.OFFERED
        enter(request, now=now, respond_by=respond_by)
    with connection.cursor() as cursor:
        ids, times = [request.pk for request in until], [request.due_by for request in until]
        cursor.execute(_OFFER, [RequestStatus.OFFERED, now, ids, times])
    insert_all(_step(request, now) for request in until)


def enter(request: Request, *, now: datetime, respond_by: datetime | None = None) -> None:
    """Set, unsaved, what a request's state brings with it, and the alarm where a person or a worker has to act."""
    request.status_since, request.escalation = now, 0
    request.due_by = due_by(request.status, request.urgency, get_promises(), now=now, respond_by=respond_by)
    set_alarm(request)


def set_alarm(request: Request) -> None:
    """Announce at `due_by`, unless a newer alarm is set by then, that nothing happened; `alarm` is left unsaved."""
    request.alarm += 1
    if request.due_by is not None and request.status in _WATCHED:
        overdue = RequestOverdue(request_id=request.pk, alarm=request.alarm)
        schedule(overdue, about=request, due_at=request.due_by, generation=request.alarm)


def note_step(request: Request, now: datetime) -> None:
    """Add the present state to the member's timeline."""
    insert_all([_step(request, now)])


def _step(request: Request, now: datetime) -> RequestStep:
    return RequestStep(
        request=request, member_id=request.member_id, status=request.status, at=now, due_by=request.due_by
    )


def _require_move(request: Request, to: RequestStatus) -> None:
    if not can_move(request.status, to):
        raise NotInThatState(f"A request that is {request.status} does not become {to}.", state=request.status)


def release(*, request_id: UUID, now: datetime, urgency: str = "") -> Request:
    """Let routing take up a request from the operator's list, again or at last. Raises NotFound, NotInThatState."""
    with transaction.atomic():
        request = Request.locked(pk=request_id)
        if request.status not in FOR_A_PERSON:
            raise NotInThatState(f"The request is {request.status}.", state=request.status)
        reopen(request, now=now, urgency=urgency)
    return request


def reopen(request: Request, *, now: datetime, urgency: str = "") -> None:
    """Route a request from the operator's list. The caller holds its lock."""
    request.urgency = urgency or request.urgency
    move(request, RequestStatus.OPEN, now=now, also=("urgency",) if urgency else ())
    publish(RequestOpened(request_id=request.pk, member_id=request.member_id), about=request, now=now)


def mark_unplaced(request: Request, *, now: datetime) -> None:
    """Put a request on the operator's list: nobody is left to ask. The caller holds its lock."""
    move(request, RequestStatus.UNPLACED, now=now)
    publish(RequestUnplaced(request_id=request.pk, member_id=request.member_id), about=request, now=now)


def mark_accepted(request: Request, *, clinic_id: UUID, now: datetime) -> None:
    """Record which clinic takes the member: from now on it may read the request. The caller holds its lock."""
    request.clinic_id = clinic_id
    move(request, RequestStatus.ACCEPTED, now=now, also=("clinic_id",))


def complete(request: Request, *, now: datetime) -> None:
    """Record that the course took place: the member may ask again. The caller holds its lock."""
    move(request, RequestStatus.COMPLETED, now=now)


def return_to_operator(request: Request, *, now: datetime) -> Request:
    """Let another request, for a person to look at, take the place of one whose clinic gave it up after accepting.

    A course belongs to one request, hence another one. The caller holds the lock.
    """
    follower = succeed(request, RequestStatus.REVIEW, now=now)
    returned = RequestReturned(request_id=follower.pk, member_id=follower.member_id)
    publish(returned, about=follower, now=now)
    return follower


def succeed(request: Request, status: RequestStatus, *, now: datetime) -> Request:
    """End an accepted request and insert one in its place, with the same wishes. The caller holds the lock."""
    move(request, RequestStatus.MOVED, now=now)
    follower = Request(
        member_id=request.member_id,
        kind=request.kind,
        previous=request,
        screening_id=request.screening_id,
        preferences=dict(request.preferences),
        urgency=Urgency(request.urgency),
        status=status,
        opened_at=now,
    )
    insert(follower, now=now)
    moved = RequestMoved(request_id=request.pk, member_id=request.member_id, next_request_id=follower.pk)
    publish(moved, about=request, now=now)
    return follower


def insert(request: Request, *, now: datetime) -> None:
    """Store a new request with its first step and alarm."""
    enter(request, now=now)
    request.save(force_insert=True)
    note_step(request, now)
