"""Subjects that events are about, and a row for every effect. Nothing here prevents a double: it is to be seen."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Func

from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, seen_by


class ClockTimestamp(Func):
    """The instant at which the row is written, and not that at which its transaction began."""

    function = "clock_timestamp"
    output_field = models.DateTimeField()


class Subject(Aggregate):
    """What a publisher announces events about."""

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        app_label = "chaos"
        constraints: ClassVar = [
            *seen_by("chaos_subject", operator=(EVERY, "select, insert, update"), worker=(EVERY, "select, update")),
        ]


class Effect(models.Model):
    """One run of a reaction that committed. The id tells the order: the jobs of a key follow each other."""

    id = models.BigAutoField(primary_key=True)
    consumer = models.CharField(max_length=40)
    event_id = models.UUIDField()
    at = models.DateTimeField(db_default=ClockTimestamp())

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        app_label = "chaos"
        constraints: ClassVar = [*seen_by("chaos_effect", worker=(EVERY, "select, insert"))]
