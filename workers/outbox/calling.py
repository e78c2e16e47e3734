"""Calling reactions: what a worker claimed, as the typed events that they take."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from time import monotonic
from typing import Any

from workers.events import Envelope, Heard, decode, get_reaction
from workers.kernel import clock
from workers.kernel.interrupting import interrupted_after
from workers.kernel.metrics import observe_reaction
from workers.kernel.trace import span, traced
from workers.outbox.claiming import Claim

log = logging.getLogger(__name__)
SHARE = 0.75  # of the time for which the jobs are still held: the rest is for writing down that they took too long
LEAST = 1.0  # seconds


def call(claims: Sequence[Claim]) -> None:
    """Call every reaction with its part of the claims, in their order. Raises TookTooLong, in a pool of threads."""
    parts: dict[str, list[Heard[Any]]] = defaultdict(list)
    for claim in claims:
        parts[claim.consumer].append(_heard(claim))
    with interrupted_after(_seconds_for(claims)):
        for consumer, part in parts.items():
            _call(consumer, part)


def _seconds_for(claims: Sequence[Claim]) -> float:
    held = min(((claim.lease_until - clock.machine_now()).total_seconds() for claim in claims), default=0.0)
    return max(held * SHARE, LEAST)


def _call(consumer: str, part: Sequence[Heard[Any]]) -> None:
    start = monotonic()
    with span("reaction", trace=part[0].envelope.trace, consumer=consumer, events=str(len(part))):
        get_reaction(consumer).hear(part)
    observe_reaction(consumer, monotonic() - start)
    if log.isEnabledFor(logging.DEBUG):
        _tell(consumer, part)


def _tell(consumer: str, part: Sequence[Heard[Any]]) -> None:
    for heard in part:
        with traced(heard.envelope.trace):
            log.debug("reacted consumer=%s event=%s", consumer, heard.envelope.event_id)


def _heard(claim: Claim) -> Heard[Any]:
    """The present is never before the event itself: clocks of two machines may differ by a little."""
    envelope = Envelope(
        event_id=claim.event_id,
        occurred_at=claim.occurred_at,
        now=max(clock.now(), claim.occurred_at),
        trace=claim.trace,
    )
    return Heard(event=decode(claim.type, claim.data), envelope=envelope)
