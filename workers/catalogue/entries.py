"""What is declared: every event and every webhook message, in and out, of the installed apps."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.apps import apps

from workers.events import Reaction, list_events, reactions_to
from workers.messages import list_inbound, list_outbound

_VERSION = re.compile(r"\.v(\d+)$")


class Kind(StrEnum):
    """Who reads an entry: the apps themselves, other systems, or the apps what others sent."""

    EVENT = "events"
    OUTBOUND = "outbound"
    INBOUND = "inbound"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One declared event or message: its wire name, and the class that holds its fields."""

    kind: Kind
    name: str
    declared: type[Any]

    @property
    def key(self) -> str:
        """What no other entry has: `outbound/referral.offered`."""
        return f"{self.kind}/{self.name}"

    @property
    def app(self) -> str:
        """The app that declares it."""
        return self.declared.__module__.partition(".")[0]

    @property
    def meaning(self) -> str:
        """What it says, by its class."""
        return inspect.getdoc(self.declared) or ""

    @property
    def version(self) -> int:
        """The number that its name ends with (`.v2`); names without one are the first version."""
        found = _VERSION.search(self.name)
        return int(found[1]) if found else 1


def list_entries(*kinds: Kind) -> list[Entry]:
    """Return the entries of `kinds` (all, when none is named) by kind and name; tests' own are left out."""
    ours = {config.name.partition(".")[0] for config in apps.get_app_configs()}
    return [entry for entry in _declared() if entry.app in ours and (not kinds or entry.kind in kinds)]


def list_reactions(entry: Entry) -> list[Reaction]:
    """Return who hears an event, by consumer name; tests' own are left out."""
    ours = {config.name.partition(".")[0] for config in apps.get_app_configs()}
    heard = [r for r in reactions_to(entry.declared) if r.hear.__module__.partition(".")[0] in ours]
    return sorted(heard, key=lambda reaction: reaction.consumer)


def _declared() -> Iterator[Entry]:
    for event in list_events():
        yield Entry(kind=Kind.EVENT, name=event.wire_name, declared=event)
    for message in list_outbound():
        yield Entry(kind=Kind.OUTBOUND, name=message.type, declared=message)
    for told in list_inbound():
        yield Entry(kind=Kind.INBOUND, name=told.name, declared=told.data)
