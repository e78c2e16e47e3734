"""Reading a workbook of Excel: its first sheet, row by row, within limits that hold whatever its archive claims."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime
from typing import IO, Any

from defusedxml.common import DefusedXmlException
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from benefits.eligibility.rules.faults import Unreadable, fault
from workers.kernel.words import gettext_noop as _

MOST_UNPACKED = 1024**3  # bytes of all parts; zipfile reads no more of a part than its directory announces
MOST_TEXTS = 200 * 1024**2  # bytes of the shared texts, which are held in memory
MOST_PARTS = 2_000
_DEFECTS = (
    zipfile.BadZipFile,
    InvalidFileException,
    DefusedXmlException,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    SyntaxError,  # of XML
    AssertionError,
    EOFError,
    OSError,
    zlib.error,
    OverflowError,
    NotImplementedError,
    RuntimeError,  # an archive with a password
)


def read_sheet(file: IO[bytes]) -> Iterator[list[str]]:
    """Yield the records of the first sheet as texts, days as 2026-03-31. Raises Unreadable."""
    _check_size(file)
    count = 0
    try:
        with closing(load_workbook(file, read_only=True, data_only=False, keep_links=False)) as book:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # what the file says of its size may be a lie
            for record in sheet.iter_rows(values_only=True):
                count += 1
                texts = [_text(cell) for cell in record]
                yield texts if any(texts) else []
    except _DEFECTS:
        message = _("This workbook cannot be read: save it again as .xlsx, without a password, or as “CSV UTF-8”.")
        raise Unreadable(fault(count + 1, "malformed", message)) from None


def _check_size(file: IO[bytes]) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
    except _DEFECTS:
        raise Unreadable(fault(1, "malformed", _("This archive is damaged: save the workbook again."))) from None
    finally:
        file.seek(0)
    texts = sum(part.file_size for part in parts if part.filename.lower().endswith("sharedstrings.xml"))
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED or texts > MOST_TEXTS:
        raise Unreadable(fault(1, "too_large", _("This workbook is too large when unpacked: send it as “CSV UTF-8”.")))


def _text(cell: Any) -> str:
    """What a person sees in a cell that has no format of its own."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat(" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
