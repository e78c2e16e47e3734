"""Reading a directory file: CSV (RFC 4180) in UTF-8, with or without BOM, any line ends; a row is a clinic.

Rows are numbered as a spreadsheet shows them: the header is row 1. Prices are in dollars: one column per kind of
session (`dosing_price`), for groups apart (`group_dosing_price`), and where a route costs otherwise `dosing_iv_price`.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from referrals.clinics.rules.cells import CHECKS, NUMBERS, BadCell, RowError, clean, dollars, optional
from referrals.clinics.rules.codes import Format, Route, SessionKind
from referrals.clinics.rules.geography import Point, distance_km

MOST_ROWS = 2_000  # a network; each is signed with prices, credentials and timers in one request
FARTHEST_FROM_ZIP_KM = 80  # an address farther from its ZIP code's centre has its coordinates mixed up

_PREFIX = {Format.INDIVIDUAL: "", Format.GROUP: "group_"}
PRICES = {f"{_PREFIX[form]}{kind}_price": (kind, None, form) for form, kind in product(Format, SessionKind)} | {
    f"{_PREFIX[form]}{kind}_{route}_price": (kind, route, form)
    for form, kind, route in product(Format, SessionKind, Route)
}
COLUMNS = (*CHECKS, *PRICES)
REQUIRED = (
    *("npi", "name", "street", "city", "state", "postal_code", "languages", "routes", "protocols", "conditions"),
    *("formats", "states_served", "open_slots", "kap_training_hours", "sessions_facilitated"),
    *("licence_expires_on", "malpractice_expires_on"),
)


class Unreadable(Exception):
    """The file as a whole cannot be read; `errors` says why and where."""

    def __init__(self, *errors: RowError) -> None:
        super().__init__(errors[0].message)
        self.errors = errors


@dataclass(frozen=True, kw_only=True)
class Known:
    """Where a ZIP code lies; `timezone` is "" where it is not known."""

    state: str
    centre: Point
    timezone: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A row that can be applied: the values of its columns by name, prices as (kind, route, format, cents)."""

    values: dict[str, Any]
    prices: list[tuple[str, str, str, int]]


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """A file's entries by row, its errors, and how many rows it has below the header."""

    entries: Mapping[int, Entry]
    errors: Sequence[RowError]
    rows: int


Locate = Callable[[str], Known | None]


@dataclass
class _Row:
    """A row while it is read."""

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    errors: list[RowError] = field(default_factory=list)

    def refuse(self, column: str, code: str, message: str) -> None:
        self.errors.append(RowError(row=self.number, column=column, code=code, message=message))


def parse(content: bytes, *, locate: Locate) -> Parsed:
    """Read a file. Raises Unreadable when it is not a CSV file in UTF-8 with the right header."""
    records = list(_records(_text(content)))
    header = _header(records[0] if records else [])
    cells = {row: _cells(header, record) for row, record in enumerate(records[1:], start=2) if any(record)}
    if not cells:
        raise Unreadable(_whole(1, "empty", "There are no rows below the header."))
    rows = [_read(number, record, locate) for number, record in cells.items()]
    _refuse_twins(rows)
    return Parsed(
        entries={row.number: _entry(row) for row in rows if not row.errors},
        errors=[error for row in rows for error in row.errors],
        rows=len(rows),
    )


def _text(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content:
        raise Unreadable(_whole(1, "not_text", "This is no CSV file: save the sheet as “CSV UTF-8” and upload that."))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        raise Unreadable(_whole(row, "encoding", "This is not UTF-8: save the sheet as “CSV UTF-8”.")) from None


def _records(text: str) -> Iterator[list[str]]:
    row = 0
    try:
        for row, record in enumerate(csv.reader(io.StringIO(text, newline=""), strict=True), start=1):
            if row > MOST_ROWS + 1:
                raise Unreadable(_whole(1, "too_many_rows", f"A file has at most {MOST_ROWS:,} rows: split it."))
            yield record
    except csv.Error:
        message = "The quotes of this row do not match: write a quote inside a cell twice, and close every cell."
        raise Unreadable(_whole(row + 1, "malformed", message)) from None


def _whole(row: int, code: str, message: str, column: str = "") -> RowError:
    return RowError(row=row, column=column, code=code, message=message)


def _header(record: Sequence[str]) -> list[str]:
    """The columns' names. Raises Unreadable that lists all that is wrong with them."""
    header = [name.strip().lower().replace(" ", "_") for name in record]
    errors = [
        _whole(1, "unknown_column", "Remove this column, or give it a name of docs/operations.md.", name[:60])
        for name in header
        if name not in COLUMNS
    ]
    errors += [_whole(1, "missing_column", "Add this column.", name) for name in REQUIRED if name not in header]
    twice = sorted({name for name in COLUMNS if header.count(name) > 1})
    errors += [_whole(1, "duplicate_column", "Keep one column of this name.", name) for name in twice]
    if errors:
        raise Unreadable(*errors[:50])
    return header


def _cells(header: Sequence[str], record: Sequence[str]) -> dict[str, str]:
    """A record's cells by column; cells beyond the header are kept under a name that no column has."""
    surplus = {"": "".join(record[len(header) :])}
    return dict.fromkeys(COLUMNS, "") | dict(zip(header, record, strict=False)) | surplus


def _read(number: int, cells: Mapping[str, str], locate: Locate) -> _Row:
    row = _Row(number)
    if cells[""]:
        row.refuse("", "too_many_cells", "This row has more cells than the header: quote cells with commas.")
    for column in COLUMNS:
        try:
            cell = clean(cells[column], may_be_signed=column in NUMBERS)
            row.values[column] = CHECKS.get(column, optional(dollars))(cell)
        except BadCell as bad:
            row.refuse(column, bad.code, str(bad))
    if not row.errors:
        _place(row, locate)
        _price(row)
        _contradict(row)
    return row


def _place(row: _Row, locate: Locate) -> None:
    """Fill in where the ZIP code lies; what the row says of it itself has to fit."""
    values, known = row.values, locate(row.values["postal_code"])
    if known is None or known.state != values["state"]:
        row.refuse("postal_code", "unknown_postal_code", f"Give the ZIP code of a street in {values['state']}.")
        return
    if (values["latitude"] is None) != (values["longitude"] is None):
        row.refuse("longitude", "half_a_point", "Give both latitude and longitude, or leave both empty.")
        return
    if values["latitude"] is None:
        values["latitude"], values["longitude"] = known.centre
    elif distance_km(known.centre, (values["latitude"], values["longitude"])) > FARTHEST_FROM_ZIP_KM:
        message = (
            f"This point is more than {FARTHEST_FROM_ZIP_KM} km from the ZIP code: check the signs, and the order."
        )
        row.refuse("latitude", "far_from_postal_code", message)
    values["timezone"] = values["timezone"] or known.timezone
    if not values["timezone"]:
        row.refuse("timezone", "required", "Give a time zone such as Pacific/Guam: the ZIP code does not tell it.")


def _price(row: _Row) -> None:
    """Every kind of session by each route and format on offer has a price, of its own or of the kind."""
    values, found, missing = row.values, [], {}
    for kind, route, form in product(SessionKind, values["routes"], values["formats"]):
        general = f"{_PREFIX[Format(form)]}{kind}_price"
        cents = values[f"{general.removesuffix('_price')}_{route}_price"]
        cents = values[general] if cents is None else cents
        if cents is None:
            missing[general] = f"Give the price of {kind} ({form}), in this column or in one for each route."
        else:
            found.append((str(kind), route, form, cents))
    for column, message in missing.items():
        row.refuse(column, "required", message)
    values["prices"] = found


def _contradict(row: _Row) -> None:
    """What two cells that are right by themselves say against each other."""
    values = row.values
    if values["medical_overseer_npi"] and not values["medical_overseer"]:
        row.refuse("medical_overseer", "required", "Name the overseer whose NPI this is, or leave both empty.")
    if values["dea_number"] and values["dea_expires_on"] is None:
        row.refuse("dea_expires_on", "required", "Give the last day of this registration, or leave both empty.")


def _refuse_twins(rows: Sequence[_Row]) -> None:
    rows_of = defaultdict(list)
    for row in rows:
        rows_of[row.values.get("npi")].append(row)
    for npi, twins in rows_of.items():
        for row in twins if npi and len(twins) > 1 else ():
            others = ", ".join(str(twin.number) for twin in twins[:6] if twin is not row)
            row.refuse("npi", "duplicate", f"The same NPI is in row {others}: keep one row per clinic.")


def _entry(row: _Row) -> Entry:
    values = {name: value for name, value in row.values.items() if name in CHECKS}
    values["states_served"] = [state.upper() for state in values["states_served"]]
    return Entry(values=values, prices=row.values["prices"])
