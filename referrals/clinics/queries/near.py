"""Clinics near a point: a box that an index serves, and the great circle in plain SQL."""

from datetime import datetime
from math import cos, radians
from uuid import UUID

from django.db.models import DateField, F, FloatField, Func, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import ASin, Cos, Least, Power, Radians, Sin, Sqrt

from referrals.clinics.models import Clinic, ClinicStatus
from referrals.clinics.rules.geography import EARTH_DIAMETER_KM, box
from workers.kernel.errors import NotFound

__all__ = ["EARTH_DIAMETER_KM", "LocalDay", "box", "get_clinic", "in_good_standing", "list_near"]


class LocalDay(Func):
    """The date on a clinic's clocks at an instant: LocalDay(Value(now), "timezone")."""

    template = "(%(expressions)s)::date"
    arg_joiner = " AT TIME ZONE "
    output_field = DateField()


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
    latitudes, longitudes = box(latitude, longitude, within_km)
    near = Clinic.objects.filter(status=ClinicStatus.ACTIVE, latitude__range=latitudes, longitude__range=longitudes)
    near = near.annotate(distance_km=_distance_km(latitude, longitude))
    return near.filter(distance_km__lte=within_km).order_by("distance_km", "id")


def in_good_standing(now: datetime) -> Q:
    """The clinics to which new offers may go now: rules.standing.suspension, asked of the database."""
    today = LocalDay(Value(now), F("timezone"))
    return Q(status=ClinicStatus.ACTIVE, credentials_valid_until__gte=today)


def _distance_km(latitude: float, longitude: float) -> Combinable:
    """The haversine formula (Sinnott 1984): exact enough near and far, without an extension of PostgreSQL."""
    here = radians(latitude)
    across = Power(Sin((Radians(F("latitude")) - Value(here)) / 2), 2)
    along = Power(Sin((Radians(F("longitude")) - Value(radians(longitude))) / 2), 2)
    half_chord = across + Value(cos(here)) * Cos(Radians(F("latitude"))) * along
    one = Value(1.0, output_field=FloatField())
    return Value(EARTH_DIAMETER_KM) * ASin(Least(one, Sqrt(half_chord)))
