"""Reading the directory: near a place, and what a session costs."""

from dataclasses import dataclass
from datetime import date
from math import cos, radians
from uuid import UUID

import zipcodes
from django.db.models import F, FloatField, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import ASin, Cos, Least, Power, Radians, Sin, Sqrt

from referrals.clinics.models import Clinic, ClinicPrice, ClinicStatus
from workers.kernel.errors import Invalid, NotFound

EARTH_DIAMETER_KM = 12_742.0  # twice the mean radius of 6,371 km (IUGG)
KM_PER_DEGREE = 111.0  # of a great circle: 111.19 on this sphere, rounded down so that the box is a little too wide


class UnknownPostalCode(Invalid):
    """No such ZIP code in the United States."""

    code = "unknown_postal_code"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A ZIP code's centroid, in degrees (WGS 84)."""

    postal_code: str
    state: str
    latitude: float
    longitude: float


def locate(postal_code: str) -> Place:
    """Return the centroid of a ZIP code, also given as ZIP+4. Raises UnknownPostalCode."""
    found = zipcodes.matching(postal_code[:5]) if _looks_like_zip(postal_code) else []  # type: ignore[no-untyped-call]
    if not found:
        raise UnknownPostalCode(f"{postal_code!r} is not a ZIP code of the United States.")
    place = found[0]
    return Place(
        postal_code=place["zip_code"],
        state=place["state"],
        latitude=float(place["lat"]),
        longitude=float(place["long"]),
    )


def _looks_like_zip(text: str) -> bool:
    """Five digits, or nine as 12345-6789."""
    first, dash, last = text.partition("-")
    parts_fit = len(first) == 5 and (len(last) == 4 if dash else not last)
    return parts_fit and text.isascii() and (first + last).isdigit()


def get_clinic(clinic_id: UUID) -> Clinic:
    """Return a clinic. Raises NotFound."""
    clinic = Clinic.objects.filter(pk=clinic_id).first()
    if clinic is None:
        raise NotFound("There is no such clinic.")
    return clinic


def list_near(*, latitude: float, longitude: float, within_km: float) -> QuerySet[Clinic]:
    """Return the active clinics within a distance, each with `distance_km`, nearest first.

    The box is a first sieve that an index serves; the great circle decides.
    """
    near = Clinic.objects.filter(status=ClinicStatus.ACTIVE, **_box(latitude, longitude, within_km))
    near = near.annotate(distance_km=_distance_km(latitude, longitude))
    return near.filter(distance_km__lte=within_km).order_by("distance_km", "id")


def price_of(clinic_id: UUID, kind: str, route: str, format: str, on: date) -> int:
    """Return a session's list price in cents on a date, the clinic's local one. Raises NotFound."""
    prices = ClinicPrice.objects.filter(clinic_id=clinic_id, kind=kind, route=route, format=format)
    in_effect = prices.filter(effective_on__lte=on).order_by("-effective_on")
    cents = in_effect.values_list("cents", flat=True).first()
    if cents is None:
        raise NotFound(f"This clinic has no price for {kind} by {route}, {format}, on {on}.")
    return cents


def _box(latitude: float, longitude: float, within_km: float) -> dict[str, tuple[float, float]]:
    """Bounds that hold the circle; none for the longitude where it holds a pole or crosses the date line."""
    degrees = within_km / KM_PER_DEGREE
    box = {"latitude__range": (latitude - degrees, latitude + degrees)}
    narrowest = cos(radians(min(abs(latitude) + degrees, 90)))
    wide = degrees / narrowest if narrowest > 0.01 else 360
    if abs(longitude) + wide <= 180:
        box["longitude__range"] = (longitude - wide, longitude + wide)
    return box


def _distance_km(latitude: float, longitude: float) -> Combinable:
    """The haversine formula (Sinnott 1984): exact enough near and far, without an extension of PostgreSQL."""
    here = radians(latitude)
    across = Power(Sin((Radians(F("latitude")) - Value(here)) / 2), 2)
    along = Power(Sin((Radians(F("longitude")) - Value(radians(longitude))) / 2), 2)
    half_chord = across + Value(cos(here)) * Cos(Radians(F("latitude"))) * along
    one = Value(1.0, output_field=FloatField())
    return Value(EARTH_DIAMETER_KM) * ASin(Least(one, Sqrt(half_chord)))
