"""What a session costs."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from referrals.clinics.models import Clinic, ClinicPrice
from workers.kernel.errors import NotFound


@dataclass(frozen=True, kw_only=True)
class ListPrice:
    """A clinic's list price of one session, in cents."""

    clinic_id: UUID
    kind: str
    route: str
    format: str
    cents: int


def price_of(clinic_id: UUID, kind: str, route: str, format: str, on: date) -> int:
    """Return a session's list price in cents on a date, the clinic's local one. Raises NotFound."""
    prices = in_effect(on).filter(clinic_id=clinic_id, kind=kind, route=route, format=format)
    cents = prices.values_list("cents", flat=True).first()
    if cents is None:
        raise NotFound(f"This clinic has no price for {kind} by {route}, {format}, on {on}.")
    return cents


def list_prices(clinic_ids: Collection[UUID], on: date) -> list[ListPrice]:
    """Return all that these clinics charge on a date, ordered by clinic, kind, route and format, in one query."""
    prices = in_effect(on).filter(clinic_id__in=clinic_ids).order_by("clinic_id", "kind", "route", "format")
    names = ("clinic_id", "kind", "route", "format", "cents")
    return [ListPrice(**row) for row in prices.values(*names)]


def list_local_prices(clinic: Clinic, *, now: datetime) -> list[ListPrice]:
    """Return all that a clinic charges today, where it is."""
    return list_prices([clinic.pk], now.astimezone(ZoneInfo(clinic.timezone)).date())


def in_effect(on: date) -> QuerySet[ClinicPrice]:
    """Return the prices that hold on a date."""
    return ClinicPrice.objects.filter(Q(ends_on=None) | Q(ends_on__gt=on), effective_on__lte=on)
