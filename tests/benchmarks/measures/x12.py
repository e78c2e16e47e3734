"""benefits.x12_…: an 834 read and judged, against pyx12 alone; and in how much memory."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import BinaryIO

import pyx12.params
import pyx12.x12n_document

from benefits.eligibility.rules.rows import RowError
from benefits.x12.rules.acknowledging import Transaction, answer
from benefits.x12.rules.envelope import Envelope
from benefits.x12.rules.members import read_members
from benefits.x12.rules.portions import Context, next_portion
from benefits.x12.rules.rows import read_rows
from benefits.x12.rules.segments import Place, Segment, read_segments, read_separators
from benefits.x12.rules.validating import judge
from config.local.state import PROJECT
from tests.benchmarks.bench import Bench, scaled
from tests.benchmarks.comparing import Figures, Measure, Side, compare
from tests.factories.benefits import make_person
from tests.factories.x12 import loop_of, pieces
from workers.kernel import clock

MEMBERS = scaled(100_000)
ASCII = {"last_name": "Garcia"}  # X12 knows no accents
# Members of the files whose reading's memory is compared: a portion, of which one is in memory, has some 4,000.
FEW, MANY = scaled(10_000), scaled(40_000)
# The kernel's high-water mark: a child's rusage would begin with its parent's size.
_COMMAND = """
import sys
from pathlib import Path
import django
django.setup()
from tests.benchmarks.measures.x12 import read
read(Path(sys.argv[1]))
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM:")))
"""


@compare(
    Measure(name="benefits.x12_members", unit="members/s", better="higher", required=0.5),
    pairs=1,
    warm_ups=0,
)
@contextmanager
def members(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """From the file to checked rows and a 999, twice through it; the reference goes through it once."""
    with TemporaryDirectory() as folder:
        path = written(Path(folder), MEMBERS)
        yield partial(_rate, partial(read, path)), partial(_rate, partial(_alone, path))


@compare(
    Measure(name="benefits.x12_memory", unit="MB", better="lower", required=1.1),
    pairs=1,
    warm_ups=0,
)
@contextmanager
def memory(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """The most memory that a file of 40,000 members needed, against one of 10,000: both are of several portions."""
    with TemporaryDirectory() as folder:
        sides = [written(Path(folder), count) for count in (MANY, FEW)]
        yield partial(_peak, bench, sides[0]), partial(_peak, bench, sides[1])


def written(folder: Path, count: int) -> Path:
    """A file of so many members."""
    path = folder / f"{count}.834"
    with path.open("wb") as file:
        file.writelines(pieces(loop_of(make_person(f"E{number}", **ASCII)) for number in range(count)))
    return path


def read(path: Path) -> int:
    """Read a file as services.reading does, but for the database; return how many rows there are."""
    with path.open("rb") as source:
        separators, context, place = read_separators(source), Context(), Place()
        faults: dict[int, list[RowError]] = {}
        while place is not None:
            portion = next_portion(source, context, begin=place, separators=separators)
            for fault in judge(portion, separators):
                faults.setdefault(fault.ins, []).append(fault.error())
            place = portion.next  # type: ignore[assignment] # None ends it
        envelope = Envelope()
        rows = read_rows(read_members(_seen(envelope, source)), faults=faults, today=date(2026, 3, 2))
        count = sum(not row.errors for row in rows)
    envelope.finish()
    sets = [Transaction(number=number, st=st, gs=gs) for number, st, gs in envelope.transactions]
    assert answer(envelope.isa, sets, [], envelope.errors, control=1, now=clock.now()).verdict == "A"
    return count


def _seen(envelope: Envelope, source: BinaryIO) -> Iterator[Segment]:
    source.seek(0)
    for segment in read_segments(source):
        envelope.see(segment)
        yield segment


def _alone(path: Path) -> int:
    with path.open(encoding="utf-8", newline="") as source, path.with_suffix(".999").open("w") as answer:
        assert pyx12.x12n_document.x12n_document(pyx12.params.params(), source, answer, None)
    return MEMBERS


def _rate(run: "partial[int]") -> Figures:
    start = perf_counter()
    assert run() == MEMBERS
    return (MEMBERS / (perf_counter() - start),)


def _peak(bench: Bench, path: Path) -> Figures:
    argv = [sys.executable, "-c", _COMMAND, str(path)]
    done = subprocess.run(argv, env=bench.environment, cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=True)
    return (int(done.stdout.split()[-1]) / 1024,)
