"""Taking a file in portions that are judged by themselves: a whole 834 can take minutes, a worker has seconds.

A portion is some members of one transaction set. Judged is an interchange that is made of the file's own beginning
(ISA, GS, ST … up to the first INS), those members, and an end that fits; the file's own ends are the envelope's
business (rules/envelope.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from benefits.x12.rules.segments import Place, Segment, Separators, read_segments

SEGMENTS = 40_000  # of a portion: pyx12 judges some 10,000 a second
_ENDS = ("SE", "GE", "IEA")


@dataclass
class Context:
    """What a portion stands in: the ISA and GS before it, and the head of its transaction set, ST to before INS."""

    isa: list[str] = field(default_factory=list)
    gs: list[str] = field(default_factory=list)
    head: list[list[str]] = field(default_factory=list)
    st: int = 0  # the number of the ST segment in the file


@dataclass
class Portion:
    """Some members of a transaction set, and where the next portion begins; None at the end of the file.

    `has_head`: the head stands before these members in the file, and so is judged with them and not again.
    """

    context: Context
    members: list[Segment] = field(default_factory=list)
    has_head: bool = False
    next: Place | None = None

    def interchange(self) -> Iterator[Segment]:
        """The segments that are judged, numbered from 1."""
        head = [self.context.isa, self.context.gs, *self.context.head]
        inside = len(self.context.head) + len(self.members) + 1
        st, gs, isa = (Segment(0, one) for one in (self.context.head[0], self.context.gs, self.context.isa))
        tail = [["SE", str(inside), st.get(2)], ["GE", "1", gs.get(6)], ["IEA", "1", isa.get(13)]]
        listed = [*head, *(segment.elements for segment in self.members), *tail]
        return (Segment(number, elements) for number, elements in enumerate(listed, start=1))

    def number_of(self, place: int) -> int:
        """The number in the file of the segment that is number `place` of the interchange that is judged."""
        before = 2 + len(self.context.head)
        if place <= before:
            return max(1, self.context.st + place - 3)
        return self.members[min(place - before, len(self.members)) - 1].number if self.members else self.context.st


def next_portion(
    source: BinaryIO, context: Context, *, begin: Place, separators: Separators, most: int = SEGMENTS
) -> Portion:
    """Read the portion that begins at a place, `context` being where that stands. Raises NotReadable."""
    portion, has_ended = Portion(context=context), False
    for segment in read_segments(source, begin=begin, separators=separators):
        name = segment.elements[0]
        has_ended |= name in _ENDS and bool(portion.members)
        is_full = name == "INS" and len(portion.members) >= most
        if is_full or (has_ended and name not in _ENDS):
            portion.next = Place(number=segment.number, byte=segment.begins)
            break
        if name in _ENDS:
            continue
        if portion.members or name == "INS":
            portion.members.append(segment)
        else:
            _see(portion, segment)
    return portion


def _see(portion: Portion, segment: Segment) -> None:
    """A segment before the first member."""
    context, name = portion.context, segment.elements[0]
    if name == "ISA":
        context.isa = segment.elements
    elif name == "GS":
        context.gs = segment.elements
    elif name == "ST":
        context.head, context.st, portion.has_head = [segment.elements], segment.number, True
    else:
        context.head.append(segment.elements)
