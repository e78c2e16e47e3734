"""What peers write: no row-level security, no events, no migrations."""

from typing import ClassVar

from django.db import models


class PlainThing(models.Model):
    """Something that things happen to."""

    objects: ClassVar[models.Manager["PlainThing"]] = models.Manager()
    id = models.UUIDField(primary_key=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "bench_plain_thing"


class PlainEffect(models.Model):
    """The one write of a task."""

    objects: ClassVar[models.Manager["PlainEffect"]] = models.Manager()
    id = models.BigAutoField(primary_key=True)
    thing_id = models.UUIDField(null=True)
    count = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "bench_plain_effect"
