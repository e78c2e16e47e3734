"""One cell of a directory file at a time: right, or an error with its remedy. Nothing is guessed."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from referrals.clinics.rules.codes import Format, Gender, Protocol, Route, is_taxonomy
from referrals.clinics.rules.hours import BadHours, Hours, check_hours
from referrals.npi_registry.rules.numbers import is_npi

# What a spreadsheet would run as a formula when somebody opens an export of ours (OWASP, "CSV injection").
FORMULA = ("=", "+", "-", "@", "\t", "\r")
NUMBERS = ("latitude", "longitude")  # these may begin with a sign
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)
MOST_DOLLARS = 100_000
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ZONES = available_timezones()


@dataclass(frozen=True, kw_only=True)
class RowError:
    """What is wrong in a cell, and how to mend it. Rows are numbered as a spreadsheet shows them."""

    row: int
    column: str
    code: str
    message: str


class BadCell(Exception):
    """A cell's content does not fit its column."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


Check = Callable[[str], Any]


def clean(cell: str, *, may_be_signed: bool = False) -> str:
    """Return the trimmed cell, composed characters as one. Raises BadCell for a formula or what does not print."""
    if not may_be_signed and (cell.startswith(FORMULA) or cell.strip().startswith(FORMULA)):
        raise BadCell("formula", "A cell must not begin with = + - @ or a tab: write the plain value.")
    if any(unicodedata.category(character) == "Cc" for character in cell):
        raise BadCell("control_character", "Remove line breaks and other characters that do not print.")
    return unicodedata.normalize("NFC", cell.strip())


def required(check: Check) -> Check:
    """The same check, of a cell that must not be empty."""

    def filled(cell: str) -> Any:
        if not cell:
            raise BadCell("required", "Fill this cell.")
        return check(cell)

    return filled


def optional(check: Check, default: Any = None) -> Check:
    """The same check, of a cell that may be empty and then means `default`."""
    return lambda cell: check(cell) if cell else default


def text(limit: int) -> Check:
    """At most so many characters."""

    def check(cell: str) -> str:
        if len(cell) > limit:
            raise BadCell("too_long", f"Use at most {limit} characters.")
        return cell

    return check


def codes(known: Iterable[str]) -> Check:
    """Codes with semicolons between them."""
    listed = tuple(known)

    def check(cell: str) -> list[str]:
        found = _split(cell)
        if not set(found) <= set(listed):
            raise BadCell("unknown_code", f"Write some of {', '.join(listed)}, with semicolons between them.")
        return found

    return check


def words(pattern: str, message: str) -> Check:
    """Words of a form, with semicolons between them."""

    def check(cell: str) -> list[str]:
        found = _split(cell)
        if len(found) > 60 or not all(re.fullmatch(pattern, word) for word in found):
            raise BadCell("bad_list", message)
        return found

    return check


def _split(cell: str) -> list[str]:
    found = list(dict.fromkeys(word.strip().lower() for word in cell.split(";") if word.strip()))
    if not found:
        raise BadCell("required", "Fill this cell.")
    return found


def whole(most: int) -> Check:
    """A whole number from 0 on."""

    def check(cell: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", cell) or int(cell) > most:
            raise BadCell("bad_number", f"Give a whole number from 0 to {most:,}, without signs or commas.")
        return int(cell)

    return check


def degrees(most: int) -> Check:
    """Decimal degrees, south and west negative."""

    def check(cell: str) -> float:
        if not re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{1,12})?", cell) or abs(float(cell)) > most:
            raise BadCell("bad_degrees", "Give decimal degrees such as 37.7587, west of Greenwich as -122.4330.")
        return float(cell)

    return check


def dollars(cell: str) -> int:
    """Return cents."""
    if not re.fullmatch(r"\$?[0-9]{1,6}(\.[0-9]{2})?", cell):
        raise BadCell("bad_price", "Give dollars such as 450 or 450.00, without commas.")
    amount = Decimal(cell.removeprefix("$"))
    if amount > MOST_DOLLARS:
        raise BadCell("bad_price", f"Give at most {MOST_DOLLARS:,} dollars.")
    return int(amount * 100)


def day(cell: str) -> date:
    """ISO 8601, or month/day/year as spreadsheets in the US write it."""
    for form in ("%Y-%m-%d", "%m/%d/%Y"):
        try:
            found = datetime.strptime(cell, form).date()  # noqa: DTZ007 - a calendar day has no zone
        except ValueError:
            continue
        if FIRST_DAY <= found <= LAST_DAY:
            return found
    raise BadCell("bad_date", f"Give a day that exists, as 2026-03-31 or 03/31/2026, up to the year {LAST_DAY.year}.")


def yes_or_no(cell: str) -> bool:
    """Two words."""
    if cell.lower() not in ("yes", "no"):
        raise BadCell("not_yes_or_no", "Write “yes” or “no”, or leave the cell empty for no.")
    return cell.lower() == "yes"


def npi(cell: str) -> str:
    """A number whose check digit fits."""
    if not is_npi(cell):
        raise BadCell("bad_npi", "Give the ten digits of an NPI: the last one, its check digit, does not fit these.")
    return cell


def hours(cell: str) -> list[Hours]:
    """`mon-fri 09:00-17:00; sat 10:00-14:00`."""
    try:
        return list(check_hours(one for part in cell.lower().split(";") if part.strip() for one in _interval(part)))
    except (BadHours, ValueError):
        message = "Write hours such as “mon-fri 09:00-17:00; sat 10:00-14:00”, closing after opening, none overlapping."
        raise BadCell("bad_hours", message) from None


def _interval(part: str) -> list[Hours]:
    """Raises ValueError for anything but weekdays and two times (a zone in them, too)."""
    days, times = part.split()
    first, _, last = days.partition("-")
    if not re.fullmatch(r"[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}", times):
        raise ValueError(times)
    opens, closes = (time.fromisoformat(one) for one in times.split("-"))
    weekdays = range(WEEKDAYS.index(first) + 1, WEEKDAYS.index(last or first) + 2)
    return [Hours(weekday=weekday, opens=opens, closes=closes) for weekday in weekdays]


def _form(fits: Callable[[str], bool], code: str, message: str) -> Check:
    def check(cell: str) -> str:
        if not fits(cell):
            raise BadCell(code, message)
        return cell

    return check


postal_code = _form(
    lambda cell: re.fullmatch(r"[0-9]{5}", cell) is not None,
    "bad_postal_code",
    "Give five digits; format the column as text if a leading zero is lost.",
)
state = _form(
    lambda cell: re.fullmatch(r"[A-Z]{2}", cell) is not None,
    "bad_state",
    "Give the two capital letters of a US state, district or territory, such as CA.",
)
taxonomy = _form(is_taxonomy, "bad_taxonomy", "Give a taxonomy code such as 261QM0850X, or leave the cell empty.")
timezone = _form(_ZONES.__contains__, "unknown_timezone", "Give a name such as America/Chicago, or leave it empty.")

CHECKS: dict[str, Check] = {
    "npi": required(npi),
    "name": required(text(200)),
    "organization": optional(text(200), ""),
    "taxonomy": optional(taxonomy, ""),
    "street": required(text(200)),
    "city": required(text(100)),
    "state": required(state),
    "postal_code": required(postal_code),
    "latitude": optional(degrees(90)),
    "longitude": optional(degrees(180)),
    "timezone": optional(timezone, ""),
    "languages": words(r"[a-z]{2}", "Write two letters per language, with semicolons between them: en;es."),
    "routes": codes(Route),
    "protocols": codes(Protocol),
    "conditions": words(r"[a-z_]{2,40}", "Write words such as depression;ptsd;chronic_pain, with semicolons between."),
    "formats": codes(Format),
    "states_served": words(r"[a-z]{2}", "Write two letters per state, with semicolons between them: CA;NV."),
    "therapist_genders": optional(codes(Gender), []),
    "trauma_informed": optional(yes_or_no, False),
    "telehealth_preparation": optional(yes_or_no, False),
    "telehealth_integration": optional(yes_or_no, False),
    "offers_sliding_scale": optional(yes_or_no, False),
    "open_slots": required(whole(10_000)),
    "accepts_from": optional(day),
    "kap_training_hours": required(whole(100_000)),
    "sessions_facilitated": required(whole(1_000_000)),
    "medical_overseer": optional(text(200), ""),
    "medical_overseer_npi": optional(npi, ""),
    "licence_number": optional(text(60), ""),
    "licence_expires_on": required(day),
    "malpractice_number": optional(text(60), ""),
    "malpractice_expires_on": required(day),
    "dea_number": optional(text(60), ""),
    "dea_expires_on": optional(day),
    "hours": optional(hours, []),
}
