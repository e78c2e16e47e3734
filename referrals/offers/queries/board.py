"""The operator's board: every referral that is not over, the breached and the stuck first, then by age."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, Exists, IntegerField, Min, OuterRef, Q, QuerySet, Value, When

from referrals.clinics.models import Clinic
from referrals.clinics.queries.near import in_good_standing
from referrals.offers.models import Offer
from referrals.offers.rules import OPEN, OfferStatus
from referrals.requests.queries import list_requests
from referrals.requests.rules import BLOCKING, FOR_A_PERSON, RequestStatus

SILENT_AFTER = timedelta(days=7)  # from an acceptance until the first session ought to be agreed
LATE = timedelta(minutes=15)  # a worker that is this much behind an offer's deadline does not come any more
NOT_STUCK = ""


class Stuck:
    """Why a referral does not go on by itself."""

    NOT_ROUTED = "not_routed"
    NOBODY_ASKED = "nobody_asked"
    DEADLINE_MISSED = "deadline_missed"
    CLINIC_UNAVAILABLE = "clinic_unavailable"
    NO_SESSION_AGREED = "no_session_agreed"


STUCK = (
    Stuck.NOT_ROUTED,
    Stuck.NOBODY_ASKED,
    Stuck.DEADLINE_MISSED,
    Stuck.CLINIC_UNAVAILABLE,
    Stuck.NO_SESSION_AGREED,
)


@dataclass(frozen=True, kw_only=True)
class StateCount:
    """How many referrals are in a state, how many of them breached or stuck, and since when the oldest is."""

    status: str
    count: int
    breached: int
    stuck: int
    oldest_since: datetime


def list_board(now: datetime, *, status: str = "", stuck: str = "", is_breached: bool | None = None) -> QuerySet[Any]:
    """Return the referrals that are not over, each with `place`, `breached`, `stuck`, `waiting` and `asked`.

    `place` orders them: 0 for one that is breached or stuck and urgent, 1 for others of these, 2 for the rest.
    """
    board = _marked(now)
    if status:
        board = board.filter(status=status)
    if stuck:
        board = board.filter(stuck=stuck)
    if is_breached is not None:
        board = board.filter(breached=is_breached)
    ordered: QuerySet[Any] = board.annotate(
        place=Case(
            When(_TROUBLED & Q(urgency="urgent"), then=0),
            When(_TROUBLED, then=1),
            default=2,
            output_field=IntegerField(),
        ),
        waiting=Count("offers", filter=Q(offers__status__in=OPEN), distinct=True),
        asked=Count("offers", distinct=True),
    ).order_by("place", "status_since", "id")
    return ordered


def count_board(now: datetime) -> list[StateCount]:
    """Return the board's figures by state."""
    rows = (
        _marked(now)
        .values("status")
        .annotate(
            count=Count("id"),
            late=Count("id", filter=Q(breached=True)),
            standing=Count("id", filter=~Q(stuck=NOT_STUCK)),
            oldest_since=Min("status_since"),
        )
    )
    return [_count(row) for row in rows.order_by("status")]


_TROUBLED = Q(breached=True) | ~Q(stuck=NOT_STUCK)


def _marked(now: datetime) -> QuerySet[Any]:
    offers = Offer.objects.filter(request_id=OuterRef("pk"))
    is_open = Exists(offers.filter(status__in=OPEN))
    is_late = Exists(offers.filter(status__in=OPEN, respond_by__lt=now - LATE))
    not_begun = Exists(offers.filter(status=OfferStatus.ACCEPTED, closed_at__lt=now - SILENT_AFTER))
    may_take = Exists(Clinic.objects.filter(in_good_standing(now), pk=OuterRef("clinic_id")))
    stuck = Case(
        When(status=RequestStatus.OPEN, due_by__lt=now, then=Value(Stuck.NOT_ROUTED)),
        When(Q(status=RequestStatus.OFFERED) & ~Q(is_open), then=Value(Stuck.NOBODY_ASKED)),
        When(Q(status=RequestStatus.OFFERED) & Q(is_late), then=Value(Stuck.DEADLINE_MISSED)),
        When(Q(status=RequestStatus.ACCEPTED) & ~Q(may_take), then=Value(Stuck.CLINIC_UNAVAILABLE)),
        When(Q(status=RequestStatus.ACCEPTED) & Q(not_begun), then=Value(Stuck.NO_SESSION_AGREED)),
        default=Value(NOT_STUCK),
    )
    breached = Q(status__in=FOR_A_PERSON) & (Q(due_by__lt=now) | Q(escalation__gt=0))
    return (
        list_requests()
        .filter(status__in=BLOCKING)
        .annotate(stuck=stuck, breached=Case(When(breached, then=Value(True)), default=Value(False)))
    )


def _count(row: Mapping[str, Any]) -> StateCount:
    return StateCount(
        status=row["status"],
        count=row["count"],
        breached=row["late"],
        stuck=row["standing"],
        oldest_since=row["oldest_since"],
    )
