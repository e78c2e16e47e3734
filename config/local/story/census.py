"""A census as an HR department would export it: 500 rows, UTF-8 names, Windows line ends, and faults."""

import csv
import io
import random
from dataclasses import dataclass

ROWS = 500
COLUMNS = (
    "employee_number",
    "first_name",
    "last_name",
    "date_of_birth",
    "personal_email",
    "postal_code",
    "state",
    "hire_date",
    "language",
    "employment_status",
)
FIRST_NAMES = (
    "Zoë",
    "José",
    "Anneliese",
    "Nguyễn",
    "Siobhán",
    "Olu",
    "Mei",
    "Łukasz",
    "Priya",
    "Dana",
    "Björn",
    "Aiko",
)
LAST_NAMES = (
    "Peña",
    "O’Neill",
    "Müller",
    "Trần",
    "Okafor",
    "Smith",
    "Ng",
    "Sørensen",
    "Khan",
    "Ortiz",
    "Ivanov",
    "Li",
)
# Where people live: (ZIP, state, weight). The last is served by nobody who answers, so its requests stay unplaced.
HOMES = (
    ("94110", "CA", 30),
    ("90026", "CA", 25),
    ("10025", "NY", 20),
    ("78704", "TX", 15),
    ("80205", "CO", 10),
)
REMOTE_HOME = ("99801", "AK")


@dataclass(frozen=True)
class Fault:
    """A row that is wrong on purpose: which row (header is 1), which column gets which text."""

    row: int
    column: str
    text: str


FAULTS = (
    Fault(17, "date_of_birth", "31/02/1990"),
    Fault(58, "date_of_birth", "1890-01-01"),
    Fault(101, "employee_number", ""),
    Fault(144, "employee_number", "E0020"),  # row 21 has this number too
    Fault(203, "last_name", '=HYPERLINK("http://example.test","x")'),
    Fault(266, "state", "ZZ"),
    Fault(301, "hire_date", "soon"),
    Fault(388, "personal_email", "not-an-address"),
)


def rows(seed: int = 7) -> list[dict[str, str]]:
    """Return the rows, faults included; row i of the list is row i + 2 of the file."""
    chance = random.Random(seed)  # noqa: S311 - names, not secrets
    people = [_person(number, chance) for number in range(1, ROWS + 1)]
    for fault in FAULTS:
        people[fault.row - 2][fault.column] = fault.text
    return people


def as_csv(people: list[dict[str, str]]) -> bytes:
    """Return the file: UTF-8 with a byte order mark and CRLF, as spreadsheets write it."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(people)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _person(number: int, chance: random.Random) -> dict[str, str]:
    postal_code, state, _ = chance.choices(HOMES, weights=[weight for *_, weight in HOMES])[0]
    if number % 100 == 30:
        postal_code, state = REMOTE_HOME
    return {
        "employee_number": f"E{number:04}",
        "first_name": chance.choice(FIRST_NAMES),
        "last_name": chance.choice(LAST_NAMES),
        "date_of_birth": f"{chance.randint(1962, 2004)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
        "personal_email": f"e{number:04}@home.example",
        "postal_code": postal_code,
        "state": state,
        "hire_date": f"{chance.randint(2010, 2025)}-{chance.randint(1, 12):02}-01",
        "language": "es" if number % 9 == 0 else "en",
        "employment_status": "active",
    }
