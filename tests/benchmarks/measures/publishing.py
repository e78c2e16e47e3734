"""engine.publish_cost: what an announcement adds to a business transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from time import perf_counter

from tests.benchmarks.app.events import Changed
from tests.benchmarks.app.models import Thing
from tests.benchmarks.app.rows import OPERATOR, make_things
from tests.benchmarks.bench import Bench
from tests.benchmarks.comparing import Figures, Measure, Side, compare
from workers.kernel import clock
from workers.kernel.actor import acting_as
from workers.outbox.publishing import publish

TRANSACTIONS = 50  # few, and many pairs: a machine that slows down for a second slows both sides


@compare(
    Measure(name="engine.publish_cost", unit="ms", better="lower", required=1.5),
    pairs=41,
)
@contextmanager
def publishing(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """The median transaction as the app makes them: act as somebody, lock a row, insert one, update one, commit.

    Ours publishes one event with one reaction in it, and rings after the commit; the reference is the same without
    the event. No worker runs, so that neither side pays for what happens later.
    """
    [subject] = make_things(1)
    bench.empty()
    yield (lambda: _timed(subject, announces=True), lambda: _timed(subject, announces=False))


def _timed(subject: Thing, *, announces: bool) -> Figures:
    durations = []
    for number in range(TRANSACTIONS):
        start = perf_counter()
        _transaction(subject, str(number), announces=announces)
        durations.append((perf_counter() - start) * 1000)
    return (median(durations),)


def _transaction(subject: Thing, note: str, *, announces: bool) -> None:
    with acting_as(OPERATOR):
        thing = Thing.locked(pk=subject.pk)
        Thing(note=note).save(force_insert=True)
        thing.note = note
        thing.save(update_fields=["note"])
        if announces:
            publish(Changed(thing_id=thing.pk), about=thing, now=clock.now())
