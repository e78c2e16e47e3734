"""The work that is measured."""

from collections.abc import Sequence

from django.db import connection

from tests.benchmarks.app.events import Changed, Counted, Due, Watched
from tests.benchmarks.app.models import Effect
from workers.events import Envelope, Heard, reacts_to, reacts_to_all

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


@reacts_to_all(Counted)
def bench_count(batch: Sequence[Heard[Counted]]) -> None:
    """One write for a whole batch."""
    Effect.objects.create(count=len(batch))
