"""What the fault run's publishers announce. A `tag` is the publisher's own name for the event, written down before."""

from dataclasses import dataclass
from uuid import UUID

from workers.events import Event


@dataclass(frozen=True, kw_only=True)
class Poked(Event, name="chaos.poked.v1"):
    """The ordinary event: reactions in the domain lane write rows."""

    tag: str


@dataclass(frozen=True, kw_only=True)
class Called(Event, name="chaos.called.v1"):
    """An event that others outside are told of: by a webhook, an e-mail and a call."""

    tag: str
    clinic_id: UUID


@dataclass(frozen=True, kw_only=True)
class Rang(Event, name="chaos.rang.v1"):
    """A timer fired."""

    tag: str


@dataclass(frozen=True, kw_only=True)
class Consulted(Event, name="chaos.consulted.v1"):
    """Heard by whole batches: outside any transaction, and apart from other reactions."""

    tag: str
