"""The committed documents: what each should hold, which are outdated, and which changes may not be written.

A name that vanishes from the code has to be retired: its schema moves to `schemas/retired/`, with the reason.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workers.catalogue.asyncapi import write_asyncapi
from workers.catalogue.compatibility import incompatibilities
from workers.catalogue.entries import Kind
from workers.catalogue.page import write_page
from workers.catalogue.survey import survey

PAGE, ASYNCAPI, SCHEMAS, RETIRED = "events.md", "asyncapi.json", "schemas", "schemas/retired"


class Incompatible(ValueError):
    """Committed names would change their meaning, or vanish; `reasons` has a sentence each."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons


class NotRetirable(ValueError):
    """There is no committed schema of this name, or the code still declares it."""


@dataclass(frozen=True)
class Documents:
    """The documents below the folder `root` (docs/)."""

    root: Path

    def outdated(self) -> list[str]:
        """Return the paths below `root` that are missing, or differ from what the code declares."""
        return sorted(name for name, text in self._wanted().items() if self._read(name) != text)

    def refusals(self) -> list[str]:
        """Return why the code may not be as it is beside the committed schemas, a sentence each."""
        wanted, reasons = self._wanted(), []
        for name in self._committed():
            if name in wanted:
                reasons += _changes(name, json.loads(self._read(name)), json.loads(wanted[name]))
            else:
                reasons.append(f"{name}: nothing declares it any more; retire it (catalogue --retire), or keep it")
        return reasons + [
            f"{name}: this name was retired; its successor needs a new one"
            for name in sorted(wanted)
            if name.startswith(f"{SCHEMAS}/") and (self.root / RETIRED / name.removeprefix(f"{SCHEMAS}/")).exists()
        ]

    def write(self) -> list[str]:
        """Write what is outdated and return its paths. Raises Incompatible, and then nothing is written."""
        if reasons := self.refusals():
            raise Incompatible(reasons)
        outdated, wanted = self.outdated(), self._wanted()
        for name in outdated:
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[name])
        return outdated

    def retire(self, key: str, reason: str) -> None:
        """Mark a vanished `key` ("events/referrals.offer.made.v1") as retired. Raises NotRetirable."""
        name = f"{SCHEMAS}/{key}.json"
        if name not in self._committed() or name in self._wanted():
            raise NotRetirable(f"{key} is still declared, or {name} does not exist.")
        schema = json.loads(self._read(name)) | {"deprecated": True, "$comment": reason}
        path = self.root / RETIRED / f"{key}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_json(schema))
        (self.root / name).unlink()

    def _wanted(self) -> dict[str, str]:
        """What each document should hold, by its path below `root`."""
        items = survey()
        schemas = {f"{SCHEMAS}/{item.entry.key}.json": _json(item.schema) for item in items}
        return {
            PAGE: write_page(items, self._retired()),
            ASYNCAPI: _json(write_asyncapi(items)),
            **schemas,
        }

    def _committed(self) -> list[str]:
        """The schemas in force, by their paths below `root`."""
        folders = [self.root / SCHEMAS / kind for kind in Kind]
        return [path.relative_to(self.root).as_posix() for place in folders for path in sorted(place.glob("*.json"))]

    def _retired(self) -> list[tuple[str, str]]:
        """The names that are used no more, and why."""
        paths = sorted((self.root / RETIRED).rglob("*.json"))
        return [(path.stem, json.loads(path.read_text())["$comment"]) for path in paths]

    def _read(self, name: str) -> str:
        path = self.root / name
        return path.read_text() if path.exists() else ""


def _changes(name: str, old: Any, new: Any) -> list[str]:
    reader_only = name.startswith(f"{SCHEMAS}/{Kind.INBOUND}/")
    return [f"{name}: {reason}" for reason in incompatibilities(old, new, reader_only=reader_only)]


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
