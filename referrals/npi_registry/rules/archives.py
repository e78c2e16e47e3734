"""What CMS publishes, opened: a ZIP of CSV files, or of a workbook of deactivated numbers; or the same unpacked."""

import csv
import re
import shutil
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import BufferedReader, RawIOBase
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, cast
from zipfile import BadZipFile, ZipFile, is_zipfile

from referrals.npi_registry.rules.faults import BadFile
from referrals.npi_registry.rules.layout import FileKind, is_deactivation_report
from referrals.npi_registry.rules.lines import read_lines
from referrals.npi_registry.rules.workbooks import rows_of

_BUFFER = 1 << 20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_IS_ENCRYPTED = 0x1  # of a ZIP entry's flags (APPNOTE 4.4.4)
_PROVIDERS = re.compile(r"npidata_pfile_(\d{8})-(\d{8})\.csv$", re.IGNORECASE)
_FIRST_DAY = "20050523"  # with which the full file's name begins: NPPES's first day
_MOST_WORKBOOK_BYTES = 256 << 20
_TITLE_ROWS = 5  # in which a workbook's header is looked for


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file's kind, its header, and the rest: lines of a CSV file that are not split yet, or rows of a workbook."""

    kind: FileKind
    header: list[str]
    lines: Iterator[tuple[int, bytes]]


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Open a file as CMS publishes it. Raises BadFile, also while it is read: what is cut off or damaged."""
    try:
        with ExitStack() as stack:
            yield _open(path, stack)
    except (BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise BadFile(f"{path.name} is damaged ({error}): download it again.") from None
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror}.") from None


def _open(path: Path, stack: ExitStack) -> Source:
    if not is_zipfile(path):
        file = stack.enter_context(path.open("rb", buffering=_BUFFER))
        if file.read(2) == b"PK":
            raise BadFile(f"{path.name} is a ZIP that was cut off: download it again.")
        file.seek(0)
        return _from_csv(file, path.name)
    archive = stack.enter_context(ZipFile(path))
    if "xl/workbook.xml" in archive.namelist():
        return _from_workbook(archive)
    name = _member(archive, path)
    member = stack.enter_context(archive.open(name))
    if name.lower().endswith(".xlsx"):
        copy = stack.enter_context(TemporaryFile())  # noqa: SIM115 - the stack closes it
        _copy_limited(cast(BinaryIO, member), cast(BinaryIO, copy), name)
        return _from_workbook(stack.enter_context(ZipFile(copy)))
    return _from_csv(cast(BinaryIO, stack.enter_context(BufferedReader(cast(RawIOBase, member), _BUFFER))), name)


def _member(archive: ZipFile, path: Path) -> str:
    """The file of providers, or else the only CSV file or workbook: a monthly archive has others beside it."""
    names = [name for name in archive.namelist() if "fileheader" not in name.lower()]
    providers = [name for name in names if _PROVIDERS.search(name)]
    wanted = providers or [name for name in names if name.lower().endswith((".csv", ".xlsx"))]
    if len(wanted) != 1:
        held = ", ".join(sorted(names)[:5]) or "nothing"
        raise BadFile(f"{path.name} holds {held}: expected one npidata_pfile_….csv or one report of deactivated NPIs.")
    if archive.getinfo(wanted[0]).flag_bits & _IS_ENCRYPTED:
        raise BadFile(f"{wanted[0]} is encrypted: take the file as CMS publishes it.")
    return wanted[0]


def _from_csv(file: BinaryIO, name: str) -> Source:
    lines = read_lines(file)
    _, first = next(lines, (0, b""))
    try:
        header = next(csv.reader([first.removeprefix(_BYTE_ORDER_MARK).decode()], strict=True), [])
    except (UnicodeDecodeError, csv.Error):
        raise BadFile(f"{name} does not begin with the header of an NPPES file: take it as CMS publishes it.") from None
    kind = FileKind.DEACTIVATIONS if is_deactivation_report(header) else _kind_of(name)
    return Source(kind=kind, header=header, lines=lines)


def _kind_of(name: str) -> FileKind:
    dates = _PROVIDERS.search(name)
    return FileKind.WEEKLY if dates and dates[1] != _FIRST_DAY else FileKind.MONTHLY


def _from_workbook(archive: ZipFile) -> Source:
    rows = rows_of(archive)
    for _, cells in islice(rows, _TITLE_ROWS):
        if is_deactivation_report(cells):
            return Source(kind=FileKind.DEACTIVATIONS, header=cells[:2], lines=_as_lines(rows))
    raise BadFile("The workbook has no columns NPI and NPPES Deactivation Date: take the report as CMS publishes it.")


def _as_lines(rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, bytes]]:
    for number, cells in rows:
        if any(cells):
            quoted = [cell.replace('"', '""') for cell in (*cells, "")[:2]]
            yield number, '"{}","{}"'.format(*quoted).encode()


def _copy_limited(source: BinaryIO, target: BinaryIO, name: str) -> None:
    """A workbook has to be sought in, so it is unpacked to a file without a name."""
    shutil.copyfileobj(cast(BinaryIO, _Limited(source, name)), target, _BUFFER)


class _Limited:
    """A file that refuses to go on past what a report of deactivated numbers can have."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.file, self.name, self.left = file, name, _MOST_WORKBOOK_BYTES

    def read(self, size: int) -> bytes:
        """Read on. Raises BadFile."""
        data = self.file.read(size)
        self.left -= len(data)
        if self.left < 0:
            raise BadFile(f"{self.name} has more than {_MOST_WORKBOOK_BYTES >> 20} MB: this is no such report.")
        return data
