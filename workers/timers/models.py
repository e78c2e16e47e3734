"""Timers."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from workers.kernel.constraints import EVERY, cleaned_often, seen_by
from workers.kernel.ids import new_id
from workers.kernel.trace import TRACE_LENGTH, trace_or_new


class Timer(models.Model):
    """An event that will be announced at `due_at`. `generation` tells a moved appointment from its former time.

    One that is meant for a time on people's clocks has that `wall_time` (ISO 8601, no offset) and its `zone` (IANA).
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    kind = models.CharField(max_length=100)
    subject_type = models.CharField(max_length=60)
    subject_id = models.UUIDField()
    generation = models.PositiveIntegerField(default=0)
    tenant_id = models.UUIDField(null=True)
    due_at = models.DateTimeField()
    wall_time = models.CharField(max_length=26, blank=True, default="")
    zone = models.CharField(max_length=60, blank=True, default="")
    payload = models.JSONField()
    trace = models.CharField(max_length=TRACE_LENGTH, blank=True, default=trace_or_new)

    class Meta:
        constraints: ClassVar = [
            cleaned_often("timer"),
            models.UniqueConstraint(fields=["kind", "subject_type", "subject_id", "generation"], name="timer_once"),
            *seen_by(
                "timer",
                hr=(EVERY, "insert"),
                employee=(EVERY, "insert"),
                clinic=(EVERY, "insert"),
                auth=(EVERY, "insert"),
                operator=(EVERY, "select, insert"),
                worker=(EVERY, "select, insert, update (due_at), delete"),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at", "id"], name="timer_due"),
            models.Index(fields=["zone", "wall_time"], condition=~Q(zone=""), name="timer_wall_time"),
        ]
