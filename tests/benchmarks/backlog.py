"""Events that wait: published without a bell, so that a run begins when the worker is rung."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.benchmarks.app.events import Counted
from tests.benchmarks.app.models import Thing
from tests.benchmarks.app.rows import OPERATOR
from workers.kernel import bells, clock
from workers.kernel.actor import acting_as
from workers.outbox.publishing import publish_all
from workers.tasks import drain, strike


@contextmanager
def without_bells() -> Iterator[None]:
    """Publish in silence."""
    bells.install(lambda lane: None)
    try:
        yield
    finally:
        assert bells.flush(), "a bell that rings later would wake the worker"
        bells.install(strike)


def publish_counted(things: list[Thing]) -> None:
    """One transaction that announces one event about each thing."""
    with acting_as(OPERATOR):
        publish_all([(Counted(thing_id=thing.pk), thing) for thing in things], now=clock.now())


def wake(lane: str, *, processes: int) -> None:
    """Ring for each process of a lane's worker, whatever waits in its queue."""
    for _ in range(processes):
        drain.apply_async(kwargs={"lane": lane}, queue=lane)
