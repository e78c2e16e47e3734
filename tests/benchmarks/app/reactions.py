"""The work that is measured."""

from django.db import connection

from tests.benchmarks.app.events import Changed, Due, Watched
from tests.benchmarks.app.models import Effect
from workers.events import Envelope, reacts_to

CHANNEL = "bench_effect"


@reacts_to(Changed)
def bench_write(event: Changed, envelope: Envelope) -> None:
    """One ORM write."""
    Effect.objects.create(thing_id=event.thing_id)


@reacts_to(Due)
def bench_write_when_due(event: Due, envelope: Envelope) -> None:
    """One ORM write."""
    Effect.objects.create(thing_id=event.thing_id)


@reacts_to(Watched)
def bench_write_and_tell(event: Watched, envelope: Envelope) -> None:
    """One ORM write; PostgreSQL tells the listener when it is committed, which is the instant that is measured."""
    Effect.objects.create(thing_id=event.thing_id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
