"""One cell at a time: right, or an error with its remedy. Nothing is guessed, and no cell's content is repeated."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from benefits.enrollment.rules import EMPLOYMENT_STATUSES, RELATIONSHIPS
from workers.kernel.words import Sentence
from workers.kernel.words import gettext_noop as _

# What a spreadsheet would run as a formula when somebody opens an export of ours (OWASP, "CSV injection").
FORMULA = ("=", "+", "-", "@", "\t", "\r")
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")
_STATES_FILE = Path(__file__).parent.parent / "data" / "states.csv"
# A state's time zone, for states with two the one in which most of its people live.
TIMEZONES: dict[str, str] = dict(tuple(line.split(",")) for line in _STATES_FILE.read_text().split())  # type: ignore[misc]  # pairs
_ZONES = available_timezones()
# Most cells: printable ASCII that begins with a letter or a digit and ends in no blank.
_HARMLESS = re.compile(r"[0-9A-Za-z](?:[ -~]*[!-~])?").fullmatch
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch
_POSTAL_CODE = re.compile(r"[0-9]{5}(-[0-9]{4})?").fullmatch
_SSN = re.compile(r"[0-9]{3}-[0-9]{2}-[0-9]{4}")


TOO_LONG = Sentence("Use at most %(most)s characters.")
_RELATIONSHIPS = Sentence("Write one of %(names)s, or leave the cell empty.")


class BadCell(Exception):
    """A cell's content does not fit its column."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def plain(cell: str) -> str:
    """Trimmed, and composed characters as one (Unicode NFC)."""
    return unicodedata.normalize("NFC", cell.strip())


def safe(cell: str) -> str:
    """Return the plain cell. Raises BadCell for a formula or for characters that do not print."""
    if not cell or _HARMLESS(cell):
        return cell
    if cell.startswith(FORMULA) or cell.strip().removeprefix("'").startswith(FORMULA):
        raise BadCell("formula", _("A cell must not begin with = + - @ or a tab: write the plain value."))
    if any(unicodedata.category(character) == "Cc" for character in cell):
        raise BadCell("control_character", _("Remove line breaks and other characters that do not print."))
    return plain(cell)


def _text_of(limit: int) -> Callable[[str], str]:
    def check(cell: str) -> str:
        if not cell:
            raise BadCell("required", _("Fill this cell."))
        if len(cell) > limit:
            raise BadCell("too_long", TOO_LONG(most=limit))
        return cell

    return check


def _one_of(*values: str, code: str, message: str) -> Callable[[str], str]:
    def check(cell: str) -> str:
        if cell not in values:
            raise BadCell(code, message)
        return cell

    return check


def _employee_number(cell: str) -> str:
    if _SSN.fullmatch(cell):
        raise BadCell(
            "looks_like_ssn", _("This looks like a Social Security number: give a number of your own instead.")
        )
    return _text_of(40)(cell)


def _up_to(limit: int) -> Callable[[str], str]:
    def check(cell: str) -> str:
        return _text_of(limit)(cell) if cell else ""

    return check


def _relationship(cell: str) -> str:
    if cell and cell not in RELATIONSHIPS:
        raise BadCell("unknown_relationship", _RELATIONSHIPS(names=", ".join(RELATIONSHIPS)))
    return cell or "self"


def _date(cell: str) -> date:
    """ISO 8601, or month/day/year as spreadsheets in the US write it."""
    if _ISO_DATE(cell):  # nearly all: read in a twentieth of the time
        try:
            return date.fromisoformat(cell)
        except ValueError:
            pass  # no such day
    for form in ("%Y-%m-%d", "%m/%d/%Y"):
        try:
            return datetime.strptime(cell, form).date()  # noqa: DTZ007 - a calendar day has no zone
        except ValueError:
            continue
    raise BadCell("bad_date", _("Give a day that exists, as 2026-03-31 or 03/31/2026."))


def _optional_date(cell: str) -> date | None:
    return _date(cell) if cell else None


def _email(cell: str) -> str:
    if cell and (len(cell) > 254 or not _EMAIL.fullmatch(cell)):
        raise BadCell("bad_email", _("Give one address such as name@example.com, or leave the cell empty."))
    return cell.lower()


def _postal_code(cell: str) -> str:
    if not _POSTAL_CODE(cell):
        raise BadCell("bad_postal_code", _("Give five digits; format the column as text if a leading zero is lost."))
    return cell


def _state(cell: str) -> str:
    if cell.upper() not in TIMEZONES:
        raise BadCell("unknown_state", _("Give the two letters of a US state, district or territory, such as CA."))
    return cell.upper()


def _language(cell: str) -> str:
    if cell and not re.fullmatch(r"[A-Za-z]{2}", cell):
        raise BadCell("bad_language", _("Give two letters such as en or es, or leave the cell empty for English."))
    return cell.lower() or "en"


def _timezone(cell: str) -> str:
    if cell and (cell not in _ZONES or len(cell) > 40):
        raise BadCell("unknown_timezone", _("Give a name such as America/Chicago, or leave the cell empty."))
    return cell


CHECKS: dict[str, Callable[[str], Any]] = {
    "employee_number": _employee_number,
    "first_name": _text_of(100),
    "last_name": _text_of(100),
    "date_of_birth": _date,
    "work_email": _email,
    "personal_email": _email,
    "address_line_1": _up_to(100),
    "address_line_2": _up_to(100),
    "city": _up_to(60),
    "postal_code": _postal_code,
    "state": _state,
    "hire_date": _date,
    "employee_class": _up_to(60),
    "work_location": _up_to(60),
    "relationship": _relationship,
    "subscriber_number": _up_to(40),
    "language": _language,
    "timezone": _timezone,
    "employment_status": _one_of(
        *EMPLOYMENT_STATUSES,
        code="unknown_status",
        message=_("Write “active”, “on_leave”, “ended” or “deceased”."),
    ),
    "end_date": _optional_date,
    "leave_starts_on": _optional_date,
    "date_of_death": _optional_date,
    "cover_from": _optional_date,
}


def neutral(cell: str) -> str:
    """Return a cell that no spreadsheet runs: an apostrophe before what would begin a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) or cell.strip().startswith(FORMULA) else cell
