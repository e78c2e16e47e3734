"""Telling what came of attempts, once it is recorded: metrics for graphs, and lines of the log under their traces."""

import logging
from collections import defaultdict
from collections.abc import Sequence

from django.db.backends.utils import CursorWrapper

from workers.deliveries.claiming import Claimed, Result
from workers.deliveries.rules import GONE, THROTTLING, Answer, Fate, fate_of
from workers.kernel import clock
from workers.kernel.ids import made_at
from workers.kernel.metrics import AttemptOutcome, count_dead, count_lost_leases, observe_attempts, observe_deliveries
from workers.kernel.trace import traced

log = logging.getLogger(__name__)


def tell(results: Sequence[Result], cursor: CursorWrapper) -> None:
    """Count them, and say under their deliveries' traces what came of them; `cursor` has those that were lost."""
    with cursor:
        lost = set(cursor.fetchall())
    ours = (
        [result for result in results if (result.claimed.id, result.claimed.attempts) not in lost] if lost else results
    )
    _count(ours)
    _log_delivered([result.claimed for result in ours if result.answer.is_good])
    for result in ours:
        if not result.answer.is_good:
            _tell_failed(result)
    if lost:
        _tell_lost([r.claimed for r in results if (r.claimed.id, r.claimed.attempts) in lost])


def _count(results: Sequence[Result]) -> None:
    """By what came of them, and how long those that arrived were on their way, however the clock was moved."""
    seconds: dict[AttemptOutcome, list[float]] = defaultdict(list)
    for result in results:
        seconds[_outcome(result.answer)].append(result.answer.duration_ms / 1000)
    now = clock.real_now().timestamp()
    observe_deliveries([now - made_at(result.claimed.id) for result in results if result.answer.is_good])
    for outcome, durations in seconds.items():
        observe_attempts(outcome, durations)


def _log_delivered(delivered: Sequence[Claimed]) -> None:
    """One line for an event, to however many endpoints it went: a line costs more than a signature."""
    told: dict[tuple[str, str], list[str]] = defaultdict(list)
    for claimed in delivered:
        told[claimed.trace, claimed.event_id].append(f"{claimed.id}/{claimed.attempts}")
    for (trace, event_id), deliveries in told.items():
        with traced(trace):
            log.info("delivered event=%s deliveries=%s", event_id, " ".join(deliveries))


def _tell_failed(result: Result) -> None:
    claimed, answer = result.claimed, result.answer
    with traced(claimed.trace):
        about = (claimed.id, claimed.event_id, claimed.attempts, answer.reason)
        log.info("delivery failed delivery=%s event=%s attempt=%s reason=%s", *about)
    if fate_of(answer, attempts=claimed.attempts) == Fate.DEAD:
        count_dead("deliveries")


def _tell_lost(lost: Sequence[Claimed]) -> None:
    count_lost_leases("deliveries", len(lost))
    for claimed in lost:
        with traced(claimed.trace):
            log.warning("lease lost delivery=%s attempt=%s", claimed.id, claimed.attempts)


def _outcome(answer: Answer) -> AttemptOutcome:
    """What the metrics call it."""
    if answer.status_code is None:
        return "unreachable"
    if answer.is_good:
        return "delivered"
    if answer.status_code == GONE:
        return "gone"
    if answer.status_code in THROTTLING:
        return "throttled"
    return "failed" if answer.is_outage else "refused"
