"""When clinics are open."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from referrals.clinics.models.clinics import Clinic
from workers.kernel.constraints import EVERY, OWN_CLINIC, seen_by


class Minutes(Func):
    """A wall time as minutes since midnight."""

    template = "(extract(epoch FROM %(expressions)s) / 60)::int"


class ClinicHours(models.Model):
    """From when until when a clinic is open on a weekday (ISO, 1 is Monday), on the clocks of its `timezone`."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="hours")
    weekday = models.PositiveSmallIntegerField()
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="hours_weekday_is_iso", condition=Q(weekday__range=(1, 7))),
            models.CheckConstraint(name="hours_close_after_they_open", condition=Q(closes__gt=F("opens"))),
            ExclusionConstraint(
                name="hours_do_not_overlap",
                expressions=[
                    ("clinic", RangeOperators.EQUAL),
                    ("weekday", RangeOperators.EQUAL),
                    (Func(Minutes("opens"), Minutes("closes"), function="int4range"), RangeOperators.OVERLAPS),
                ],
            ),
            *seen_by(
                "hours",
                employee=(EVERY, "select"),
                clinic=(OWN_CLINIC, "select, insert, delete"),
                operator=(EVERY, "select, insert, delete"),
                worker=(EVERY, "select"),
            ),
        ]
