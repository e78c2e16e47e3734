"""Cutting an X12 interchange into segments, as a stream: a file of any size needs the memory of a few segments.

The interchange says itself how it is cut: its first segment, ISA, has a fixed length, and the characters at fixed
places of it are the separators of the whole (X12.5, "Interchange Control Structures").
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from benefits.eligibility.rules.rows import RowError
from workers.kernel.words import gettext_noop as _

ISA_LENGTH = 106  # characters, the terminator included
LONGEST = 4_000  # bytes of a segment: the longest of 005010X220A1 has not a quarter of them
_CHUNK = 1 << 16
_BOM = b"\xef\xbb\xbf"
# What cannot separate anything, because names and numbers are made of it.
_NO_SEPARATOR = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ")


class NotReadable(Exception):
    """The file as a whole cannot be taken in; `errors` says why and where."""

    def __init__(self, *errors: RowError) -> None:
        super().__init__(errors[0].message)
        self.errors = errors


@dataclass(frozen=True, kw_only=True)
class Separators:
    """What cuts an interchange."""

    element: str
    repetition: str
    component: str
    segment: str


class Segment(NamedTuple):
    """One segment: its number in the file, from 1 (ISA), its elements, and at which byte of the file it begins.

    `elements[0]` is its name.
    """

    number: int
    elements: list[str]
    begins: int = 0

    def get(self, place: int) -> str:
        """Return an element as the guide numbers them (REF02 is 2), without spaces around; "" where it ends before."""
        return self.elements[place].strip() if place < len(self.elements) else ""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Between two segments of a file: which one comes next, and at which byte."""

    number: int = 1
    byte: int = 0


def read_segments(
    source: BinaryIO, *, begin: Place | None = None, separators: Separators | None = None
) -> Iterator[Segment]:
    """Yield the segments of an interchange, from `begin` on where one was there before, with its `separators`.

    Raises NotReadable where it stops being one.
    """
    separators = separators or read_separators(source)
    place = begin or Place()
    source.seek(place.byte)
    element = separators.element
    for number, (text, begins) in enumerate(_texts(source, place, separators.segment.encode()), start=place.number):
        yield Segment(number, text.split(element), begins)


def read_separators(source: BinaryIO) -> Separators:
    """Return how an interchange is cut. Raises NotReadable."""
    start = source.read(ISA_LENGTH + len(_BOM)).removeprefix(_BOM)[:ISA_LENGTH]
    if not start.strip():
        message = _("The file is empty: send the interchange, from ISA to IEA.")
        raise NotReadable(file_error(1, "ISA", "empty", message))
    if not start.startswith(b"ISA") or len(start) < ISA_LENGTH or not start.isascii():
        message = _("An X12 interchange begins with an ISA segment of 106 characters: send the 834 as it was written.")
        raise NotReadable(file_error(1, "ISA", "not_x12", message))
    isa = start.decode("ascii")
    separators = Separators(element=isa[3], repetition=isa[82], component=isa[104], segment=isa[105])
    _check(isa, separators)
    return separators


def _check(isa: str, separators: Separators) -> None:
    found = (separators.element, separators.repetition, separators.component, separators.segment)
    is_one = isa.count(separators.element) == 16 and isa[103] == separators.element
    if not is_one or len(set(found)) < len(found) or set(found) & _NO_SEPARATOR or "\0" in isa:
        message = _("The elements of ISA are not where they have to be: pad them with spaces to their full length.")
        raise NotReadable(file_error(1, "ISA", "bad_isa", message))


def _texts(source: BinaryIO, place: Place, terminator: bytes) -> Iterator[tuple[str, int]]:
    """The segments' texts and where each begins; line breaks around them left out.

    Cut as bytes: a terminator is ASCII, and no part of another character of UTF-8 is.
    """
    rest, begins, number = b"", place.byte, place.number
    while chunk := source.read(_CHUNK):
        *whole, rest = (rest + chunk).split(terminator)
        for cut in whole:
            if text := _text(cut, number):
                yield text, begins
                number += 1
            begins += len(cut) + 1
        if len(rest) > LONGEST:
            raise NotReadable(_unfinished(number))
    if rest.strip():
        raise NotReadable(_unfinished(number))


def _text(cut: bytes, number: int) -> str:
    try:
        text = cut.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        message = _("This is not UTF-8, or not text: write the file in UTF-8 or plain ASCII.")
        raise NotReadable(file_error(number, "", "encoding", message)) from None
    return text.strip("\r\n\ufeff")


def _unfinished(number: int) -> RowError:
    message = _("This segment has no end: the file was cut off, or uses another terminator than its ISA says.")
    return file_error(number, "", "segment_unfinished", message)


def file_error(number: int, element: str, code: str, message: str) -> RowError:
    """Return an error of the file as a whole, at a segment and an element such as SE01."""
    return RowError(row=number, column=element, code=code, message=message)
