"""Rows of NPPES into records, written as lines of PostgreSQL's COPY (text format)."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Protocol

from referrals.npi_registry.rules.archives import Source
from referrals.npi_registry.rules.faults import BadRow, Fault
from referrals.npi_registry.rules.layout import DATES, DEACTIVATION_REPORT, ENTITY, NPI, FileKind, Layout
from referrals.npi_registry.rules.lines import split
from referrals.npi_registry.rules.numbers import is_npi

COLUMNS = (
    "npi",
    "entity_type",
    "name",
    "credential",
    "street",
    "city",
    "state",
    "postal_code",
    "country",
    "phone",
    "primary_taxonomy",
    "licences",
    "taxonomies",
    "enumerated_on",
    "updated_on",
    "deactivated_on",
    "reactivated_on",
)
MOST_FAULTS = 100  # that are kept with their text; the others are counted
_ENTITIES = {b"1": b"individual", b"2": b"organization"}
_NULL = b"\\N"
_NOTHING_BUT_NUMBER = b"\t" * (COLUMNS.index("taxonomies")) + b"{}\t" + _NULL + b"\t" + _NULL + b"\t"


class Wanted(Protocol):
    """Decides which rows are kept."""

    def __call__(self, npi: bytes, codes: Sequence[bytes]) -> bool:
        """Whether a provider with these taxonomies is wanted."""


@dataclass
class Tally:
    """How many rows were read, kept and refused, and the first of the refusals."""

    read: int = 0
    kept: int = 0
    refused: int = 0
    faults: list[Fault] = field(default_factory=list)

    def refuse(self, row: int, fault: BadRow) -> None:
        """Count a row that was left out."""
        self.refused += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(row=row, column=fault.column, message=str(fault)))


@dataclass(frozen=True)
class Relevant:
    """Keeps providers with one of `codes`, and those who are `known` already: they may have changed what they do.

    `known` is sorted, eight bytes a number, so that the filter is small however many there are.
    """

    codes: frozenset[bytes]
    known: Sequence[int]

    def __call__(self, npi: bytes, codes: Sequence[bytes]) -> bool:
        """Whether a provider is wanted."""
        return not self.codes.isdisjoint(codes) or self._knows(npi)

    def _knows(self, npi: bytes) -> bool:
        if not npi.isdigit():
            return False
        number = int(npi[:10])
        place = bisect_left(self.known, number)
        return place < len(self.known) and self.known[place] == number


def everyone(npi: bytes, codes: Sequence[bytes]) -> bool:
    """Keeps every provider."""
    return True


def copy_lines(source: Source, wanted: Wanted, tally: Tally) -> Iterator[bytes]:
    """Yield a COPY line per record that is kept, and count in `tally`. Raises BadFile."""
    if source.kind == FileKind.DEACTIVATIONS:
        return _deactivations(source, tally)
    return _providers(source, Layout.of(source.header), wanted, tally)


def _providers(source: Source, layout: Layout, wanted: Wanted, tally: Tally) -> Iterator[bytes]:
    width, npi, entity, codes = layout.width, layout.npi, layout.entity, layout.codes
    for number, line in source.lines:
        tally.read += 1
        try:
            fields = split(line, width)
            if not fields[entity]:
                copied = _deactivated(fields[npi], fields[layout.dates[2]], DATES[2])
            elif wanted(fields[npi], [fields[place] for place in codes]):
                copied = _provider(fields, layout)
            else:
                continue
        except BadRow as fault:
            tally.refuse(number, fault)
            continue
        tally.kept += 1
        yield copied


def _deactivations(source: Source, tally: Tally) -> Iterator[bytes]:
    width = len(source.header)
    for number, line in source.lines:
        tally.read += 1
        try:
            fields = split(line, width)
            copied = _deactivated(fields[0], fields[1], DEACTIVATION_REPORT[1])
        except BadRow as fault:
            tally.refuse(number, fault)
            continue
        tally.kept += 1
        yield copied


def _deactivated(npi: bytes, day: bytes, column: str) -> bytes:
    """A number without a provider: CMS publishes of a deactivated one nothing but the day."""
    if not day:
        raise BadRow(column, f"is empty, and so is {ENTITY}: a row has the one or the other")
    return _checked_npi(npi) + _NOTHING_BUT_NUMBER + _day(day, column) + b"\t" + _NULL + b"\n"


def _provider(fields: list[bytes], layout: Layout) -> bytes:
    kind = _ENTITIES.get(fields[layout.entity])
    if kind is None:
        raise BadRow(ENTITY, f"{_shown(fields[layout.entity])} is neither 1 (individual) nor 2 (organization)")
    codes = [fields[place] for place in layout.codes if fields[place]]
    texts = [
        _checked_npi(fields[layout.npi]),
        kind,
        _name(fields, layout),
        *[fields[place] for place in layout.texts],
        _primary(fields, layout),
        _licences(fields, layout),
    ]
    days = [_day(fields[place], name) for place, name in zip(layout.dates, DATES, strict=True)]
    return b"\t".join([_escaped(texts), _array(codes), *days]) + b"\n"


def _checked_npi(npi: bytes) -> bytes:
    if not is_npi(npi):
        raise BadRow(NPI, f"{_shown(npi)} fails its check digit: look the number up in the registry and correct it")
    return npi


def _name(fields: list[bytes], layout: Layout) -> bytes:
    if organization := fields[layout.organization]:
        return organization
    last, first = fields[layout.last_name], fields[layout.first_name]
    if not last:
        raise BadRow("Provider Last Name (Legal Name)", "is empty, and so is the organization's name: give one of them")
    return b", ".join([last, first]) if first else last


def _primary(fields: list[bytes], layout: Layout) -> bytes:
    """The taxonomy that the provider marked, or the first."""
    for code, switch in zip(layout.codes, layout.switches, strict=True):
        if fields[switch] == b"Y":
            return fields[code]
    return fields[layout.codes[0]]


def _licences(fields: list[bytes], layout: Layout) -> bytes:
    """ "NY:123456;CA:A777": state and number of each, in the order of the taxonomies."""
    found = [b"%s:%s" % (fields[state], fields[licence]) for state, licence in layout.licences if fields[licence]]
    return b";".join(dict.fromkeys(found))


def _array(codes: list[bytes]) -> bytes:
    for code in codes:
        if not code.isalnum():
            raise BadRow("Healthcare Provider Taxonomy Code", f"{_shown(code)} is no code of NUCC's list: correct it")
    return b"{%s}" % b",".join(codes)


def _escaped(texts: list[bytes]) -> bytes:
    """Texts joined by tabs; those that hold what COPY would read as its own are escaped. Raises BadRow."""
    joined = b"\t".join(texts)
    if not joined.isascii() or b"\x00" in joined:
        _require_text(joined)
    if joined.count(b"\t") == len(texts) - 1 and not any(mark in joined for mark in (b"\\", b"\r", b"\n")):
        return joined
    return b"\t".join(
        text.replace(b"\\", b"\\\\").replace(b"\t", b"\\t").replace(b"\r", b"\\r").replace(b"\n", b"\\n")
        for text in texts
    )


def _require_text(joined: bytes) -> None:
    try:
        joined.decode()
    except UnicodeDecodeError:
        raise BadRow("the whole row", "is not UTF-8: save the file as UTF-8, or download it again") from None
    if b"\x00" in joined:
        raise BadRow("the whole row", "holds a NUL byte, which no text has: download the file again")


def _day(text: bytes, column: str) -> bytes:
    day = _iso(text)
    if not day:
        raise BadRow(column, f"{_shown(text)} is no day: write it as 01/31/2026")
    return day


@lru_cache(maxsize=1 << 15)
def _iso(text: bytes) -> bytes:
    """A day of the layout (MM/DD/YYYY) as ISO 8601, NULL for none, "" for what is no day; there are few: remembered."""
    if not text:
        return _NULL
    month, day, year = text[:2], text[3:5], text[6:]
    if len(text) != 10 or text[2:3] != b"/" or text[5:6] != b"/" or not (month + day + year).isdigit():
        return b""
    try:
        return date(int(year), int(month), int(day)).isoformat().encode()
    except ValueError:
        return b""


def _shown(value: bytes) -> str:
    """A value in a message: short, and printable whatever it holds."""
    return ascii(value[:40].decode(errors="replace"))
