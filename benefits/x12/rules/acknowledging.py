"""The 999 that answers a file (005010X231): which transaction sets were accepted, and what is wrong where.

It repeats no value: IK404, the copy of a bad element, is left out, as the guide allows. What concerns a member does not
refuse the transaction set (IK501 E), for the others of it may go ahead; what concerns the envelope does (R).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from benefits.eligibility.rules.rows import RowError
from benefits.x12.rules.validating import Fault

GUIDE = "005010X231A1"
MOST_SEGMENTS = 5_000  # that a 999 names: nobody mends more of them one by one
_IK502 = {"SE01": "4", "SE02": "3", "SE": "2"}
_AK905 = {"GE01": "5", "GE02": "4", "GE": "3"}
_COMPLEMENT = "5"  # IK502: one or more segments in error


@dataclass(frozen=True, kw_only=True)
class Transaction:
    """A transaction set that is answered: its ST segment's number and elements, and its group's GS."""

    number: int
    st: Sequence[str]
    gs: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A 999 and its verdict (AK901): A accepted, E with errors, R rejected."""

    verdict: str
    text: str


def answer(
    isa: Sequence[str],
    transactions: Sequence[Transaction],
    faults: Iterable[Fault],
    errors: Sequence[RowError],
    *,
    control: int,
    now: datetime,
) -> Answer:
    """Write the 999. `errors` are the envelope's; `control` is our number of this interchange and its group."""
    by_st: dict[int, list[Fault]] = defaultdict(list)
    for fault in faults:
        by_st[fault.st].append(fault)
    groups: dict[tuple[str, ...], list[Transaction]] = defaultdict(list)
    for transaction in transactions:
        groups[tuple(transaction.gs)].append(transaction)
    sets = [
        list(_group(number, gs, members, by_st, errors)) for number, (gs, members) in enumerate(groups.items(), start=1)
    ]
    verdicts = {segment[1] for segments in sets for segment in segments if segment[0] == "AK9"}
    lines = [*_head(isa, transactions[0].gs, control, now), *(one for segments in sets for one in segments)]
    lines += [["GE", str(len(sets)), str(control)], ["IEA", "1", f"{control:09}"]]
    verdict = next((code for code in "RE" if code in verdicts), "A")
    return Answer(verdict=verdict, text="".join(f"{'*'.join(line)}~\n" for line in lines))


def _head(isa: Sequence[str], gs: Sequence[str], control: int, now: datetime) -> Iterator[list[str]]:
    """The envelope, sent back: receiver and sender change places."""
    blank = f"{'':10}"
    yield [
        *("ISA", "00", blank, "00", blank, isa[7], isa[8], isa[5], isa[6], f"{now:%y%m%d}", f"{now:%H%M}"),
        *("^", "00501", f"{control:09}", "0", isa[15], ":"),
    ]
    yield ["GS", "FA", gs[3], gs[2], f"{now:%Y%m%d}", f"{now:%H%M}", str(control), "X", GUIDE]


def _group(
    number: int,
    gs: Sequence[str],
    transactions: Sequence[Transaction],
    faults: dict[int, list[Fault]],
    errors: Sequence[RowError],
) -> Iterator[list[str]]:
    """A 999's transaction set for a group of the file."""
    lines = [["ST", "999", f"{number:04}", GUIDE], ["AK1", "BE", gs[6], gs[8]]]
    refused = 0
    verdicts = set()
    for transaction in transactions:
        wrong = _codes(errors, _IK502, transaction, transactions)
        verdict = "R" if wrong else ("E" if faults[transaction.number] else "A")
        refused += verdict == "R"
        verdicts.add(verdict)
        lines.append(["AK2", "834", transaction.st[2], *transaction.st[3:4]])
        lines += _segments(faults[transaction.number][:MOST_SEGMENTS], transaction.number)
        codes = [*wrong, *([_COMPLEMENT] if faults[transaction.number] else [])]
        lines.append(["IK5", verdict, *codes[:5]])
    of_group = sorted({_AK905[error.column] for error in errors if error.column in _AK905})
    whole = "R" if of_group or verdicts == {"R"} else "P" if "R" in verdicts else "E" if "E" in verdicts else "A"
    count = str(len(transactions))
    lines.append(["AK9", whole, count, count, str(0 if whole == "R" else len(transactions) - refused), *of_group])
    yield from lines
    yield ["SE", str(len(lines) + 1), f"{number:04}"]


def _codes(
    errors: Sequence[RowError], known: dict[str, str], one: Transaction, all: Sequence[Transaction]
) -> list[str]:
    """The codes of what is wrong with a transaction set's end, which stands before the next one's ST."""
    later = min((other.number for other in all if other.number > one.number), default=None)
    mine = (e for e in errors if e.row >= one.number and (later is None or e.row < later))
    return sorted({known[error.column] for error in mine if error.column in known})


def _segments(faults: Sequence[Fault], st: int) -> Iterator[list[str]]:
    """IK3 for each segment that is wrong, with IK4 for each of its elements."""
    named = set()
    for fault in faults:
        segment = (fault.number, fault.name, fault.ik3)
        if segment not in named:
            named.add(segment)
            yield ["IK3", fault.name, str(fault.number - st + 1), "", fault.ik3]
        if fault.element:
            place = f"{fault.element}:{fault.component}" if fault.component else str(fault.element)
            yield ["IK4", place, fault.reference, fault.ik4]
