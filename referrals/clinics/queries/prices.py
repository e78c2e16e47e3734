"""What a session costs."""

from collections.abc import Collection, Mapping
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
    return PriceLists({clinic_id: on}).price_of(clinic_id, kind, route, format)


class PriceLists:
    """What some clinics charge in cents, each on a date of its own: read by one query a date."""

    def __init__(self, days: Mapping[UUID, date]) -> None:
        """`days` are the clinics' local dates."""
        self._days = days
        self._cents: dict[tuple[UUID, str, str, str], int] = {}
        for day in set(days.values()):
            rows = in_effect(day).filter(clinic__in=[clinic_id for clinic_id, on in days.items() if on == day])
            names = ("clinic_id", "kind", "route", "format", "cents")
            self._cents |= {row[:4]: row[4] for row in rows.values_list(*names)}

    def price_of(self, clinic_id: UUID, kind: str, route: str, format: str) -> int:
        """Return a session's list price. Raises NotFound."""
        cents = self._cents.get((clinic_id, kind, route, format))
        if cents is None:
            on = self._days[clinic_id]
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


def list_coming(clinic_id: UUID, *, on: date) -> QuerySet[ClinicPrice]:
    """Return what a clinic charges on a day and, announced, after it: by kind, route and format, then by day."""
    later = ClinicPrice.objects.filter(Q(ends_on=None) | Q(ends_on__gt=on), clinic_id=clinic_id)
    return later.order_by("kind", "route", "format", "effective_on")
