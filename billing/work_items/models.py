"""Work items. open ─► closed; the same trouble opens one item, however often it is found."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, seen_by


class WorkItem(Aggregate):
    """One thing that a person of finance looks at. Ids and codes only: nobody's name, nothing about health.

    `kind` is a code such as "dispute" or "refund_failed"; `key` names the trouble, so that it is opened once;
    `subject_id` is our row, `reference` Stripe's id; `due_at` is when it has to be done at the latest, if there is such
    a time.
    """

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200, unique=True)
    subject_id = models.UUIDField(null=True)
    reference = models.CharField(max_length=100, default="")
    amount_cents = models.BigIntegerField(null=True)
    detail = models.JSONField(default=dict)
    due_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.UUIDField(null=True)
    resolution = models.CharField(max_length=500, default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="work_item_closed_with_words",
                condition=Q(closed_at=None, resolution="") | Q(closed_at__isnull=False) & ~Q(resolution=""),
            ),
            *seen_by(
                "work_item",
                operator=(EVERY, "select, update (version, closed_at, closed_by, resolution)"),
                worker=(EVERY, "select, insert, update (version, due_at, closed_at, resolution)"),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at", "opened_at"], condition=Q(closed_at=None), name="work_item_open")
        ]
