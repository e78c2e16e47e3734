"""What the benchmarks' events are about, and what their reactions leave behind. Tables are made without migrations."""

from typing import ClassVar

from django.db import models

from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, seen_by


class Thing(Aggregate):
    """Something that things happen to."""

    objects: ClassVar[models.Manager["Thing"]] = models.Manager()
    note = models.CharField(max_length=40, default="")

    class Meta:
        db_table = "bench_thing"
        constraints: ClassVar = seen_by(
            "bench_thing",
            operator=(EVERY, "select, insert, update, delete"),
            worker=(EVERY, "select, insert, update"),
        )


class Effect(models.Model):
    """The one write of a reaction; `count` is how many events it stands for."""

    objects: ClassVar[models.Manager["Effect"]] = models.Manager()
    id = models.BigAutoField(primary_key=True)
    thing_id = models.UUIDField(null=True)
    count = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "bench_effect"
        constraints: ClassVar = seen_by("bench_effect", worker=(EVERY, "select, insert"))
