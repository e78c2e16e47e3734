"""Price lists."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from referrals.clinics.models.clinics import Clinic
from referrals.clinics.rules import Format, Route, SessionKind
from workers.kernel.constraints import EVERY, OWN_CLINIC, seen_by
from workers.kernel.ids import new_id

MOST_CENTS = 10_000_000  # $100,000 for one session is a slip of the keyboard


class ClinicPrice(models.Model):
    """What a clinic charges for one session of a kind: from `effective_on`, its own local date, until before `ends_on`.

    Without `ends_on` it holds until it is changed. The periods of one kind, route and format do not overlap.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="prices", db_index=False)
    kind = models.CharField(max_length=20)
    route = models.CharField(max_length=20)
    format = models.CharField(max_length=20)
    cents = models.PositiveIntegerField()
    effective_on = models.DateField()
    ends_on = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            ExclusionConstraint(
                name="clinic_price_one_at_a_time",
                expressions=[
                    ("clinic", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    ("route", RangeOperators.EQUAL),
                    ("format", RangeOperators.EQUAL),
                    (Func("effective_on", "ends_on", function="daterange"), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                name="clinic_price_ends_after_start", condition=Q(ends_on=None) | Q(ends_on__gt=F("effective_on"))
            ),
            models.CheckConstraint(name="clinic_price_is_plausible", condition=Q(cents__range=(0, MOST_CENTS))),
            models.CheckConstraint(name="clinic_price_kind", condition=Q(kind__in=list(SessionKind))),
            models.CheckConstraint(name="clinic_price_route", condition=Q(route__in=list(Route))),
            models.CheckConstraint(name="clinic_price_format", condition=Q(format__in=list(Format))),
            *seen_by(
                "clinicprice",
                employee=(EVERY, "select"),
                clinic=(OWN_CLINIC, "select, insert, update (ends_on)"),
                operator=(EVERY, "select, insert, update (ends_on)"),
                worker=(EVERY, "select"),
            ),
        ]
        # For routing, which asks for the prices of fifty clinics: the constraint's own index is slower.
        indexes: ClassVar = [models.Index(fields=["clinic", "kind"], name="clinicprice_of_kind")]
