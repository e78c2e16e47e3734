"""A member's statement as PDF: the figures of the page, on paper that can be filed, and that a screen reader reads.

Latin script; no file is read.
"""

import io
from collections.abc import Sequence
from datetime import date
from typing import Any
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from reportlab.lib import colors
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from billing.statements.rules import Statement, standing_of, sums_of_year
from billing.statements.web.tagging import Heading, TableMarks, TaggedCanvas, Text, Title
from workers.kernel.money import dollars

_MARGIN = 20 * mm
_STYLES = getSampleStyleSheet()
_INK, _LINE = colors.HexColor("#2a2622"), colors.HexColor("#8c8074")
_LOOK = [
    ("TEXTCOLOR", (0, 0), (-1, -1), _INK),
    ("ALIGN", (-1, 0), (-1, -1), "RIGHT"),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LINEBELOW", (0, 0), (-1, -1), 0.3, _LINE),
]
_HEADED = [("FONTNAME", (0, 0), (-1, 0), "Helvetica-Bold"), ("LINEBELOW", (0, 0), (-1, 0), 1, _INK)]
Words = dict[str, str]


def render(statement: Statement, words: Words, language: str) -> bytes:
    """Return the file. The same statement gives the same bytes."""
    file = io.BytesIO()
    title = f"{words['title']} {statement.year}"
    document = SimpleDocTemplate(
        file,
        pagesize=LETTER,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=title,
        author="Benefit",
        lang=language,
        invariant=1,
    )

    def number(canvas: Any, _: Any) -> None:
        canvas.begin_artifact()
        canvas.setFont("Helvetica", 8)
        canvas.drawRightString(LETTER[0] - _MARGIN, _MARGIN / 2, f"{words['page']} {canvas.getPageNumber()}")
        canvas.end()

    story = _story(statement, words, title)
    document.build(story, onFirstPage=number, onLaterPages=number, canvasmaker=TaggedCanvas)
    return file.getvalue()


def _story(statement: Statement, words: Words, title: str) -> list[Flowable]:
    made_on = statement.made_at.astimezone(ZoneInfo(statement.zone)).date()
    return [
        Title(escape(title), _STYLES["Title"]),
        Text(escape(f"{words['made']} {_day(made_on)}"), _STYLES["Normal"]),
        *_section(words["prices"], _prices(statement, words), words, widths=(40, 32, 32, 40, 32)),
        *_section(words["entries"], _entries(statement, words), words, widths=(32, 76, 40, 28)),
        *_sums(words["sums"], sums_of_year(statement), words),
        *_sums(words["standing"], standing_of(statement), words),
    ]


def _section(heading: str, rows: list[list[Any]], words: Words, *, widths: Sequence[int]) -> list[Flowable]:
    """A table whose head is repeated on each page; widths in millimetres."""
    if len(rows) == 1:
        return [*_heading(heading), Text(escape(words["nothing"]), _STYLES["Normal"])]
    return [*_heading(heading), _table(rows, widths, [*_LOOK, *_HEADED], has_head_row=True)]


def _sums(heading: str, sums: list[tuple[str, int]], words: Words) -> list[Flowable]:
    rows = [[words[name], dollars(cents)] for name, cents in sums]
    return [*_heading(heading), _table(rows, (110, 36), _LOOK, has_head_row=False)]


def _table(rows: list[list[Any]], widths: Sequence[int], look: list[Any], *, has_head_row: bool) -> Table:
    return Table(
        rows,
        colWidths=[width * mm for width in widths],
        repeatRows=int(has_head_row),
        hAlign="LEFT",
        style=TableStyle(look),
        renderCB=TableMarks(has_head_row=has_head_row),
    )


def _heading(text: str) -> list[Flowable]:
    return [Spacer(1, 6 * mm), Heading(escape(text), _STYLES["Heading2"])]


def _prices(statement: Statement, words: Words) -> list[list[Any]]:
    head = [words[name] for name in ("agreed_on", "list", "discount", "employer", "own")]
    return [
        head,
        *(
            [
                _day(price.agreed_on),
                *map(dollars, (price.list_cents, price.discount_cents, price.employer_cents, price.own_cents)),
            ]
            for price in statement.prices
        ),
    ]


def _entries(statement: Statement, words: Words) -> list[list[Any]]:
    """A long word wraps in its column."""
    head = [words[name] for name in ("date", "what", "method", "amount")]
    return [
        head,
        *(
            [
                _day(entry.on),
                Paragraph(escape(words[entry.kind]), _STYLES["Normal"]),
                Paragraph(escape(entry.method), _STYLES["Normal"]),
                dollars(entry.cents),
            ]
            for entry in statement.entries
        ),
    ]


def _day(day: date) -> str:
    return date_format(day, "DATE_FORMAT")
