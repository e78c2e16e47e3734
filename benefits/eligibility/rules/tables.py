"""Opening a table: CSV in Unicode with whichever delimiter, or a sheet of Excel; records stream, lists of texts.

A blank record is [] and counts as a row, so that rows are numbered as a spreadsheet shows them.
"""

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from typing import IO

from benefits.eligibility.rules.faults import Unreadable, fault
from workers.kernel.words import Sentence
from workers.kernel.words import gettext_noop as _

DELIMITERS = (",", ";", "\t", "|")
MOST_LINE = 100_000  # characters: a longer one is no line of a census
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_WIDE = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_LONG_LINE = Sentence("A row has at most %(most)s characters: is a quote left open?")
_QUOTES = _("The quotes of this row do not match: write a quote inside a cell twice, and close every cell.")


def records(file: IO[bytes], *, is_header: Callable[[list[str]], int]) -> Iterator[list[str]]:
    """Yield a file's records, the header first. Raises Unreadable, perhaps only when it comes to the place.

    `is_header` tells how many of a record's cells it knows as names of columns: the delimiter is the one by which it
    knows the most.
    """
    head = file.read(4096)
    file.seek(0)
    if head.startswith(_ZIP):
        from benefits.eligibility.rules.sheets import read_sheet  # noqa: PLC0415 - openpyxl: CSV does without

        return read_sheet(file)
    if head.startswith(_OLD_EXCEL):
        raise Unreadable(fault(1, "old_excel", _("This is a file of old Excel: save it as .xlsx or “CSV UTF-8”.")))
    return _csv(_lines(file, head), is_header)


def _lines(file: IO[bytes], head: bytes) -> Iterator[str]:
    encoding = _WIDE.get(head[:2], "")
    if not encoding and b"\0" in head:
        raise _not_text()
    is_old = b"\r" in head and b"\n" not in head  # line ends of old Macs
    return _decoded(file, encoding or "utf-8-sig") if encoding or is_old else _unicode(file)


def _unicode(file: IO[bytes]) -> Iterator[str]:
    """Lines of UTF-8, each decoded by itself, so that a wrong one can be named."""
    row = 0
    while line := file.readline(MOST_LINE + 1):
        row += 1
        if len(line) > MOST_LINE:
            raise _too_long(row)
        if b"\0" in line:
            raise _not_text(row)
        try:
            yield line.decode("utf-8-sig" if row == 1 else "utf-8")
        except UnicodeDecodeError:
            raise _not_unicode(row) from None


def _decoded(file: IO[bytes], encoding: str) -> Iterator[str]:
    text = io.TextIOWrapper(file, encoding, newline="")
    row = 0
    try:
        while line := text.readline(MOST_LINE + 1):
            row += 1
            if len(line) > MOST_LINE:
                raise _too_long(row)
            if "\0" in line:
                raise _not_text(row)
            yield line
    except UnicodeError:
        raise _not_unicode(row + 1) from None
    finally:
        text.detach()


def _csv(lines: Iterator[str], is_header: Callable[[list[str]], int]) -> Iterator[list[str]]:
    first = next(lines, "")
    delimiter = max(DELIMITERS, key=lambda one: is_header(_split(first, one)))
    header = _split(first, delimiter)
    if first.strip() and not is_header(header):
        message = _(
            "The first row names no column of ours: write the names there, with commas, semicolons, tabs or | between."
        )
        raise Unreadable(fault(1, "no_header", message))
    return _records(_again(first, lines), delimiter)


def _again(first: str, lines: Iterator[str]) -> Iterator[str]:
    yield first
    yield from lines


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _records(lines: Iterator[str], delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    count = 0
    try:
        for record in reader:
            count += 1
            yield record
    except csv.Error:
        raise Unreadable(fault(count + 1, "malformed", _QUOTES)) from None


def _not_text(row: int = 1) -> Unreadable:
    return Unreadable(
        fault(row, "not_text", _("This is no table: save the sheet as .xlsx or “CSV UTF-8” and send that."))
    )


def _not_unicode(row: int) -> Unreadable:
    return Unreadable(fault(row, "encoding", _("This is not UTF-8: save the sheet as “CSV UTF-8”.")))


def _too_long(row: int) -> Unreadable:
    return Unreadable(fault(row, "line_too_long", _LONG_LINE(most=f"{MOST_LINE:,}")))
