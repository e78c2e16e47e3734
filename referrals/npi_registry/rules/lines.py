"""Lines of a CSV file into fields, as bytes.

CMS quotes every field, and quoted fields that hold no quote are cut apart by one `split`: faster than a CSV parser,
which matters where a row has 330 columns of which some eighty are looked at. Every other line goes through Python's csv
module. A record is a line: a break inside a field is no part of the layout, and one lost quote would otherwise swallow
the rows after it.
"""

import csv
from collections.abc import Iterator
from typing import BinaryIO

from referrals.npi_registry.rules.faults import BadFile, BadRow

LONGEST = 1 << 16  # bytes of a line; a row has some 2,000

Row = tuple[int, list[bytes]]


def read_lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield the number of each line and the line, without its end; never more than one in memory. Raises BadFile."""
    number = 0
    while line := file.readline(LONGEST):
        number += 1
        if len(line) == LONGEST and not line.endswith(b"\n"):
            raise BadFile(f"Line {number} has more than {LONGEST} bytes: this is no file of NPPES. Download it again.")
        if stripped := line.rstrip(b"\r\n"):
            yield number, stripped


def split(line: bytes, width: int) -> list[bytes]:
    """Return a line's fields. Raises BadRow when there are not `width`, or the quotes do not match."""
    fields = line[1:-1].split(b'","')
    if len(fields) == width and line.count(b'"') == 2 * width and line[:1] == line[-1:] == b'"':
        return fields
    return _parsed(line, width)


def _parsed(line: bytes, width: int) -> list[bytes]:
    try:
        fields = next(csv.reader([line.decode()], strict=True))
    except UnicodeDecodeError:
        raise BadRow("the whole row", "is not UTF-8: save the file as UTF-8, or download it again") from None
    except csv.Error as error:
        message = f"{error}: quote every field, and write a quote inside one twice"
        raise BadRow("the whole row", message) from None
    if len(fields) != width:
        raise BadRow("the whole row", f"has {len(fields)} columns and the header {width}: complete or remove it")
    return [field.encode() for field in fields]
