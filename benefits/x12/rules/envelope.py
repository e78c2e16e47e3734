"""The envelope of an interchange: ISA … IEA, GS … GE, ST … SE, their control numbers and counts.

Whatever is wrong here may mean that a part of the file is missing. So it concerns the file as a whole: none of it is
taken in. (X12.5 and X12.6; 005010X220A1, appendices B and C.)
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from benefits.eligibility.rules.rows import RowError
from benefits.x12.rules.segments import Segment, file_error
from workers.kernel.words import Sentence
from workers.kernel.words import gettext_noop as _

GUIDE = "005010X220A1"
ACTIONS = ("2", "4", "RX")  # BGN08: change, verify, replace
_OPENS = {"ISA": "", "GS": "ISA", "ST": "GS"}  # what each of them stands in
_MISPLACED = Sentence("%(segment)s cannot stand here: close what is open before it.")
_CLOSES_NOTHING = Sentence("%(segment)s closes what is not open, or not empty: check the order.")
_OTHER_NUMBER = Sentence("%(element)s has to repeat the control number of %(opening)s: a part may be missing.")
_OTHER_COUNT = Sentence("%(element)s has to be %(count)s, which is what was counted: a part may be missing.")
_OTHER_TOTAL = Sentence("QTY announces another number of members than the %(count)s found: send all of them.")
_NO_ACTION = Sentence("Say in BGN08 what the file is: one of %(actions)s (change, verify, replace).")
_OTHER_GUIDE = Sentence("Write the 834 by the guide %(guide)s, and say so in %(element)s.")
_CLOSES = {"IEA": ("ISA", 13), "GE": ("GS", 6), "SE": ("ST", 2)}  # and the place of the control number to be repeated


@dataclass
class _Level:
    """An envelope that is open."""

    control: str
    inside: int = 0  # groups of an interchange, transaction sets of a group, segments of a transaction set


@dataclass
class Envelope:
    """Follows the segments of a file, one by one, and keeps what it learns and what is wrong.

    `action` is BGN08; `reference` BGN02, the sender's own name of the file; `is_test` whether ISA15 says that this is
    no production data; `totals` what QTY says, by TO (all), ET (employees), DT (dependants); `transactions` each ST
    segment's number and elements, with those of its GS.
    """

    errors: list[RowError] = field(default_factory=list)
    isa: list[str] = field(default_factory=list)
    transactions: list[tuple[int, list[str], list[str]]] = field(default_factory=list)
    interchange: str = ""
    reference: str = ""
    action: str = ""
    is_test: bool = False
    totals: dict[str, tuple[int, str]] = field(default_factory=dict)
    _open: dict[str, _Level] = field(default_factory=dict)
    _gs: list[str] = field(default_factory=list)
    _last: int = 0
    _closed: bool = False

    def see(self, segment: Segment) -> None:
        """Take notice of the next segment."""
        self._last, name = segment.number, segment.elements[0]
        if "ST" in self._open:
            self._open["ST"].inside += 1
        if name in _OPENS:
            self._begin(name, segment)
        elif name in _CLOSES:
            self._end(name, segment)
        elif name == "BGN":
            self._see_action(segment)
        elif name == "QTY":
            self.totals[segment.get(1)] = (segment.number, segment.get(2))
        elif "ST" not in self._open and name != "TA1" and not self.errors:
            message = _("Members stand between ST and SE: put this segment there.")
            self._wrong(segment.number, name, "misplaced", message)

    def finish(self) -> None:
        """Take notice of the file's end."""
        if "ISA" in self._open or not self._closed:
            missing = next((name for name, (opener, _) in _CLOSES.items() if opener in reversed(self._open)), "IEA")
            message = _("The file ends before its last segment, IEA: it was cut off, so send it again as a whole.")
            self._wrong(self._last, missing, "cut_off", message)
        if not self.errors and not self.action:
            self._wrong(self._last, "BGN08", "no_action", _NO_ACTION(actions=", ".join(ACTIONS)))

    def check_totals(self, *, employees: int, dependants: int) -> None:
        """Compare what QTY says with the members that were counted."""
        counted = {"TO": employees + dependants, "ET": employees, "DT": dependants}
        for qualifier, (number, said) in self.totals.items():
            if qualifier in counted and said != str(counted[qualifier]):
                self._wrong(number, "QTY02", "wrong_total", _OTHER_TOTAL(count=counted[qualifier]))

    def _begin(self, name: str, segment: Segment) -> None:
        inside_of = _OPENS[name]
        if name in self._open or (inside_of and inside_of not in self._open) or self._closed:
            self._wrong(segment.number, name, "misplaced", _MISPLACED(segment=name))
        if inside_of in self._open:
            self._open[inside_of].inside += 1
        self._open[name] = _Level(control=segment.get({"ISA": 13, "GS": 6, "ST": 2}[name]))
        self._open[name].inside = 1 if name == "ST" else 0
        self.errors += list(_wrong_kind(name, segment))
        if name == "ISA":
            self.isa, self.interchange, self.is_test = segment.elements, segment.get(13), segment.get(15) == "T"
        elif name == "GS":
            self._gs = segment.elements
        else:
            self.transactions.append((segment.number, segment.elements, self._gs))

    def _end(self, name: str, segment: Segment) -> None:
        opener, place = _CLOSES[name]
        level = self._open.pop(opener, None)
        if level is None or any(_OPENS[inner] == opener and inner in self._open for inner in _OPENS):
            self._wrong(segment.number, name, "misplaced", _CLOSES_NOTHING(segment=name))
            return
        if name == "IEA":
            self._closed = True
        if segment.get(2) != level.control:
            message = _OTHER_NUMBER(element=f"{name}02", opening=f"{opener}{place:02}")
            self._wrong(segment.number, f"{name}02", "control_number", message)
        if segment.get(1) != str(level.inside) and segment.get(1).lstrip("0") != str(level.inside):
            message = _OTHER_COUNT(element=f"{name}01", count=level.inside)
            self._wrong(segment.number, f"{name}01", "control_count", message)

    def _see_action(self, segment: Segment) -> None:
        action = segment.get(8)
        self.reference = self.reference or segment.get(2)
        if action not in ACTIONS:
            self._wrong(segment.number, "BGN08", "no_action", _NO_ACTION(actions=", ".join(ACTIONS)))
        elif self.action and action != self.action:
            message = _("All transaction sets of a file have the same BGN08: send changes and replacements apart.")
            self._wrong(segment.number, "BGN08", "mixed_actions", message)
        else:
            self.action = action

    def _wrong(self, number: int, element: str, code: str, message: str) -> None:
        self.errors.append(file_error(number, element, code, message))


def _wrong_kind(name: str, segment: Segment) -> Iterator[RowError]:
    """What an envelope's first segment says that is no 834 of 005010X220A1."""
    number = segment.number
    if name == "ISA" and segment.get(12) != "00501":
        yield file_error(number, "ISA12", "wrong_version", _("Write version 00501 of the interchange control."))
    if name == "GS" and segment.get(1) != "BE":
        yield file_error(number, "GS01", "not_834", _("This group is no benefit enrollment (BE): send an 834."))
    if name == "GS" and segment.get(8) != GUIDE:
        yield file_error(number, "GS08", "wrong_version", _OTHER_GUIDE(guide=GUIDE, element="GS08"))
    if name == "ST" and segment.get(1) != "834":
        yield file_error(number, "ST01", "not_834", _("This transaction set is no 834: send an 834."))
    if name == "ST" and segment.get(3) not in ("", GUIDE):
        yield file_error(number, "ST03", "wrong_version", _OTHER_GUIDE(guide=GUIDE, element="ST03"))
