"""Making and counting rows as the roles that may."""

from django.db import models
from django.db.models import Sum
from django.db.models.functions import Coalesce

from tests.benchmarks.app.models import Effect, Thing
from workers.kernel.actor import WORKER, Actor, Role, acting_as

OPERATOR = Actor(role=Role.OPERATOR)


def make_things(number: int) -> list[Thing]:
    """Insert rows for events to be about."""
    things = [Thing() for _ in range(number)]
    with acting_as(OPERATOR):
        Thing.objects.bulk_create(things)
    return things


def count_heard() -> int:
    """For how many events the rows of Effect stand."""
    with acting_as(WORKER):
        return int(Effect.objects.aggregate(heard=Coalesce(Sum("count"), 0))["heard"])


def count_as_worker(model: type[models.Model]) -> int:
    """Count a table's rows."""
    with acting_as(WORKER):
        return model._default_manager.count()
