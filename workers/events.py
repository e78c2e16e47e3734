"""Events: what an app announces, and who reacts. Declared once, typed; this module knows no database.

@dataclass(frozen=True, kw_only=True)
class OfferAccepted(Event, name="referrals.offer.accepted.v1"):
    '''A clinic said yes.'''
    offer_id: UUID

@reacts_to(OfferAccepted)
def plan_course(event: OfferAccepted, envelope: Envelope) -> None: ...

@reacts_to_all(OfferAccepted)
def count_acceptances(batch: Sequence[Heard[OfferAccepted]]) -> None: ...
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

import msgspec

from workers.kernel.trace import traced

LANES = ("domain", "files", "billing", "mail", "webhooks")


@dataclass(frozen=True, kw_only=True)
class Event:
    """Base of all events. Payloads hold ids, codes and times, never health or income."""

    wire_name: ClassVar[str]

    def __init_subclass__(cls, *, name: str, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if name in _events:
            raise TypeError(f"Two events are named {name}.")
        cls.wire_name = name
        _events[name] = cls

    def to_payload(self) -> dict[str, Any]:
        """Return the payload as JSON types."""
        payload: dict[str, Any] = msgspec.to_builtins(self)
        return payload


@dataclass(frozen=True, kw_only=True, slots=True)
class Envelope:
    """What a reaction is told beside the event: its id, when it happened, the present instant (UTC), its trace id."""

    event_id: UUID
    occurred_at: datetime
    now: datetime
    trace: str = ""


E = TypeVar("E", bound=Event)


@dataclass(frozen=True, kw_only=True)
class Heard(Generic[E]):
    """An event and its envelope: what a reaction to whole batches is given a sequence of."""

    event: E
    envelope: Envelope


Reacts = Callable[[E, Envelope], None]
ReactsToAll = Callable[[Sequence[Heard[E]]], None]


@dataclass(frozen=True, kw_only=True)
class Reaction:
    """One consumer of one event. `external` ones talk to other systems, so they run outside any transaction.

    Each event of one that runs `apart` has a transaction of its own: it locks rows that other workers want, too. One
    that hears a batch `together` takes all its events in one call, and then has one transaction for them.
    """

    consumer: str
    event: type[Event]
    lane: str
    external: bool
    apart: bool
    together: bool
    hear: Callable[[Sequence[Heard[Any]]], None]


class SomeFailed(Exception):
    """Of a batch that was heard outside any transaction these events came to nothing, by event id; the rest is done."""

    def __init__(self, errors: Mapping[UUID, Exception]) -> None:
        super().__init__(f"{len(errors)} of a batch failed.")
        self.errors = dict(errors)


def tell_failed(errors: Mapping[UUID, Exception | None]) -> None:
    """Raise SomeFailed for the events that have an error, if any has one."""
    if failed := {event_id: error for event_id, error in errors.items() if error is not None}:
        raise SomeFailed(failed)


class UnknownEvent(LookupError):
    """No event of this wire name is declared."""

    def __init__(self, wire_name: str) -> None:
        super().__init__(f"No event is named {wire_name}.")


class UnknownReaction(LookupError):
    """No reaction of this consumer name is declared: it was renamed or removed while its jobs waited."""


_events: dict[str, type[Event]] = {}
_by_event: dict[type[Event], list[Reaction]] = defaultdict(list)
_by_consumer: dict[str, Reaction] = {}


def reacts_to(
    event: type[E], *, lane: str = "domain", external: bool = False, apart: bool = False
) -> Callable[[Reacts[E]], Reacts[E]]:
    """Subscribe a function to an event: it is called exactly once in effect, in the order of its subject's events.

    Its effect commits with the completion of its job. An `external` reaction is called outside a transaction and at
    least once, with the same envelope, so it passes a stable id to the other side. One that changes rows which many
    events share runs `apart` from the batch, which would keep them locked until its last job is done.
    """

    def subscribe(call: Reacts[E]) -> Reacts[E]:
        @wraps(call)
        def hear(batch: Sequence[Heard[E]]) -> None:
            for heard in batch:
                with traced(heard.envelope.trace):
                    call(heard.event, heard.envelope)

        _subscribe(call, hear, event=event, lane=lane, external=external, apart=apart)
        return call

    return subscribe


def reacts_to_all(
    event: type[E], *, lane: str = "domain", external: bool = False, apart: bool = False
) -> Callable[[ReactsToAll[E]], ReactsToAll[E]]:
    """Subscribe a function that takes all the events of a batch in one call, for effects that one statement can have.

    The events are of different aggregates; an event whose batch fails comes again in a batch of its own. An `external`
    one, which asks another system about all of them at once, says by SomeFailed which of them failed. One that runs
    `apart` shares its transaction with no other reaction: what it locks at its end is locked for no longer.
    """

    def subscribe(call: ReactsToAll[E]) -> ReactsToAll[E]:
        _subscribe(call, call, event=event, lane=lane, external=external, apart=apart, together=True)
        return call

    return subscribe


def _subscribe(
    call: Callable[..., None],
    hear: Callable[[Sequence[Heard[Any]]], None],
    *,
    event: type[Event],
    lane: str,
    external: bool,
    apart: bool = False,
    together: bool = False,
) -> None:
    consumer = f"{call.__module__.partition('.')[0]}.{call.__name__}"
    if consumer in _by_consumer or lane not in LANES:
        raise TypeError(f"Reaction {consumer} is declared twice, or its lane {lane} does not exist.")
    if external and lane == "domain":
        raise TypeError(f"Reaction {consumer} takes its time: in the lane where batches are large all would wait.")
    reaction = Reaction(
        consumer=consumer, event=event, lane=lane, external=external, apart=apart, together=together, hear=hear
    )
    _by_event[event].append(reaction)
    _by_consumer[consumer] = reaction


def list_reactions() -> list[Reaction]:
    """Return every declared reaction, in the order of declaration."""
    return list(_by_consumer.values())


def reactions_to(event: type[Event]) -> list[Reaction]:
    """Return the reactions subscribed to an event, in the order of their declaration."""
    return _by_event.get(event, [])


def get_reaction(consumer: str) -> Reaction:
    """Return a reaction by its consumer name. Raises UnknownReaction."""
    try:
        return _by_consumer[consumer]
    except KeyError:
        raise UnknownReaction(f"No reaction is named {consumer}.") from None


def decode(wire_name: str, payload: str) -> Event:
    """Return the typed event of a JSON payload. Raises UnknownEvent, or msgspec.ValidationError for a wrong shape."""
    return msgspec.json.decode(payload, type=event_type(wire_name))


def event_type(wire_name: str) -> type[Event]:
    """Return the class of an event by its wire name. Raises UnknownEvent."""
    try:
        return _events[wire_name]
    except KeyError:
        raise UnknownEvent(wire_name) from None


def list_events() -> list[type[Event]]:
    """Return every declared event by wire name, for the generated catalogue."""
    return [_events[name] for name in sorted(_events)]
