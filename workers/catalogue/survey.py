"""Everything the documents tell, gathered once: entries, their schemas, who announces and who reacts."""

from dataclasses import dataclass
from typing import Any

from workers.catalogue.entries import Entry, Kind, list_entries, list_reactions
from workers.catalogue.schemas import Schema, example_of, schema_of
from workers.catalogue.sources import Announcement, find_announcements, slices_called
from workers.events import Reaction


@dataclass(frozen=True, kw_only=True)
class Hearing:
    """A reaction, and the slices whose services it calls."""

    reaction: Reaction
    slices: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Item:
    """An entry with all that is known of it."""

    entry: Entry
    schema: Schema
    announcements: tuple[Announcement, ...] = ()
    hearings: tuple[Hearing, ...] = ()

    @property
    def example(self) -> Any:
        """A payload, or a whole message, that fits the schema."""
        return example_of(self.schema)

    @property
    def is_timer(self) -> bool:
        """Whether it is announced when a moment has come, and never at once."""
        return bool(self.announcements) and all(one.is_timer for one in self.announcements)


def survey() -> list[Item]:
    """Return every item, by kind and name. Reads the source. Raises Untraceable."""
    entries = list_entries()
    announcements = find_announcements(entries)
    return [
        Item(
            entry=entry,
            schema=schema_of(entry),
            announcements=tuple(announcements.get(entry.key, ())),
            hearings=_hearings(entry),
        )
        for entry in entries
    ]


def _hearings(entry: Entry) -> tuple[Hearing, ...]:
    if entry.kind is not Kind.EVENT:
        return ()
    return tuple(Hearing(reaction=one, slices=tuple(slices_called(one))) for one in list_reactions(entry))
