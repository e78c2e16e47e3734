"""What an 834 says of each member: loop 2000 as the cells of a census row, to be checked as those are.

Kept is what the roster needs. Social Security numbers (REF*SY, NM109 after 34), race, income, health (HLH, DSB), other
insurance and whatever else a segment may hold is passed over where it stands, and kept nowhere.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from benefits.x12.rules import codes
from benefits.x12.rules.finishing import finished
from benefits.x12.rules.loops import Described, Loop
from benefits.x12.rules.segments import Segment
from workers.kernel.words import Sentence
from workers.kernel.words import gettext_noop as _

_UNKNOWN_MAINTENANCE = Sentence("Write one of %(codes)s in INS03.")
_DAY = re.compile(r"[0-9]{8}")
_NAMES = ("IL", "74")  # NM101 of loop 2100A: the member, or the member corrected


def read_members(segments: Iterable[Segment]) -> Iterator[Described]:
    """Yield each member as soon as their loop ends."""
    loop: Loop | None = None
    subscriber: Described | None = None
    for segment in segments:
        name = segment.elements[0]
        if name == "INS" or name == "SE":
            if loop is not None:
                member = finished(loop, subscriber)
                subscriber = subscriber if member.is_dependant else member
                yield member
            loop = _begun(segment) if name == "INS" else None
        elif loop is not None and (take := _TAKES.get(name)):
            take(loop, segment)


def _begun(segment: Segment) -> Loop:
    member = Described(row=segment.number)
    loop = Loop(member=member, maintenance=segment.get(3), employment=segment.get(8), twin=segment.get(17))
    member.put("relationship", codes.RELATIONSHIPS.get(segment.get(2), codes.OTHER), segment)
    if (segment.get(1) == "Y") != (segment.get(2) == codes.SELF):
        message = _("Write Y and 18 for an employee, N and how they are related for others.")
        member.wrong("INS01", "unclear_member", message)
    if loop.maintenance not in codes.MAINTENANCE:
        member.wrong("INS03", "unknown_maintenance", _UNKNOWN_MAINTENANCE(codes=", ".join(codes.MAINTENANCE)))
    if segment.get(12):
        member.put("date_of_death", _day(segment.get(12)), segment)
    return loop


def _take_reference(loop: Loop, segment: Segment) -> None:
    if loop.inside == "2750" and loop.category:
        loop.member.put(loop.category, segment.get(2), segment)
    elif loop.inside == "2000":
        if segment.get(1) == codes.SSN:
            loop.ssn.add(segment.get(2).replace("-", ""))
            return
        loop.numbers.setdefault(segment.get(1), segment.get(2))
        if segment.get(1) == codes.SUBSCRIBER:
            loop.member.places.setdefault("employee_number", segment.number)


def _take_date(loop: Loop, segment: Segment) -> None:
    if loop.inside in ("2000", "2300"):
        loop.dates.setdefault(segment.get(1), (_day(segment.get(3)), segment))


def _take_name(loop: Loop, segment: Segment) -> None:
    loop.inside = "2100A" if segment.get(1) in _NAMES and loop.inside in ("2000", "2100A") else ""
    if loop.inside:
        loop.member.put("last_name", segment.get(3), segment)
        loop.member.put("first_name", segment.get(4), segment)
        if segment.get(8) == codes.SSN_IN_NAME:
            loop.ssn.add(segment.get(9).replace("-", ""))


def _take_street(loop: Loop, segment: Segment) -> None:
    if loop.inside == "2100A":
        loop.member.put("address_line_1", segment.get(1), segment)
        loop.member.put("address_line_2", segment.get(2), segment)


def _take_city(loop: Loop, segment: Segment) -> None:
    if loop.inside == "2100A":
        for place, column in enumerate(("city", "state", "postal_code"), start=1):
            loop.member.put(column, segment.get(place), segment)
        code = loop.member.cells.get("postal_code", "")
        if len(code) == 9 and code.isdecimal():  # X12 writes ZIP+4 without its dash
            loop.member.cells["postal_code"] = f"{code[:5]}-{code[5:]}"


def _take_contact(loop: Loop, segment: Segment) -> None:
    if loop.inside == "2100A":
        for place in (3, 5, 7):
            if segment.get(place) == "EM":
                loop.member.put("personal_email", segment.get(place + 1), segment)


def _take_birth(loop: Loop, segment: Segment) -> None:
    if loop.inside == "2100A":
        loop.member.put("date_of_birth", _day(segment.get(2)), segment)


def _take_language(loop: Loop, segment: Segment) -> None:
    if loop.inside == "2100A":
        code = segment.get(2).upper()
        loop.member.put("language", code.lower() if len(code) == 2 else codes.LANGUAGES.get(code, ""), segment)


def _take_coverage(loop: Loop, segment: Segment) -> None:
    loop.inside = "2300"
    loop.covers.append(segment.get(1))


def _pass_over(loop: Loop, segment: Segment) -> None:
    loop.inside = ""


def _take_reporting(loop: Loop, segment: Segment) -> None:
    loop.inside, loop.category = "2750", ""


def _take_category(loop: Loop, segment: Segment) -> None:
    if loop.inside == "2750":
        loop.category = codes.CATEGORIES.get(segment.get(2).upper(), "")


_TAKES: dict[str, Callable[[Loop, Segment], None]] = {
    "REF": _take_reference,
    "DTP": _take_date,
    "NM1": _take_name,
    "N3": _take_street,
    "N4": _take_city,
    "PER": _take_contact,
    "DMG": _take_birth,
    "LUI": _take_language,
    "HD": _take_coverage,
    "DSB": _pass_over,
    "COB": _pass_over,
    "LS": _take_reporting,
    "LE": _pass_over,
    "N1": _take_category,
}


def _day(text: str) -> str:
    """CCYYMMDD as the census writes it; anything else stays as it is, to be refused there."""
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if _DAY.fullmatch(text) else text
