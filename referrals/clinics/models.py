"""Clinics and their price lists. A clinic is active, or suspended: then nobody is referred to it."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from referrals.clinics.rules import Format, Protocol, Route, SessionKind
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_CLINIC, seen_by
from workers.kernel.ids import new_id

_CODE = models.CharField(max_length=40)


class ClinicStatus(models.TextChoices):
    """Whether a clinic takes referrals."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


class Clinic(Aggregate):
    """A place that gives ketamine-assisted therapy, as the operator verified it.

    `open_slots` is how many more people it can take; an acceptance takes one. `state` is where it is,
    `states_served` where its patients may live.
    """

    name = models.CharField(max_length=200)
    npi = models.CharField(max_length=10, unique=True)
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
    open_slots = models.PositiveIntegerField()
    licence_expires_on = models.DateField()
    malpractice_expires_on = models.DateField()
    kap_training_hours = models.PositiveIntegerField()
    sessions_facilitated = models.PositiveIntegerField()
    has_medical_overseer = models.BooleanField()
    status = models.CharField(max_length=10, choices=ClinicStatus.choices, default=ClinicStatus.ACTIVE)
    signed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="clinic_slots_not_negative", condition=Q(open_slots__gte=0)),
            models.CheckConstraint(name="clinic_status_known", condition=Q(status__in=ClinicStatus.values)),
            models.CheckConstraint(
                name="clinic_is_on_earth",
                condition=Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
            ),
            models.CheckConstraint(name="clinic_routes_known", condition=Q(routes__contained_by=list(Route))),
            models.CheckConstraint(name="clinic_protocols_known", condition=Q(protocols__contained_by=list(Protocol))),
            models.CheckConstraint(name="clinic_formats_known", condition=Q(formats__contained_by=list(Format))),
            *seen_by(
                "clinic",
                employee=(EVERY, "select"),
                clinic=("id = {clinic}", "select"),
                operator=(EVERY, "select, insert, update"),
                worker=(EVERY, "select, update (open_slots, status, version)"),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["latitude", "longitude"],
                condition=Q(status=ClinicStatus.ACTIVE),
                name="clinic_place",
            )
        ]


class ClinicPrice(models.Model):
    """What a clinic charges for one session of a kind from `effective_on`, its own local date, until the next row."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="prices")
    kind = models.CharField(max_length=20)
    route = models.CharField(max_length=20)
    format = models.CharField(max_length=20)
    cents = models.PositiveIntegerField()
    effective_on = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["clinic", "kind", "route", "format", "effective_on"], name="clinic_price_once"
            ),
            models.CheckConstraint(name="clinic_price_kind", condition=Q(kind__in=list(SessionKind))),
            models.CheckConstraint(name="clinic_price_route", condition=Q(route__in=list(Route))),
            models.CheckConstraint(name="clinic_price_format", condition=Q(format__in=list(Format))),
            *seen_by(
                "clinicprice",
                employee=(EVERY, "select"),
                clinic=(OWN_CLINIC, "select"),
                operator=(EVERY, "select, insert"),
                worker=(EVERY, "select"),
            ),
        ]
