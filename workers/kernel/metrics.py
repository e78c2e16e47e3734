"""What the engine counts, for Prometheus; what waits is not counted here but read from the tables (workers/status.py).

One count costs about a microsecond. A machine's processes share a folder, `PROMETHEUS_MULTIPROC_DIR`, so that whichever
of them is asked answers for all: then a count goes to a mapped file and costs two. Without the folder a process
answers for itself alone, and a prefork worker for none of its children. `labels` of prometheus_client take a lock and
most of that microsecond, so children are kept.

No label holds an id of a person, an employer or a clinic: labels are lanes, queues, consumers, codes.
"""

import collections
import os
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.registry import Collector

FOLDER = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
if FOLDER:
    Path(FOLDER).mkdir(parents=True, exist_ok=True)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

# Seconds. Fine around 5 ms, where a bell's effect is (docs/design/engine.md), up to the hours of a back-off.
_DELAYS = (0.002, 0.004, 0.006, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1800, 7200)
_DURATIONS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60)
_DAYS = (*_DELAYS, 21_600, 86_400, 432_000)  # a clinic is tried for so long
_ATTEMPTS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 15)  # an attempt ends after 15 s


class Times(Histogram):
    """A histogram that takes many at once: observed one by one, they cost as much as what is timed."""

    def observe_all(self, seconds: Sequence[float]) -> None:
        """Observe each."""
        buckets = collections.Counter(bisect_left(self._upper_bounds, one) for one in seconds)
        for bucket, number in buckets.items():
            self._buckets[bucket].inc(number)
        self._sum.inc(sum(seconds))


_own = CollectorRegistry()
_jobs = Counter("engine_jobs", "Jobs that left a worker's hands.", ["lane", "outcome"], registry=_own)
_lost_leases = Counter("engine_lease_losses", "Rows that another worker took meanwhile.", ["queue"], registry=_own)
_bells = Counter(
    "engine_bells", "Bells rung, lost with the broker away, or not needed.", ["lane", "outcome"], registry=_own
)
_dead = Counter("engine_dead", "Rows given up.", ["queue"], registry=_own)
_reactions = Histogram(
    "engine_reaction_seconds", "Run time of one call.", ["consumer"], buckets=_DURATIONS, registry=_own
)
_effects = Times(
    "engine_event_to_effect_seconds", "From the event to its effect.", ["lane"], buckets=_DELAYS, registry=_own
)
_deliveries = Times(
    "engine_delivery_seconds", "From a message's queueing to the 2xx of its endpoint.", buckets=_DAYS, registry=_own
)
_attempts = Counter("engine_delivery_attempts", "Posts to clinics, by what came of them.", ["outcome"], registry=_own)
_attempt_seconds = Times("engine_delivery_attempt_seconds", "Time of one post.", buckets=_ATTEMPTS, registry=_own)
_mails = Counter("engine_mails", "E-mails tried.", ["outcome"], registry=_own)
_timers = Counter("engine_timers_fired", "Timers that became events.", registry=_own)
_retired = Counter("engine_retired_rows", "Rows deleted because their time was over.", ["table"], registry=_own)

JobOutcome = Literal["done", "failed", "dead", "released"]
BellOutcome = Literal["rung", "lost", "skipped"]
AttemptOutcome = Literal["delivered", "refused", "throttled", "failed", "gone", "unreachable"]
MailOutcome = Literal["sent", "dropped", "failed", "dead", "held", "in_doubt"]
Queue = Literal["jobs", "deliveries", "emails"]


@cache
def _child(metric: Any, *labels: str) -> Any:
    return metric.labels(*labels)


def count_jobs(lane: str, outcome: JobOutcome, n: int = 1) -> None:
    """`n` jobs of a lane ended so: done, failed (they come again), dead, or released without having been run."""
    _child(_jobs, lane, outcome).inc(n)


def count_lost_leases(queue: Queue, n: int = 1) -> None:
    """`n` rows were taken by another worker before this one had finished them."""
    _child(_lost_leases, queue).inc(n)


def count_bell(lane: str, outcome: BellOutcome) -> None:
    """A bell was rung, lost because the broker was away, or skipped because enough of them wait."""
    _child(_bells, lane, outcome).inc()


def count_dead(queue: Queue, n: int = 1) -> None:
    """`n` rows were given up: a person has to look at them."""
    _child(_dead, queue).inc(n)


def observe_reaction(consumer: str, seconds: float) -> None:
    """A call of a reaction took so long; a call may have been about a whole batch."""
    _child(_reactions, consumer).observe(seconds)


def observe_effects(lane: str, delays: Sequence[float]) -> None:
    """Effects that were committed, each with the seconds since its event; called once per transaction."""
    _child(_effects, lane).observe_all(delays)


def observe_attempts(outcome: AttemptOutcome, durations: Sequence[float]) -> None:
    """Posts to clinics came to this, each within so many seconds."""
    _child(_attempts, outcome).inc(len(durations))
    _attempt_seconds.observe_all(durations)


def observe_deliveries(delays: Sequence[float]) -> None:
    """Messages were taken by their endpoints, each so many seconds after it was queued."""
    _deliveries.observe_all(delays)


def count_mail(outcome: MailOutcome, n: int = 1) -> None:
    """`n` e-mails were sent, dropped, failed (they come again), given up, or in doubt, of which some are held."""
    _child(_mails, outcome).inc(n)


def count_timers(n: int) -> None:
    """`n` timers fired."""
    _timers.inc(n)


def count_retired(table: str, n: int) -> None:
    """`n` rows of a table were deleted because their time was over."""
    _child(_retired, table).inc(n)


def render(*more: Collector) -> bytes:
    """Return what all processes of this machine counted, and what `more` collectors find now, as Prometheus' text."""
    registry = CollectorRegistry()
    if FOLDER:
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library is untyped there
    else:
        registry.register(_own)
    for collector in more:
        registry.register(collector)
    return generate_latest(registry)
