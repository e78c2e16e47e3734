"""Asking for care."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from benefits import facade as benefits
from referrals.clinics.queries import get_clinic, locate
from referrals.events import RequestOpened
from referrals.requests.models import Request
from referrals.requests.queries import get_blocking
from referrals.requests.rules import KINDS, Kind, RequestStatus, Urgency, covered
from referrals.requests.services.moving import insert
from referrals.screening.queries import get_screening
from referrals.screening.rules import Result
from referrals.screening.services.consents import require_screening_consent
from workers.kernel.errors import DomainError, Invalid, NotFound
from workers.outbox.publishing import publish


class RequestPending(DomainError):
    """The member has a request of this kind: `request_id` and `location` name it, `state` says where it stands."""

    code = "request_pending"


class NotCovered(DomainError):
    """No plan covers the member on the day they ask."""

    code = "not_covered"


class RouteNotCovered(DomainError):
    """The member's plan covers none of the routes that they would take: `covered_routes` are those it does."""

    code = "route_not_covered"


class UnknownClinic(Invalid):
    """A clinic that the member picked is not in the directory: `clinic_id` names it."""

    code = "unknown_clinic"


@dataclass(frozen=True, kw_only=True)
class Preferences:
    """What a member wants: near a ZIP code, within a distance in km; empty means anything.

    `max_price_cents` is the most that the member would pay themself for one dosing session. `must` names the wishes
    that stay when nobody is left to ask (rules.Must). `clinics` are asked first, in this order, and nobody else
    unless `then_others`.
    """

    near: str
    max_distance_km: float
    routes: tuple[str, ...] = ()
    protocol: str = ""
    format: str = ""
    language: str = ""
    therapist_gender: str = ""
    times: tuple[str, ...] = ()
    max_price_cents: int | None = None
    must: tuple[str, ...] = ()
    clinics: tuple[UUID, ...] = ()
    then_others: bool = True


def open_request(
    *,
    member_id: UUID,
    screening_id: UUID,
    preferences: Preferences,
    now: datetime,
    kind: str = Kind.ASSISTED_THERAPY,
) -> Request:
    """Ask for care. After an urgent screening a person looks first; else routing begins.

    Raises NotFound for a screening that is not the member's, ConsentMissing when the consent to it was taken back,
    UnknownPostalCode, UnknownClinic, NotCovered, RouteNotCovered, RequestPending.
    """
    screening = get_screening(screening_id)
    require_screening_consent(member_id=member_id, now=now)
    is_urgent = screening.result == Result.URGENT
    request = Request(
        member_id=member_id,
        kind=kind,
        screening=screening,
        preferences=checked(preferences, member_id=member_id, kind=kind, now=now),
        urgency=Urgency.URGENT if is_urgent else Urgency.STANDARD,
        status=RequestStatus.REVIEW if is_urgent else RequestStatus.OPEN,
        opened_at=now,
    )
    with transaction.atomic():
        _insert(request, now)
        publish(RequestOpened(request_id=request.pk, member_id=member_id), about=request, now=now)
    return request


def checked(preferences: Preferences, *, member_id: UUID, kind: str, now: datetime) -> dict[str, Any]:
    """Return wishes as they are stored. Raises UnknownPostalCode, UnknownClinic, NotCovered, RouteNotCovered."""
    place = locate(preferences.near)
    for clinic_id in preferences.clinics:
        _require_clinic(clinic_id)
    _require_cover(member_id, kind, preferences.routes, now)
    document = asdict(preferences) | {name: list(getattr(preferences, name)) for name in ("routes", "times", "must")}
    protocol = preferences.protocol or KINDS[kind].protocol
    clinics = [str(clinic_id) for clinic_id in preferences.clinics]
    return document | {"near": place.postal_code, "clinics": clinics, "protocol": protocol}


def _require_clinic(clinic_id: UUID) -> None:
    try:
        get_clinic(clinic_id)
    except NotFound:
        raise UnknownClinic("This clinic is not in the directory: pick another.", clinic_id=str(clinic_id)) from None


def _require_cover(member_id: UUID, kind: str, wanted: tuple[str, ...], now: datetime) -> None:
    coverage = coverage_today(benefits.get_member(member_id), now)
    if coverage is None:
        raise NotCovered(
            "Your benefit does not cover you today, so we ask no clinic. Your employer's benefits team can say from"
            " when you are covered; they are not told that you asked."
        )
    if not covered(kind, wanted, coverage.covered_routes):
        raise RouteNotCovered(
            "Your plan covers none of these routes: choose among those that it does.",
            covered_routes=list(coverage.covered_routes),
        )


def coverage_today(member: benefits.Member, now: datetime) -> benefits.Coverage | None:
    """Return what covers a member today, where they live; None when nothing does."""
    return coverages_today([member], now).get(member.id)


def coverages_today(members: Iterable[benefits.Member], now: datetime) -> dict[UUID, benefits.Coverage]:
    """Return what covers each of several members today, where they live; those whom nothing covers have none."""
    return benefits.coverages_of({one.id: now.astimezone(ZoneInfo(one.timezone)).date() for one in members})


def _insert(request: Request, now: datetime) -> None:
    """The unique index decides who was first, however many ask at once; who comes later is refused before any write."""
    _refuse_another(request)
    try:
        with transaction.atomic():
            insert(request, now=now)
    except IntegrityError:
        _refuse_another(request)
        raise


def _refuse_another(request: Request) -> None:
    first = get_blocking(request.member_id, request.kind)
    if first is not None:
        raise RequestPending(
            f"You have a request of this kind, which is {first.status}: follow it, take it back, or change clinics.",
            request_id=str(first.pk),
            state=first.status,
            location=f"/api/v1/referrals/{first.pk}/",
        )
