"""What the implementation guide says against a file: pyx12 judges it, portion by portion.

https://pyx12.readthedocs.io. Of what it finds only codes, names of the guide and places are taken; its sentences repeat
values, and are not.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Any

from pyx12.errors import EngineError, X12Error
from pyx12.params import params
from pyx12.x12n_document import x12n_document

from benefits.eligibility.rules.rows import RowError
from benefits.x12.rules.masking import MaskedText
from benefits.x12.rules.portions import Portion
from benefits.x12.rules.segments import Separators
from workers.kernel.words import Sentence

_MISSING = re.compile(r'Mandatory (?:segment|loop) "([^"]+)" \(([A-Z0-9]+)')
# `part` is what the guide calls it, or where it stands.
_SEGMENTS = {
    "1": (
        "unknown_segment",
        Sentence("%(part)s: The guide has no such segment here: remove it, or put it where it belongs."),
    ),
    "2": ("unused_segment", Sentence("%(part)s: The guide does not use this segment: remove it.")),
    "3": ("missing_segment", Sentence("%(part)s: The guide asks for this segment before here: send it.")),
    "4": (
        "loop_repeated",
        Sentence("%(part)s: This loop comes more often than the guide allows: keep the first ones."),
    ),
    "5": (
        "segment_repeated",
        Sentence("%(part)s: This segment comes more often than the guide allows: keep the first ones."),
    ),
    "8": ("empty_segment", Sentence("%(part)s: This segment has no elements: fill or remove it.")),
}
_ELEMENTS = {
    "1": ("required", Sentence("%(part)s: Fill this element.")),
    "2": ("required_together", Sentence("%(part)s: This element is needed because of others in the segment: fill it.")),
    "3": (
        "too_many",
        Sentence("%(part)s: There are more elements or components than the guide has: remove what is too much."),
    ),
    "4": ("too_short", Sentence("%(part)s: Write more characters.")),
    "5": ("too_long", Sentence("%(part)s: Write fewer characters.")),
    "6": ("bad_character", Sentence("%(part)s: Use letters, digits and the usual signs, and no spaces at the end.")),
    "7": ("unknown_code", Sentence("%(part)s: Use one of the codes that the guide lists.")),
    "8": ("bad_date", Sentence("%(part)s: Give a day that exists, as CCYYMMDD.")),
    "9": ("bad_time", Sentence("%(part)s: Give a time of day, as HHMM.")),
    "10": ("unused_element", Sentence("%(part)s: The guide does not use this element here: leave it empty.")),
}
_OTHER = ("against_the_guide", Sentence("%(part)s: This is not as the guide wants it."))


# What a file can make pyx12 raise, its own errors and those of a program that meets what it did not expect.
_STUMBLES = (EngineError, X12Error, LookupError, ValueError, TypeError, AttributeError, AssertionError)


class NotJudged(Exception):
    """The validator could not get through a portion."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Something that the guide does not allow, as a 999 says it.

    `ins` is the number of the INS segment of the member whom it concerns, 0 for the head of a transaction set; `st` is
    the number of its ST. `ik3` is IK304; `element`, `component`, `ik4` (IK403) are 0 and "" for a segment as a whole.
    """

    ins: int
    st: int
    number: int
    name: str
    ik3: str
    element: int = 0
    component: int = 0
    reference: str = ""
    ik4: str = ""
    said: str = ""

    def error(self) -> RowError:
        """The same in plain English."""
        column = f"{self.name}{self.element:02}" if self.element else self.name
        if self.component:
            column += f"-{self.component}"
        code, remedy = _ELEMENTS.get(self.ik4, _OTHER) if self.element else _SEGMENTS.get(self.ik3, _OTHER)
        return RowError(row=self.number, column=column, code=code, message=remedy(part=self.said or column))


def judge(portion: Portion, separators: Separators) -> list[Fault]:
    """Return what the guide says against a portion's members, and against the head where that is the portion's.

    Raises NotJudged for what pyx12 cannot walk through.
    """
    text, found = MaskedText(portion.interchange(), separators), StringIO()
    try:
        x12n_document(params(), text, None, None, fd_json=found)
    except _STUMBLES as error:
        raise NotJudged from error
    starts = [segment.number for segment in portion.members if segment.elements[0] == "INS"]
    faults = (fault for one in _segments(found) for fault in _faults(one, portion, starts))
    return [fault for fault in faults if fault.ins or portion.has_head]


def _segments(found: StringIO) -> Iterator[dict[str, Any]]:
    document = json.loads(found.getvalue() or '{"interchanges": []}')
    for interchange in document["interchanges"]:
        for group in interchange["groups"]:
            for transaction in group["transactions"]:
                yield from transaction["segments"]


def _faults(segment: dict[str, Any], portion: Portion, starts: list[int]) -> Iterator[Fault]:
    number = portion.number_of(segment["cur_line"])
    about: dict[str, Any] = {
        "ins": max((start for start in starts if start <= number), default=0) if number >= (starts or [0])[0] else 0,
        "st": portion.context.st,
        "number": number,
    }
    for error in segment["errors"]:
        code = "8" if error["err_cde"] == "SEG1" else error["err_cde"]
        missing = _MISSING.match(error["err_str"] or "")
        name, said = (missing[2], missing[1]) if missing else (segment["seg_id"], "")
        yield Fault(**about, name=name, ik3=code, said=said)
    for element in segment["elements"]:
        for error in element["errors"]:
            yield Fault(
                **about,
                name=segment["seg_id"],
                ik3="8",
                element=int(element["ele_pos"] or 0),
                component=int(element["subele_pos"] or 0),
                reference=str(element["ele_ref_num"] or ""),
                ik4=str(error["err_cde"]),
                said=str(element["name"] or ""),
            )
