"""What can be said of a member of an 834 only at the end of their loop: numbers, days, and whether they are there."""

from collections.abc import Iterable

from benefits.x12.rules import codes
from benefits.x12.rules.loops import Described, Loop
from workers.kernel.words import gettext_noop as _

_SHARED = ("address_line_1", "address_line_2", "city", "state", "postal_code", "hire_date", "language")


def finished(loop: Loop, subscriber: Described | None) -> Described:
    """Return the member of a loop that has ended; a dependant shares with the `subscriber` before them."""
    member = loop.member
    _put_numbers(loop)
    _put_first(loop, "hire_date", codes.HIRED)
    if member.is_dependant and subscriber is not None:
        _share(member, subscriber)
    _put_end(loop)
    _put_first(loop, "cover_from", (codes.COVER_BEGIN,))
    _put_status(loop)
    return member


def _put_numbers(loop: Loop) -> None:
    member, said = loop.member, loop.numbers.get(codes.SUBSCRIBER, "")
    if said == codes.SSN_AS_NUMBER or said.replace("-", "") in loop.ssn - {""}:
        message = _(
            "The subscriber's number is their Social Security number: send the employee number, which is no secret."
        )
        member.wrong(
            codes.ELEMENTS["employee_number"], "ssn_as_number", message, member.places.get("employee_number", 0)
        )
        return
    if not member.is_dependant:
        member.cells["employee_number"] = said
        return
    member.cells["subscriber_number"] = said
    own = (loop.numbers[name] for name in codes.OWN_NUMBERS if loop.numbers.get(name))
    member.cells["employee_number"] = next(own, "") or _made_number(loop, said)


def _made_number(loop: Loop, subscriber: str) -> str:
    """A dependant's number where the file gives none: the same in every file, for who they are does not change."""
    cells = loop.member.cells
    if not subscriber or not cells.get("date_of_birth"):
        return ""
    parts = (subscriber, cells["relationship"][:2].upper(), cells["date_of_birth"].replace("-", ""), loop.twin)
    return ".".join(part for part in parts if part)


def _share(member: Described, subscriber: Described) -> None:
    """A dependant lives with their subscriber where the file says nothing else, and is covered through their job."""
    if member.cells.get("subscriber_number") != subscriber.cells.get("employee_number"):
        return
    columns = [column for column in _SHARED if not (column in _SHARED[:5] and member.cells.get("postal_code"))]
    for column in columns:
        if column in subscriber.cells:
            member.cells.setdefault(column, subscriber.cells[column])
            member.places.setdefault(column, subscriber.places.get(column, subscriber.row))


def _put_first(loop: Loop, column: str, qualifiers: Iterable[str]) -> None:
    for qualifier in qualifiers:
        if qualifier in loop.dates:
            loop.member.put(column, *loop.dates[qualifier])


def _put_end(loop: Loop) -> None:
    """The last day of employment, or of the cover that they had by it."""
    has_lost_cover = bool(loop.covers) and all(code in codes.ENDED_COVER for code in loop.covers)
    ends = loop.maintenance == codes.END or has_lost_cover or loop.employment in codes.EMPLOYMENT_ENDED
    _put_first(loop, "end_date", codes.EMPLOYMENT_END)
    if ends:
        _put_first(loop, "end_date", (codes.COVER_END, codes.MAINTENANCE_DATE))
    if not ends and loop.member.cells.get("end_date", "").startswith(codes.OPEN_END):
        del loop.member.cells["end_date"]
    if loop.maintenance == codes.REINSTATE and loop.member.cells.get("end_date"):
        message = _("Who is reinstated (025) has no end date: leave DTP 337 and 357 out, or write 024.")
        loop.member.wrong("INS03", "reinstated_with_end", message)
    if ends and not loop.member.cells.get("end_date"):
        message = _("Say since when: DTP with 337 (employment), 357 (eligibility), 349 (this cover) or 303.")
        loop.member.wrong(codes.ELEMENTS["end_date"], "required", message)


def _put_status(loop: Loop) -> None:
    cells = loop.member.cells
    if cells.get("date_of_death"):
        cells["employment_status"] = "deceased"
    elif cells.get("end_date"):
        cells["employment_status"] = "ended"
    elif loop.employment == codes.ON_LEAVE:
        cells["employment_status"] = "on_leave"
        _put_first(loop, "leave_starts_on", (codes.MAINTENANCE_DATE,))
    else:
        cells["employment_status"] = "active"
