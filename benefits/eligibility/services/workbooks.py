"""Writing a workbook of Excel."""

from collections.abc import Iterable, Sequence
from io import BytesIO

from benefits.eligibility.rules.cells import neutral


def workbook(records: Iterable[Sequence[str]]) -> bytes:
    """Return a workbook with one sheet, every cell a text (a ZIP code keeps its zero) and none a formula."""
    from openpyxl import Workbook  # noqa: PLC0415 - heavy, and seldom asked for

    book = Workbook(write_only=True)
    sheet = book.create_sheet("census")
    for record in records:
        sheet.append([neutral(cell) for cell in record])
    out = BytesIO()
    book.save(out)
    return out.getvalue()
