"""Figures of quarters that are over: settled once, and never changed."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Mod
from django.db.models.lookups import Exact

from benefits.employers.models import Employer
from workers.kernel.constraints import EVERY, OWN_EMPLOYER, append_only, seen_by
from workers.kernel.ids import new_id


class QuarterFigure(models.Model):
    """How many of an employer's people had at least one session in a quarter, as rules.frozen_figure let it through.

    `reached` is None where it is hidden. The count that it came from is nowhere, so nothing can be looked up later; a
    session that a clinic reports after that is in no figure.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    employer = models.ForeignKey(Employer, on_delete=models.PROTECT, related_name="+")
    quarter = models.DateField()
    reached = models.PositiveIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["employer", "quarter"], name="quarter_figure_once"),
            models.CheckConstraint(
                name="quarter_figure_is_coarse",
                condition=Q(reached=None) | (Q(reached__gt=10) & Q(Exact(Mod(F("reached"), 5), 0))),
            ),
            *append_only("quarter_figure", "figures are settled once"),
            *seen_by("quarter_figure", hr=(OWN_EMPLOYER, "select"), worker=(EVERY, "select, insert")),
        ]
