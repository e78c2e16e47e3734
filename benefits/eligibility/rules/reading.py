"""Reading a census: its header says which column is which, each row is a person or has errors that name the cell."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from benefits.eligibility.rules.cells import CHECKS, TIMEZONES, BadCell, plain, safe
from benefits.eligibility.rules.columns import LEFT_OUT, match
from benefits.eligibility.rules.faults import Unreadable, fault
from benefits.eligibility.rules.rows import Row, RowError
from benefits.enrollment.rules import LAST_YEAR, TOO_LATE, Person
from workers.kernel.words import gettext_noop as _

EARLIEST = date(1900, 1, 1)
_DATES = ("hire_date", "end_date", "leave_starts_on", "date_of_death", "cover_from")
_REMEMBERED = 20_000  # answers per column: most cells of a census say what another one said


class _Answers(dict[str, Any]):
    """What a column's check says to a cell, found once: a value, or the BadCell that it raised."""

    def __init__(self, column: str) -> None:
        super().__init__()
        self.check = CHECKS[column]

    def __missing__(self, cell: str) -> Any:
        try:
            answer = self.check(safe(cell))
        except BadCell as bad:
            answer = bad
        if len(self) < _REMEMBERED:
            self[cell] = answer
        return answer


class Reader:
    """Reads the rows below one header. Raises Unreadable for a header that will not do."""

    def __init__(self, header: Sequence[str], mapping: Mapping[str, str], *, today: date) -> None:
        """`mapping` is the employer's (rules/columns.py); `today` is the day on which nobody is born later."""
        self.header = list(header)
        ours = match(header, mapping)
        self._places = [(place, column, _Answers(column)) for place, column in enumerate(ours) if column != LEFT_OUT]
        self._defaults = {column: _Answers(column)[""] for column in CHECKS if column not in ours}
        self._number = ours.index("employee_number")
        self._width, self._today = len(header), today

    def rows(self, records: Iterable[Sequence[str]], *, first: int = 2) -> Iterator[Row]:
        """Yield what each record says that is not blank, numbered from `first`. Raises Unreadable if none does."""
        is_empty = True
        for number, record in enumerate(records, start=first):
            if any(record):
                is_empty = False
                yield self._row(number, record)
        if is_empty:
            raise Unreadable(fault(1, "empty", _("There are no rows below the header.")))

    def _row(self, number: int, record: Sequence[str]) -> Row:
        if len(record) < self._width:
            record = [*record, *[""] * (self._width - len(record))]
        values = self._defaults.copy()
        errors = []
        for place, column, answers in self._places:
            answer = values[column] = answers[record[place]]
            if type(answer) is BadCell:
                del values[column]
                errors.append(RowError(row=number, column=column, code=answer.code, message=str(answer)))
        if len(record) > self._width and any(record[self._width :]):
            message = _("This row has more cells than the header: quote cells with the delimiter in them.")
            errors.insert(0, RowError(row=number, column="", code="too_many_cells", message=message))
        errors += [RowError(row=number, column=c, code=k, message=m) for c, k, m in contradictions(values, self._today)]
        if errors:
            return Row(number, None, errors, plain(record[self._number]), record[: self._width])
        return Row(number, person_of(values))


def person_of(values: Mapping[str, Any]) -> Person:
    """Return the person whom checked cells describe, without contradictions; every column of a census is among them.

    Their facts are put in place at once: a frozen class's own constructor, which sets field by field, takes as long as
    all checks of a row together.
    """
    person = object.__new__(Person)
    facts = person.__dict__
    facts.update(values)
    del facts["employment_status"]
    facts["timezone"] = facts["timezone"] or TIMEZONES[facts["state"]]
    person.__post_init__()
    return person


def contradictions(values: Mapping[str, Any], today: date) -> Iterator[tuple[str, str, str]]:
    """What cells that are right by themselves say against each other, as (column, code, remedy)."""
    born, hired = values.get("date_of_birth"), values.get("hire_date")
    if born and not EARLIEST <= born <= today:
        yield "date_of_birth", "out_of_range", _("Give a date of birth between 1900 and today.")
    elif born and hired and hired <= born and values.get("relationship") == "self":
        yield "hire_date", "out_of_range", _("Give a hire date after the date of birth.")
    for column in _DATES:
        day = values.get(column)
        if day and day.year > LAST_YEAR:
            yield column, "out_of_range", TOO_LATE(year=LAST_YEAR)
    if values.get("employment_status") != "active" or values.get("end_date"):
        yield from _of_status(values)
    if hired and (ended := values.get("end_date")) and ended < hired:
        yield "end_date", "out_of_range", _("Give an end date on or after the hire date.")
    yield from _of_relationship(values)


def _of_status(values: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    status, ended = values.get("employment_status"), values.get("end_date")
    if status == "ended" and "end_date" in values and ended is None:
        yield "end_date", "required", _("Give the last day of employment, or write “active” as employment_status.")
    if status in ("active", "on_leave") and ended:
        yield "end_date", "not_ended", _("Leave end_date empty, or write “ended” as employment_status.")
    if status == "on_leave" and "leave_starts_on" in values and values["leave_starts_on"] is None:
        yield (
            "leave_starts_on",
            "required",
            _("Give the first day of the leave, or write “active” as employment_status."),
        )
    if status == "deceased" and "date_of_death" in values and values["date_of_death"] is None:
        yield "date_of_death", "required", _("Give the date of death, or write “ended” as employment_status.")


def _of_relationship(values: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    if values.get("employment_status") == "active" and values.get("leave_starts_on"):
        yield "leave_starts_on", "not_on_leave", _("Leave leave_starts_on empty, or write “on_leave”.")
    if values.get("employment_status") in ("active", "on_leave", "ended") and values.get("date_of_death"):
        yield "date_of_death", "not_deceased", _("Leave date_of_death empty, or write “deceased”.")
    subscriber, relationship = values.get("subscriber_number", ""), values.get("relationship")
    if relationship not in (None, "self") and not subscriber:
        yield "subscriber_number", "required", _("Give the employee number of whom they are covered through.")
    if relationship == "self" and subscriber:
        yield (
            "subscriber_number",
            "not_a_dependant",
            _("Leave subscriber_number empty, or say what relation they have."),
        )
    if subscriber and subscriber == values.get("employee_number"):
        yield "subscriber_number", "out_of_range", _("Nobody is covered through themself: give the employee's number.")
