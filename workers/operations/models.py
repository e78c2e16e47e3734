"""When each lane was last served, and what operators did to rows that were stuck."""

from typing import ClassVar

from django.db import models

from workers.kernel.constraints import EVERY, append_only, seen_by
from workers.kernel.ids import new_id
from workers.kernel.trace import TRACE_LENGTH, current_trace


class Heartbeat(models.Model):
    """When a worker last served a lane, by the machine's clock; one row per lane ("sweep" is beat's)."""

    lane = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            *seen_by(
                "heartbeat",
                operator=(EVERY, "select"),
                worker=(EVERY, "select, insert, update"),
            ),
        ]


class Intervention(models.Model):
    """Something a person did to stuck rows, kept for good: who, what, to how many, chosen how, and why.

    `user_id` is missing when it was done on the command line. `chosen` holds ids and codes: {"ids": [...]}, or what
    was filtered by: {"consumer", "reason", "status"}.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    at = models.DateTimeField()
    user_id = models.UUIDField(null=True)
    action = models.CharField(max_length=20)
    queue = models.CharField(max_length=20)
    rows = models.PositiveIntegerField()
    chosen = models.JSONField()
    why = models.CharField(max_length=200, blank=True)
    trace = models.CharField(max_length=TRACE_LENGTH, blank=True, default=current_trace)

    class Meta:
        constraints: ClassVar = [
            *append_only("intervention"),
            *seen_by(
                "intervention",
                operator=(EVERY, "select, insert"),
                worker=(EVERY, "select, insert"),
            ),
        ]
