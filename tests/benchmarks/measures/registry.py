"""referrals.npi_…: importing a file of the NPI registry, against bare COPY of the same rows; and in how much memory."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from zipfile import ZipFile

from config.local.state import PROJECT
from referrals.npi_registry.models import NpiRecord
from referrals.npi_registry.rules.archives import open_source
from referrals.npi_registry.rules.records import COLUMNS, Tally, copy_lines, everyone
from referrals.npi_registry.services import import_file
from tests.benchmarks.bench import Bench, use_database
from tests.benchmarks.comparing import Figures, Measure, Side, compare
from tests.factories.nppes import HEADER, as_csv, many, published
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as

ROWS = 40_000
FEW, MANY = 10_000, 80_000  # rows of the files whose imports' memory is compared
MEMBER = "npidata_pfile_20050523-20260111.csv"
_CHUNK = 1 << 20
# What manage.py does, then the kernel's high-water mark: a child's rusage would begin with its parent's size.
_COMMAND = """
import sys
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM:")))
"""


@compare(
    Measure(name="referrals.npi_rows_vs_copy", unit="rows/s", better="higher", required=0.25),
    Measure(name="referrals.npi_rows_vs_copy_of_kept", unit="rows/s", better="higher", required=None),
    pairs=3,
)
@contextmanager
def rows(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """From the archive to committed records, every row kept (`--all`, the most work): 330 columns, 17 of them stored.

    The first reference unzips the same file and copies it as it is, all columns as text, into a table without an index:
    nothing is checked, chosen or merged. The second, reported, copies the 17 columns alone, cut out beforehand.
    """
    use_database(bench)
    with TemporaryDirectory() as folder, bench.owner() as owner:
        columns = ", ".join(f'"{place}" text' for place in range(len(HEADER)))
        owner.execute(f"CREATE TABLE bench_nppes ({columns})")
        owner.execute("CREATE TABLE bench_kept (LIKE referrals_npirecord)")
        path = published(Path(folder), as_csv(many(ROWS)), name=MEMBER)
        try:
            yield partial(_import, bench, path), partial(_copy, bench, path, _kept(path))
        finally:
            owner.execute("DROP TABLE bench_nppes, bench_kept")
            _empty(bench)


@compare(
    Measure(name="referrals.npi_import_memory", unit="MB", better="lower", required=1.1),
    pairs=1,
    warm_ups=0,
)
@contextmanager
def memory(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """The most that `manage.py import_npi` ever needed for a file of 80,000 rows, against one of 10,000."""
    with TemporaryDirectory() as folder:
        sides = [published(Path(folder), as_csv(many(count)), name=MEMBER) for count in (MANY, FEW)]
        yield partial(_peak, bench, sides[0]), partial(_peak, bench, sides[1])
    _empty(bench)


def _import(bench: Bench, path: Path) -> Figures:
    _empty(bench)
    start = perf_counter()
    with acting_as(WORKER):
        import_file(path, has_everyone=True, now=clock.now())
    rate = ROWS / (perf_counter() - start)
    with acting_as(WORKER):
        assert NpiRecord.objects.count() == ROWS
    return (rate, rate)


def _copy(bench: Bench, path: Path, kept: bytes) -> Figures:
    return (_copy_all(bench, path), _copy_kept(bench, kept))


def _copy_all(bench: Bench, path: Path) -> float:
    with bench.owner() as owner:
        owner.execute("TRUNCATE bench_nppes")
        start = perf_counter()
        with (
            ZipFile(path) as archive,
            archive.open(MEMBER) as member,
            owner.cursor() as cursor,
            cursor.copy("COPY bench_nppes FROM STDIN (FORMAT csv, HEADER)") as copy,
        ):
            while chunk := member.read(_CHUNK):
                copy.write(chunk)
        return ROWS / (perf_counter() - start)


def _copy_kept(bench: Bench, kept: bytes) -> float:
    with bench.owner() as owner:
        owner.execute("TRUNCATE bench_kept")
        start = perf_counter()
        with owner.cursor() as cursor, cursor.copy(f"COPY bench_kept ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for begin in range(0, len(kept), _CHUNK):
                copy.write(kept[begin : begin + _CHUNK])
        return ROWS / (perf_counter() - start)


def _kept(path: Path) -> bytes:
    with open_source(path) as source:
        return b"".join(copy_lines(source, everyone, Tally()))


def _peak(bench: Bench, path: Path) -> Figures:
    _empty(bench)
    argv = [sys.executable, "-c", _COMMAND, "import_npi", "--all", str(path)]
    done = subprocess.run(argv, env=bench.environment, cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=True)
    return (int(done.stdout.split()[-1]) / 1024,)


def _empty(bench: Bench) -> None:
    with bench.owner() as owner:
        owner.execute("TRUNCATE referrals_npirecord, referrals_registryfile")
