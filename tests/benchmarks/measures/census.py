"""benefits.census_…: a census staged and applied, against bare COPY and django-import-export; its memory and growth."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benefits.eligibility.queries.comparing import FACTS
from config.local.state import PROJECT
from config.local.virtualenvs import python_of
from tests.benchmarks.bench import Bench, prepare_database, scaled, use_database
from tests.benchmarks.comparing import Figures, Measure, Side, compare
from tests.benchmarks.databases import temporary_database
from tests.benchmarks.programs.census import application, company, people, staging, write_census
from workers.kernel.ids import new_id

ROWS = scaled(100_000)
PEERS_ROWS = scaled(20_000)
COMPARED_ROWS = scaled(2_000)  # the peer looks each up, twice
FEW, MANY = scaled(10_000), scaled(1_000_000)
FIRST = scaled(50_000)
MOST_MEGABYTES = 300.0
_BLOCK = 500


@compare(
    Measure(name="benefits.census_vs_copy", unit="rows/s", better="higher", required=1 / 8),
    Measure(name="benefits.census_applied_vs_copy", unit="rows/s", better="higher", required=1 / 8),
    pairs=3,
)
@contextmanager
def census(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """100,000 new people: read, checked, compared with the roster and kept; then applied.

    The reference copies the same people, read and checked beforehand, into a table of the same columns with a primary
    key and the index by which they are found; nothing is compared, enrolled, announced or told to a history.
    """
    use_database(bench)
    with TemporaryDirectory() as folder, bench.owner() as owner:
        path = write_census(Path(folder) / "census.csv", ROWS)
        owner.execute("CREATE TABLE bench_census (LIKE benefits_stagedrow INCLUDING DEFAULTS)")
        owner.execute("ALTER TABLE bench_census ADD PRIMARY KEY (id), ADD UNIQUE (employer_id, employee_number)")
        lines = [_line(person) for person in people(path)]
        try:
            yield partial(_ours, path), partial(_copy, bench, lines)
        finally:
            owner.execute("DROP TABLE bench_census")


@compare(
    Measure(name="benefits.census_vs_import_export", unit="rows/s", better="higher", required=20),
    pairs=1,
    warm_ups=0,
)
@contextmanager
def import_export(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """New people from file to roster, compared before they are stored, on the same server.

    django-import-export as its admin imports: a dry run that looks each row up and tells what differs, then the import.
    It stores members, and knows no plans, events, history, undoing nor row security. Its options are those it comes
    with.
    """
    with _beside_import_export(bench, "preview", COMPARED_ROWS) as sides:
        yield sides


@compare(
    Measure(name="benefits.census_vs_import_export_tuned", unit="rows/s", better="higher", required=None),
    pairs=1,
    warm_ups=0,
)
@contextmanager
def tuned(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """The same with all that makes it faster: bulk writes, and one look-up of all that is known."""
    with _beside_import_export(bench, "tuned", COMPARED_ROWS) as sides:
        yield sides


@compare(
    Measure(name="benefits.census_vs_import_export_bulk", unit="rows/s", better="higher", required=None),
    pairs=1,
    warm_ups=0,
)
@contextmanager
def bulk(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """The peer with every option that makes it faster: bulk writes of new rows, nothing looked up and nothing compared.

    No limit: that is a part of what we do, and its figure tells what the rest costs.
    """
    with _beside_import_export(bench, "bulk", PEERS_ROWS) as sides:
        yield sides


@contextmanager
def _beside_import_export(bench: Bench, how: str, rows: int) -> Iterator[tuple[Side, Side]]:
    use_database(bench)
    python = python_of("django-import-export", bench.state)
    with TemporaryDirectory() as folder, temporary_database(bench.environment, "bench_import_export") as env:
        del env["DJANGO_SETTINGS_MODULE"]
        path = write_census(Path(folder) / "census.csv", rows)

        def ours() -> Figures:
            staged, applied = _seconds(path)
            return (rows / (staged + applied),)

        def theirs() -> Figures:
            argv = [python, "-m", "tests.benchmarks.peers.import_export", how, str(path)]
            done = subprocess.run(argv, env=env, cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=True)
            return (rows / float(done.stdout.split()[-1]),)

        yield ours, theirs


@compare(
    Measure(name="benefits.census_memory", unit="MB", better="lower", required=1),
    pairs=1,
    warm_ups=0,
)
@contextmanager
def memory(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """What a process needs above idle, at its highest, to stage and apply 100,000 people; against 300 MB."""
    with TemporaryDirectory() as folder:
        path = write_census(Path(folder) / "census.csv", ROWS)
        yield partial(_peak, bench, path), lambda: (MOST_MEGABYTES,)


@compare(
    Measure(name="benefits.census_growth_staged", unit="µs/row", better="lower", required=1.2),
    Measure(name="benefits.census_growth_applied", unit="µs/row", better="lower", required=1.2),
    pairs=1,
    warm_ups=0,
    only_by_name=True,
)
@contextmanager
def growth(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """What a row of 1,000,000 costs, against a row of 10,000."""
    use_database(bench)
    with TemporaryDirectory() as folder:
        sides = [(write_census(Path(folder) / f"{rows}.csv", rows), rows) for rows in (MANY, FEW)]
        yield partial(_per_row, *sides[0]), partial(_per_row, *sides[1])


@compare(
    Measure(name="benefits.census_first", unit="µs/row", better="lower", required=1.5),
    pairs=1,
    warm_ups=0,
)
@contextmanager
def first(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """The first 50,000 people of a database, whose tables have no statistics, against others who come after them."""
    with TemporaryDirectory() as folder, temporary_database(bench.environment, "bench_first_census") as env:
        prepare_database(bench.group, env)
        path = write_census(Path(folder) / "census.csv", FIRST)
        yield partial(_whole, Bench(env, bench.group, bench.state), path), partial(_after_others, bench, path)


def _whole(bench: Bench, path: Path) -> Figures:
    use_database(bench)
    return (sum(_seconds(path)) / FIRST * 1e6,)


def _after_others(bench: Bench, path: Path) -> Figures:
    _whole(bench, path)
    return _whole(bench, path)


def _per_row(path: Path, rows: int) -> Figures:
    staged, applied = _seconds(path)
    return (staged / rows * 1e6, applied / rows * 1e6)


def _ours(path: Path) -> Figures:
    staged, applied = _seconds(path)
    return (ROWS / staged, ROWS / applied)


def _seconds(path: Path) -> tuple[float, float]:
    """How long staging takes, and applying, for an employer of its own."""
    employer_id = company()
    start = perf_counter()
    change_set = staging(path, employer_id)
    staged = perf_counter()
    application(change_set)
    return staged - start, perf_counter() - staged


def _copy(bench: Bench, lines: list[str]) -> Figures:
    employer = new_id()
    with bench.owner() as owner:
        owner.execute("TRUNCATE bench_census")
        columns = ", ".join(
            ("id", "enrollment_id", "employer_id", "change_set_id", "row", "errors", *FACTS, "contact_hash")
        )
        start = perf_counter()
        with owner.cursor() as cursor, cursor.copy(f"COPY bench_census ({columns}) FROM STDIN") as copy:
            for begin in range(0, len(lines), _BLOCK):
                copy.write("".join(lines[begin : begin + _BLOCK]).replace("{employer}", str(employer)))
        rate = len(lines) / (perf_counter() - start)
    return (rate, rate)


def _line(person: dict[str, str | None]) -> str:
    ids = [str(new_id()), str(new_id()), "{employer}", str(new_id()), "1", "[]"]
    facts = [r"\N" if person[name] is None else str(person[name]) for name in FACTS]
    return "\t".join([*ids, *facts, "0" * 64]) + "\n"


def _peak(bench: Bench, path: Path) -> Figures:
    argv = [sys.executable, "-m", "tests.benchmarks.programs.census", str(path)]
    done = subprocess.run(argv, env=bench.environment, cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    return (max(found["peak"] - found["idle"], 0.1),)
