"""Social Security numbers leave a file before anything of it is kept, and the text that pyx12 is given to judge.

A validator tells in its log, and in the 999, which value it found wrong: what is not there cannot be told.
"""

from collections.abc import Iterable, Iterator
from io import TextIOBase
from typing import BinaryIO
from unicodedata import combining, normalize

from benefits.x12.rules import codes
from benefits.x12.rules.segments import Segment, Separators

_NOBODYS = "000000000"
_CHUNK = 1 << 20


def without_ssn(source: BinaryIO, separators: Separators) -> Iterator[bytes]:
    """Yield a file piece by piece without Social Security numbers: REF*SY, NM109 after 34, and REF*0F that is one.

    Counts of segments stay as they are. Of a file that is not cut as it says, nothing is known to be one.
    """
    element, terminator = separators.element.encode(), separators.segment.encode()
    loop: list[bytes] = []  # the segments since the last INS
    rest = b""
    while chunk := source.read(_CHUNK):
        *cuts, rest = (rest + chunk).split(terminator)
        done: list[bytes] = []
        for cut in cuts:
            if cut.lstrip(b"\r\n").startswith(b"INS" + element):
                done += _masked_loop(loop, element)
                loop = []
            loop.append(cut)
        yield b"".join(cut + terminator for cut in done)
    yield b"".join(cut + terminator for cut in _masked_loop(loop, element)) + rest


def _masked_loop(loop: list[bytes], element: bytes) -> list[bytes]:
    """A member's segments without their number; where that was sent as the employee number, this one says so."""
    sy, nm1, subscriber = (name + element for name in (b"REF" + element + b"SY", b"NM1", b"REF" + element + b"0F"))
    numbers = set()
    for place, cut in enumerate(loop):
        bare = cut.lstrip(b"\r\n")
        if bare.startswith(sy):
            numbers.add(bare[len(sy) :].replace(b"-", b"").strip())
            loop[place] = cut[: len(cut) - len(bare)] + element.join((b"REF", b"ZZ", b"0"))
        elif bare.startswith(nm1) and (cells := cut.split(element))[8:9] == [codes.SSN_IN_NAME.encode()] and cells[9:]:
            numbers.add(cells[9].replace(b"-", b"").strip())
            loop[place] = element.join([*cells[:9], _NOBODYS.encode(), *cells[10:]])
    numbers.discard(b"")
    for place, cut in enumerate(loop if numbers else ()):
        bare = cut.lstrip(b"\r\n")
        if bare.startswith(subscriber) and bare[len(subscriber) :].replace(b"-", b"").strip() in numbers:
            loop[place] = cut[: len(cut) - len(bare)] + subscriber + codes.SSN_AS_NUMBER.encode()
    return loop


class MaskedText(TextIOBase):
    """A file to read, made of segments as they come: a few of them are in memory at a time."""

    def __init__(self, segments: Iterable[Segment], separators: Separators) -> None:
        super().__init__()
        self._texts = _texts(segments, separators)
        self._rest = ""

    def readable(self) -> bool:
        """It is for reading alone."""
        return True

    def read(self, size: int | None = -1, /) -> str:
        """Return `size` characters, fewer at the end only; all that is left when no size is given."""
        wanted = -1 if size is None else size
        parts, length = [self._rest], len(self._rest)
        while wanted < 0 or length < wanted:
            text = next(self._texts, "")
            if not text:
                break
            parts.append(text)
            length += len(text)
        whole = "".join(parts)
        taken = whole if wanted < 0 else whole[:wanted]
        self._rest = whole[len(taken) :]
        return taken


def _texts(segments: Iterable[Segment], separators: Separators) -> Iterator[str]:
    for segment in segments:
        elements = segment.elements
        if elements[0] == "REF" and segment.get(1) == codes.SSN:
            elements = ["REF", "ZZ", "0"]  # the guide lets it stand wherever REF*SY does
        elif elements[0] == "NM1" and segment.get(8) == codes.SSN_IN_NAME and segment.get(9):
            elements = [*elements[:9], _NOBODYS, *elements[10:]]
        if not elements[-1] and len(elements) > 1:  # separators at the end are idle, and no reason to hold anybody back
            elements = "\0".join(elements).rstrip("\0").split("\0")
        text = separators.element.join(elements)
        yield (text if text.isascii() else _folded(text)) + separators.segment


def _folded(text: str) -> str:
    """Names may have accents here, which the guide's character set has not: they are judged without."""
    plain = (letter for letter in normalize("NFKD", text) if not combining(letter))
    return "".join(letter if letter.isascii() else "X" for letter in plain)
