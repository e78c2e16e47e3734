"""Tags in a PDF: what is a heading, what a row of a table, so that it can be read aloud in its order.

reportlab draws and knows no structure. This canvas marks what is drawn, and writes the tree of it when the file is
saved: ISO 32000-1, 14.6 (marked content), 14.7 (structure), 14.8 (standard types).
"""

from dataclasses import dataclass, field
from typing import Any

from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph
from reportlab.platypus.tables import TableRenderCB


@dataclass(eq=False)
class Element:
    """A part of the structure: its standard type, what it consists of, and of a head's cell what it is the head of."""

    tag: str
    scope: str = ""  # "Column" or "Row"
    parts: list["Element | PDFDictionary"] = field(default_factory=list)

    def add(self, tag: str, scope: str = "") -> "Element":
        """Append a part and return it."""
        part = Element(tag, scope)
        self.parts.append(part)
        return part


class TaggedCanvas(Canvas):  # type: ignore[misc]  # reportlab has no types
    """A canvas on which whatever is drawn belongs to an element, or is an artifact: lines, page numbers."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.structure = Element("Document")
        self._marked: list[list[Element]] = [[]]  # of each page, whose each mark is
        self.setViewerPreference("DisplayDocTitle", "true")

    def begin(self, element: Element) -> None:
        """What is drawn from now on belongs to an element."""
        mine = self._marked[-1]
        content = {"Type": PDFName("MCR"), "Pg": self._doc.thisPageRef(), "MCID": len(mine)}
        element.parts.append(PDFDictionary(content))
        self._code.append(f"/{element.tag} <</MCID {len(mine)}>> BDC")
        mine.append(element)

    def begin_artifact(self) -> None:
        """What is drawn from now on is not read aloud."""
        self._code.append("/Artifact BMC")

    def end(self) -> None:
        """End what was begun last."""
        self._code.append("EMC")

    def showPage(self) -> None:  # noqa: N802 - reportlab's name
        """End a page; it knows under which number its marks are found."""
        super().showPage()
        page = self._doc.Pages.pages[-1]
        page.__NoDefault__ = [*page.__NoDefault__, "StructParents", "Tabs"]
        page.StructParents, page.Tabs = len(self._marked) - 1, PDFName("S")
        self._marked.append([])

    def save(self) -> None:
        """Write the structure, then the file."""
        if self._code:
            self.showPage()
        root, written = PDFDictionary({"Type": PDFName("StructTreeRoot")}), dict[Element, Any]()
        root["K"] = self._write(self.structure, self._doc.Reference(root), written)
        root["ParentTree"] = self._doc.Reference(PDFDictionary({"Nums": self._owners(written)}))
        root["ParentTreeNextKey"] = len(self._marked)
        self.setCatalogEntry("StructTreeRoot", root)
        self.setCatalogEntry("MarkInfo", PDFDictionary({"Marked": "true"}))
        super().save()

    def _write(self, element: Element, parent: Any, written: dict[Element, Any]) -> Any:
        made = PDFDictionary({"Type": PDFName("StructElem"), "S": PDFName(element.tag), "P": parent})
        written[element] = mine = self._doc.Reference(made)
        if element.scope:
            made["A"] = PDFDictionary({"O": PDFName("Table"), "Scope": PDFName(element.scope)})
        made["K"] = PDFArray(
            [self._write(part, mine, written) if isinstance(part, Element) else part for part in element.parts]
        )
        return mine

    def _owners(self, written: dict[Element, Any]) -> PDFArray:
        """Whose each mark of each page is."""
        owners: list[Any] = []
        for number, elements in enumerate(self._marked):
            owners += [number, self._doc.Reference(PDFArray([written[element] for element in elements]))]
        return PDFArray(owners)


class Text(Paragraph):  # type: ignore[misc]  # reportlab has no types
    """A paragraph on a TaggedCanvas; `tag` says what it is."""

    tag = "P"

    def draw(self) -> None:
        """Draw it as an element of the document."""
        self.canv.begin(self.canv.structure.add(self.tag))
        super().draw()
        self.canv.end()


class Title(Text):
    """The document's title."""

    tag = "H1"


class Heading(Text):
    """The heading of a part."""

    tag = "H2"


class TableMarks(TableRenderCB):  # type: ignore[misc]  # reportlab has no types
    """Marks one table, on however many pages: its first row is its head, or else its first column is."""

    def __init__(self, *, has_head_row: bool) -> None:
        self.has_head_row = has_head_row
        self.table: Element | None = None
        self.row: Element | None = None
        self.is_head = self.is_continued = False

    def startTable(self, table: Any) -> None:  # noqa: N802 - reportlab's names, here and below
        """Begin it, or go on with it on another page."""
        self.is_continued = self.table is not None
        if self.table is None:
            self.table = table.canv.structure.add("Table")

    def startRow(self, table: Any, number: int) -> None:  # noqa: N802
        """Begin a row; a head that is repeated on another page is not read again."""
        self.is_head = self.has_head_row and number == 0
        assert self.table is not None
        self.row = None if self.is_head and self.is_continued else self.table.add("TR")

    def startCell(self, table: Any, row: int, column: int, *_: Any) -> None:  # noqa: N802
        """Begin a cell."""
        if self.row is None:
            table.canv.begin_artifact()
        elif self.is_head or (not self.has_head_row and column == 0):
            table.canv.begin(self.row.add("TH", "Column" if self.is_head else "Row"))
        else:
            table.canv.begin(self.row.add("TD"))

    def endCell(self, table: Any) -> None:  # noqa: N802
        """End a cell."""
        table.canv.end()

    def startLines(self, table: Any) -> None:  # noqa: N802
        """Lines and backgrounds are for the eye."""
        table.canv.begin_artifact()

    endLines = endCell  # noqa: N815
    startBG, endBG = startLines, endCell  # noqa: N815

    def endRow(self, table: Any) -> None:  # noqa: N802
        """Nothing is open."""

    endTable = endRow  # noqa: N815
