"""Organisations and clinics (docs/decisions/0010-clinic-is-a-location.md).

active <--> suspended      the operator
   `----------'---------> archived    final: nobody is referred to it any more, what was stays
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.db import models
from django.db.models import F, Func, Q

from referrals.clinics.rules import Format, Gender, Protocol, Route
from referrals.clinics.rules.standing import ClinicStatus
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, seen_by
from workers.kernel.ids import new_id

_CODE = models.CharField(max_length=40)
_OF_OWN_CLINIC = "id IN (SELECT organization_id FROM referrals_clinic WHERE id = {clinic})"

# Where the United States and its territories lie, roughly: from Samoa to Alaska; west of Maine and the Virgin Islands,
# or beyond the date line (Guam, the Aleutians). What is near a ZIP code is asked of queries.places.
US_LATITUDES = (-15.0, 72.0)
US_WEST, US_BEYOND_DATE_LINE = (-180.0, -64.0), (144.0, 180.0)


# rules.geography.on_sphere, computed by the database, of the columns of a table ("clinic." before each).
ON_SPHERE = (
    "cube(ARRAY[cos(radians({0}latitude)) * cos(radians({0}longitude)), "
    "cos(radians({0}latitude)) * sin(radians({0}longitude)), sin(radians({0}latitude))])"
)


class OnSphere(Func):
    """A clinic's place as a point of the extension `cube`, whose index finds the nearest first."""

    output_field = models.TextField()  # it is only compared
    template = ON_SPHERE.format("")


class NpiFits(Func):
    """Whether a column holds ten digits whose check digit fits (rules.is_npi), computed by the database.

    Every second digit is doubled and its digits added, by a table; 24 is what the prefix 80840 comes to.
    """

    output_field = models.BooleanField()
    template = (
        "CASE WHEN %(expressions)s ~ '^[0-9]{10}$' THEN mod(24"
        + "".join(
            f" + translate(substr(%(expressions)s, {n}, 1), '0123456789', '0246813579')::int" for n in range(1, 10, 2)
        )
        + "".join(f" + substr(%(expressions)s, {n}, 1)::int" for n in range(2, 11, 2))
        + ", 10) = 0 ELSE false END"
    )


class Organization(models.Model):
    """Who runs clinics: a practice of one place, or a group of several. `npi` is its own, where it has one."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    npi = models.CharField(max_length=10, null=True, unique=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="organization_npi_fits", condition=Q(npi=None) | Q(NpiFits(F("npi")))),
            *seen_by(
                "organization",
                employee=(EVERY, "select"),
                clinic=(_OF_OWN_CLINIC, "select"),
                operator=(EVERY, "select, insert, update (name)"),
                worker=(EVERY, "select"),
            ),
        ]


class Clinic(Aggregate):
    """A place that gives ketamine-assisted therapy and what it offers, as the operator verified it.

    `open_slots` is how many more people it can take, from `accepts_from` on (none: now); an acceptance takes one.
    `state` is where it is, `states_served` where its patients may live. `credentials_valid_until` is
    rules.standing.valid_until of its credentials, kept with each change of them. `suspended_at` is set from when it was
    announced that no new offers go to it until the opposite was.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="clinics")
    name = models.CharField(max_length=200)
    npi = models.CharField(max_length=10, unique=True)
    taxonomy = models.CharField(max_length=10, blank=True, default="")
    street = models.CharField(max_length=200)
    city = models.CharField(max_length=100)
    state = models.CharField(max_length=2)
    postal_code = models.CharField(max_length=5)
    latitude = models.FloatField()
    longitude = models.FloatField()
    timezone = models.CharField(max_length=64)
    languages = ArrayField(_CODE)
    routes = ArrayField(_CODE)
    protocols = ArrayField(_CODE)
    conditions = ArrayField(_CODE)
    formats = ArrayField(_CODE)
    states_served = ArrayField(models.CharField(max_length=2))
    therapist_genders = ArrayField(_CODE, default=list)
    trauma_informed = models.BooleanField(default=False)
    telehealth_preparation = models.BooleanField(default=False)
    telehealth_integration = models.BooleanField(default=False)
    offers_sliding_scale = models.BooleanField(default=False)
    open_slots = models.PositiveIntegerField()
    accepts_from = models.DateField(null=True)
    kap_training_hours = models.PositiveIntegerField()
    sessions_facilitated = models.PositiveIntegerField()
    has_medical_overseer = models.BooleanField()
    medical_overseer = models.CharField(max_length=200, blank=True, default="")
    medical_overseer_npi = models.CharField(max_length=10, blank=True, default="")
    credentials_valid_until = models.DateField(null=True)
    status = models.CharField(max_length=10, choices=[(s, s) for s in ClinicStatus], default=ClinicStatus.ACTIVE)
    suspended_at = models.DateTimeField(null=True)
    signed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="clinic_npi_fits", condition=Q(NpiFits(F("npi")))),
            models.CheckConstraint(name="clinic_taxonomy_form", condition=Q(taxonomy__regex="^([0-9A-Z]{9}X)?$")),
            models.CheckConstraint(
                name="clinic_overseer_is_named_when_there_is_one",
                condition=Q(has_medical_overseer=True) | Q(medical_overseer="", medical_overseer_npi=""),
            ),
            models.CheckConstraint(
                name="clinic_overseer_npi_fits",
                condition=Q(medical_overseer_npi="") | Q(NpiFits(F("medical_overseer_npi"))),
            ),
            models.CheckConstraint(name="clinic_slots_not_negative", condition=Q(open_slots__gte=0)),
            models.CheckConstraint(name="clinic_status_known", condition=Q(status__in=list(ClinicStatus))),
            models.CheckConstraint(
                name="clinic_is_in_the_us",
                condition=Q(latitude__range=US_LATITUDES)
                & (Q(longitude__range=US_WEST) | Q(longitude__range=US_BEYOND_DATE_LINE)),
            ),
            models.CheckConstraint(name="clinic_routes_known", condition=Q(routes__contained_by=list(Route))),
            models.CheckConstraint(name="clinic_protocols_known", condition=Q(protocols__contained_by=list(Protocol))),
            models.CheckConstraint(name="clinic_formats_known", condition=Q(formats__contained_by=list(Format))),
            models.CheckConstraint(
                name="clinic_genders_known", condition=Q(therapist_genders__contained_by=list(Gender))
            ),
            *seen_by(
                "clinic",
                employee=(EVERY, "select"),
                clinic=("id = {clinic}", "select, update (version)"),  # it is locked while its prices change
                operator=(EVERY, "select, insert, update"),
                worker=(EVERY, "select, update (open_slots, accepts_from, status, suspended_at, version)"),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["latitude", "longitude"],
                condition=Q(status=ClinicStatus.ACTIVE),
                name="clinic_place",
            ),
            GistIndex(OnSphere(), condition=Q(status=ClinicStatus.ACTIVE), name="clinic_nearest"),
            GinIndex(fields=["name"], opclasses=["gin_trgm_ops"], name="clinic_name_like"),
        ]
