"""The rows of a workbook's first sheet, streamed (ECMA-376, SpreadsheetML).

CMS publishes deactivated numbers as a workbook of two columns. Its texts may be shared, and those are held in memory:
some 350,000 of ten digits. A document type declaration is refused, so no entity can grow.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import IO
from xml.parsers import expat
from zipfile import ZipFile

from referrals.npi_registry.rules.faults import BadFile

_CHUNK = 1 << 16
_STRINGS = "xl/sharedStrings.xml"
_FIRST_SHEET = "xl/worksheets/sheet1.xml"
_MOST_TEXT = 1_000  # characters of a cell
_EPOCH = date(1899, 12, 30)  # of a workbook's day numbers, its leap day of 1900 allowed for
_DAYS = range(20_000, 80_000)  # 1954 to 2119: a number in this range is a day, and no NPI


def rows_of(archive: ZipFile) -> Iterator[tuple[int, list[str]]]:
    """Yield each row's number and cells, empty ones as "". Raises BadFile."""
    names = archive.namelist()
    if _FIRST_SHEET not in names:
        raise BadFile("The workbook has no first sheet: take the report as CMS publishes it.")
    shared: list[str] = []
    if _STRINGS in names:
        with archive.open(_STRINGS) as file:
            shared = [text for [text] in _walk(file, _Strings())]
    with archive.open(_FIRST_SHEET) as file:
        yield from enumerate(_walk(file, _Sheet(shared)), start=1)


class _Collector:
    """Base: collects what elements hold into `done`, lists of texts."""

    def __init__(self) -> None:
        self.done: list[list[str]] = []
        self.text: list[str] = []
        self.is_text = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if _local(name) in ("t", "v"):
            self.is_text = True

    def end(self, name: str) -> None:
        """An element ends."""
        if _local(name) in ("t", "v"):
            self.is_text = False

    def data(self, text: str) -> None:
        """Characters of an element."""
        if self.is_text:
            self.text.append(text)

    def take(self) -> str:
        """The characters since the last time. Raises BadFile."""
        text = "".join(self.text)
        self.text.clear()
        if len(text) > _MOST_TEXT:
            raise BadFile(f"A cell has more than {_MOST_TEXT} characters: this is no report of deactivated NPIs.")
        return text


class _Strings(_Collector):
    """Shared texts: each `si` is one, however many runs it has."""

    def end(self, name: str) -> None:
        """Keep a text at its end."""
        super().end(name)
        if _local(name) == "si":
            self.done.append([self.take()])


class _Sheet(_Collector):
    """Rows of cells; `r` of a cell names its column, so that empty ones may be left out."""

    def __init__(self, shared: list[str]) -> None:
        super().__init__()
        self.shared = shared
        self.row: list[str] = []
        self.kind = self.column = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Note a cell's kind and column."""
        super().start(name, attributes)
        if _local(name) == "c":
            self.kind = attributes.get("t", "n")
            self.column = attributes.get("r", "").rstrip("0123456789")

    def end(self, name: str) -> None:
        """Keep a cell, or a row."""
        super().end(name)
        if _local(name) == "c":
            self._keep(self.take())
        elif _local(name) == "row":
            self.done.append(self.row)
            self.row = []

    def _keep(self, text: str) -> None:
        if self.column in ("A", "B", ""):
            while self.column == "B" and not self.row:
                self.row.append("")
            self.row.append(self._meant(text).strip())

    def _meant(self, text: str) -> str:
        if self.kind == "s":
            return self.shared[int(text)] if text.isdigit() and int(text) < len(self.shared) else ""
        return _number(text) if self.kind == "n" else text


def _walk(file: IO[bytes], collector: _Collector) -> Iterator[list[str]]:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = collector.start, collector.end
    parser.CharacterDataHandler = collector.data
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        while chunk := file.read(_CHUNK):
            parser.Parse(chunk, False)
            yield from collector.done
            collector.done.clear()
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise BadFile(f"The workbook is damaged ({error}): download it again.") from None


def _refuse_doctype(*_: object) -> None:
    raise BadFile("The workbook declares a document type: this is no report of CMS.")


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _number(text: str) -> str:
    """A number as a report writes it: a day number as a date, an NPI without exponent."""
    whole = text.partition(".")[0] if text.replace(".", "", 1).isdigit() else text
    if "E" in text.upper():
        try:
            whole = str(int(float(text)))
        except (ValueError, OverflowError):
            return text
    if whole.isdigit() and int(whole[:12]) in _DAYS:
        return f"{_EPOCH + timedelta(days=int(whole)):%m/%d/%Y}"
    return whole
