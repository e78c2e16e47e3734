"""Events as they were published, and one job per reaction that has not run yet."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from workers.kernel.constraints import EVERY, cleaned_often, seen_by
from workers.kernel.ids import new_id
from workers.kernel.leases import STUCK, Leased, Status
from workers.kernel.trace import TRACE_LENGTH, trace_or_new

PUBLISHERS = dict.fromkeys(("auth", "hr", "employee", "clinic"), (EVERY, "insert"))


class EventRecord(models.Model):
    """Something that happened to an aggregate. Every role may announce, only workers and operators read."""

    id = models.UUIDField(primary_key=True, default=new_id)
    type = models.CharField(max_length=100)
    aggregate_type = models.CharField(max_length=60)
    aggregate_id = models.UUIDField()
    aggregate_version = models.PositiveIntegerField()
    tenant_id = models.UUIDField(null=True)
    occurred_at = models.DateTimeField()
    data = models.JSONField()
    trace = models.CharField(max_length=TRACE_LENGTH, blank=True, default=trace_or_new)

    class Meta:
        db_table = "workers_event"
        constraints: ClassVar = [
            cleaned_often("event"),
            models.UniqueConstraint(
                fields=["aggregate_type", "aggregate_id", "aggregate_version"], name="event_version_once"
            ),
            *seen_by(
                "event",
                **PUBLISHERS,
                operator=(EVERY, "select, insert"),
                worker=(EVERY, "select, insert, update (trace), delete"),  # rows are locked before they are deleted
            ),
        ]


class Job(Leased):
    """A reaction that still has to run for an event; deleted in the transaction of its effect.

    The jobs of one consumer and `ordering_key` (the event's aggregate) run in the order of `seq` (its version).
    """

    max_attempts = 12

    id = models.BigAutoField(primary_key=True)
    lane = models.CharField(max_length=20)
    event = models.ForeignKey(EventRecord, on_delete=models.CASCADE, related_name="jobs", db_index=False)
    consumer = models.CharField(max_length=100)
    ordering_key = models.UUIDField()
    seq = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            cleaned_often("job"),
            models.UniqueConstraint(fields=["event", "consumer"], name="job_once"),
            *seen_by(
                "job",
                **PUBLISHERS,
                operator=(EVERY, "select, insert, update, delete"),
                worker=(EVERY, "select, insert, update, delete"),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lane", "due_at", "id"], condition=Q(status=Status.READY), name="job_due"),
            models.Index(fields=["consumer", "ordering_key", "seq"], name="job_order"),
            models.Index(
                fields=["status", "id"], include=["lane", "consumer"], condition=Q(status__in=STUCK), name="job_stuck"
            ),
        ]
