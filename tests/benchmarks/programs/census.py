"""A census staged and applied; as a program, with the memory that it needed: {"idle", "peak"} in MB."""

import csv
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

COLUMNS = (
    "employee_number",
    "first_name",
    "last_name",
    "date_of_birth",
    "personal_email",
    "work_email",
    "postal_code",
    "state",
    "hire_date",
    "language",
    "timezone",
    "employment_status",
    "end_date",
)
_FIRST = ("Ana", "Zoë", "José", "Mei", "Olu", "Priya", "Dana", "Björn", "Aiko", "Sam")
_LAST = ("García", "Müller", "Okafor", "Smith", "Khan", "Ortiz", "Ivanov", "Li", "Peña", "O'Neill")


def write_census(path: Path, rows: int) -> Path:
    """A file of so many people, each another one."""
    born, hired = date(1950, 1, 1), date(2001, 1, 1)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for n in range(rows):
            writer.writerow(
                (
                    f"E{n:07}",
                    _FIRST[n % 10],
                    f"{_LAST[n // 10 % 10]}-{n % 997}",
                    born + timedelta(days=n * 7 % 12_000),
                    f"person{n}@home.example",
                    "",
                    f"{10001 + n % 80_000:05}",
                    "NY",
                    hired + timedelta(days=n * 3 % 8_000),
                    "en",
                    "",
                    "active",
                    "",
                )
            )
    return path


def people(path: Path) -> Iterator[dict[str, Any]]:
    """The same people as facts, read and checked."""
    from benefits.eligibility.rules.reading import Reader  # noqa: PLC0415 - once Django is set up

    with path.open(newline="", encoding="utf-8") as file:
        records = csv.reader(file)
        reader = Reader(next(records), {}, today=date(2026, 3, 2))
        for row in reader.rows(records):
            assert row.person is not None
            yield asdict(row.person)


def company() -> UUID:
    """An employer with a plan."""
    from tests.factories.benefits import make_employer, make_plan  # noqa: PLC0415 - once Django is set up

    employer = make_employer()
    make_plan(employer.pk)
    return employer.pk


def staging(path: Path, employer_id: UUID) -> Any:
    """Stage a file in a transaction of its own."""
    from benefits.eligibility.models import Kind  # noqa: PLC0415 - once Django is set up
    from benefits.eligibility.services.staging import stage  # noqa: PLC0415
    from benefits.eligibility.services.uploading import open_census  # noqa: PLC0415
    from benefits.enrollment.models import Door  # noqa: PLC0415
    from tests.factories.benefits import hr_of  # noqa: PLC0415
    from workers.kernel import clock  # noqa: PLC0415
    from workers.kernel.actor import acting_as  # noqa: PLC0415

    with acting_as(hr_of(employer_id)), path.open("rb") as file:
        now = clock.now()
        reader, rows = open_census(file, employer_id, now)
        change_set, _ = stage(
            employer_id=employer_id,
            door=Door.FILE,
            kind=Kind.FULL,
            rows=rows,
            header=reader.header,
            by=employer_id,
            now=now,
        )
    assert not change_set.error_count
    return change_set


def application(change_set: Any) -> None:
    """Apply it as a worker does."""
    from benefits.eligibility.services.applying import change_roster  # noqa: PLC0415 - once Django is set up
    from tests.factories.benefits import hr_of  # noqa: PLC0415
    from workers.kernel import clock  # noqa: PLC0415
    from workers.kernel.actor import acting_as  # noqa: PLC0415

    with acting_as(hr_of(change_set.employer_id)):
        change_roster(change_set, by=change_set.employer_id, now=clock.now())
    assert change_set.status == "applied"


def _megabytes(line: str) -> float:
    """A figure of the kernel about this process; VmHWM is its high-water mark."""
    status = Path(f"/proc/{os.getpid()}/status").read_text().splitlines()
    return next(int(found.split()[1]) for found in status if found.startswith(line)) / 1024


def main(path: str) -> None:
    """Stage and apply a file and print what it took."""
    import django  # noqa: PLC0415 - not needed by who imports this

    django.setup()
    application(staging(write_census(Path(path).with_suffix(".small"), 100), company()))  # everything is imported
    employer_id, idle = company(), _megabytes("VmRSS")
    application(staging(Path(path), employer_id))
    print(json.dumps({"idle": idle, "peak": _megabytes("VmHWM")}))


if __name__ == "__main__":
    main(sys.argv[1])
