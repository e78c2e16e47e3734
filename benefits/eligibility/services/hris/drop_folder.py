"""An HR system that leaves its exports in a folder, as one does over SFTP.

    company.json             {"id": "acme", "name": "Acme"}
    individuals.jsonl        an Individual per line
    employments.jsonl        an Employment per line
    webhooks/*.json          {"individual_ids": ["E1"]}: only these changed; without any the export is of everybody
    ready                    written last: an export without it is still under way
    taken-*                  what `ready` is renamed to while its export is collected

What was collected has its `taken-*` and its webhooks removed: a `ready` that is written meanwhile announces the next
export, and a collection that was killed is made good by the one after it. The folder is one employer's.
"""

import hashlib
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec

from benefits.eligibility.services.hris.connector import Company, Employment, Individual, NotReadable
from workers.kernel.ids import new_id

_MOST_LINE = 20_000  # bytes
_MOST_DOCUMENT = 1024**2
T = TypeVar("T", Individual, Employment)
D = TypeVar("D")


class _Notice(msgspec.Struct):
    """A webhook as the system would post it."""

    individual_ids: frozenset[str]


class DropFolder:
    """Reads a folder; implements Connector."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._notices: list[Path] = []
        self._markers: list[Path] = []

    def is_ready(self) -> bool:
        """Whether an export waits that is complete, or one whose collection came to nothing."""
        return (self._folder / "ready").is_file() or any(self._folder.glob("taken-*"))

    def begin(self) -> None:
        """Take hold of the export that waits, by a name of its own: another collection may be under way."""
        with suppress(FileNotFoundError):
            (self._folder / "ready").rename(self._folder / f"taken-{new_id()}")
        self._markers = list(self._folder.glob("taken-*"))
        self._notices = sorted((self._folder / "webhooks").glob("*.json"))

    def company(self) -> Company:
        """Raises NotReadable."""
        return self._document(self._folder / "company.json", Company)

    def announced(self) -> frozenset[str] | None:
        """Raises NotReadable."""
        if not self._notices:
            return None
        return frozenset().union(*(self._document(path, _Notice).individual_ids for path in self._notices))

    def individuals(self, ids: Collection[str] | None) -> Iterator[Individual]:
        """Raises NotReadable."""
        lines = self._lines("individuals.jsonl", Individual)
        return lines if ids is None else (one for one in lines if one.id in ids)

    def employments(self, ids: Collection[str] | None) -> Iterator[Employment]:
        """Raises NotReadable."""
        lines = self._lines("employments.jsonl", Employment)
        return lines if ids is None else (one for one in lines if one.individual_id in ids)

    def fingerprint(self) -> str:
        """Raises NotReadable."""
        whole = hashlib.sha256()
        for path in (self._folder / "individuals.jsonl", self._folder / "employments.jsonl", *self._notices):
            try:
                with path.open("rb") as file:
                    whole.update(hashlib.file_digest(file, "sha256").digest())
            except OSError as error:
                raise NotReadable(f"{path.name} cannot be read: {error.strerror}.") from None
        return whole.hexdigest()

    def taken(self) -> None:
        """Only what was there at the beginning goes: what came meanwhile waits for the next collection."""
        for path in (*self._notices, *self._markers):
            path.unlink(missing_ok=True)

    @staticmethod
    def _document(path: Path, kind: type[D]) -> D:
        try:
            if path.stat().st_size > _MOST_DOCUMENT:
                raise NotReadable(f"{path.name} is too large.")
            return msgspec.json.decode(path.read_bytes(), type=kind)
        except OSError as error:
            raise NotReadable(f"{path.name} cannot be read: {error.strerror}.") from None
        except msgspec.DecodeError as error:
            raise NotReadable(f"{path.name} is not as expected: {error}.") from None

    def _lines(self, name: str, kind: type[T]) -> Iterator[T]:
        decoder = msgspec.json.Decoder(kind)
        try:
            with (self._folder / name).open("rb") as file:
                for number, line in enumerate(iter(lambda: file.readline(_MOST_LINE), b""), start=1):
                    yield self._decoded(decoder, line, f"{name}, line {number}")
        except OSError as error:
            raise NotReadable(f"{name} cannot be read: {error.strerror}.") from None

    @staticmethod
    def _decoded(decoder: "msgspec.json.Decoder[T]", line: bytes, place: str) -> T:
        try:
            return decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise NotReadable(f"{place}: {error}.") from None
