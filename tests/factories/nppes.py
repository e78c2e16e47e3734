"""Files as CMS publishes them: every one of the 330 columns of layout version 2, every field quoted, in a ZIP."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from zipfile import ZIP_DEFLATED, ZipFile

from referrals.npi_registry.rules.numbers import is_npi

_ADDRESS = (
    "First Line Business {} Address",
    "Second Line Business {} Address",
    "Business {} Address City Name",
    "Business {} Address State Name",
    "Business {} Address Postal Code",
    "Business {} Address Country Code (If outside U.S.)",
    "Business {} Address Telephone Number",
    "Business {} Address Fax Number",
)
HEADER: tuple[str, ...] = (
    "NPI",
    "Entity Type Code",
    "Replacement NPI",
    "Employer Identification Number (EIN)",
    "Provider Organization Name (Legal Business Name)",
    "Provider Last Name (Legal Name)",
    "Provider First Name",
    "Provider Middle Name",
    "Provider Name Prefix Text",
    "Provider Name Suffix Text",
    "Provider Credential Text",
    "Provider Other Organization Name",
    "Provider Other Organization Name Type Code",
    "Provider Other Last Name",
    "Provider Other First Name",
    "Provider Other Middle Name",
    "Provider Other Name Prefix Text",
    "Provider Other Name Suffix Text",
    "Provider Other Credential Text",
    "Provider Other Last Name Type Code",
    *(f"Provider {name.format('Mailing')}" for name in _ADDRESS),
    *(f"Provider {name.format('Practice Location')}" for name in _ADDRESS),
    "Provider Enumeration Date",
    "Last Update Date",
    "NPI Deactivation Reason Code",
    "NPI Deactivation Date",
    "NPI Reactivation Date",
    "Provider Sex Code",
    "Authorized Official Last Name",
    "Authorized Official First Name",
    "Authorized Official Middle Name",
    "Authorized Official Title or Position",
    "Authorized Official Telephone Number",
    *(
        f"{name}_{number}"
        for number in range(1, 16)
        for name in (
            "Healthcare Provider Taxonomy Code",
            "Provider License Number",
            "Provider License Number State Code",
            "Healthcare Provider Primary Taxonomy Switch",
        )
    ),
    *(
        f"Other Provider Identifier{name}_{number}"
        for number in range(1, 51)
        for name in ("", " Type Code", " State", " Issuer")
    ),
    "Is Sole Proprietor",
    "Is Organization Subpart",
    "Parent Organization LBN",
    "Parent Organization TIN",
    "Authorized Official Name Prefix Text",
    "Authorized Official Name Suffix Text",
    "Authorized Official Credential Text",
    *(f"Healthcare Provider Taxonomy Group_{number}" for number in range(1, 16)),
    "Certification Date",
)
PSYCHIATRY, DENTISTRY = "2084P0800X", "1223G0001X"
_PLACES = {name: place for place, name in enumerate(HEADER)}
_PRACTICE = "Provider Business Practice Location Address"
SHORT = {
    "organization": "Provider Organization Name (Legal Business Name)",
    "last": "Provider Last Name (Legal Name)",
    "first": "Provider First Name",
    "street": "Provider First Line Business Practice Location Address",
    "city": f"{_PRACTICE} City Name",
    "state": f"{_PRACTICE} State Name",
    "postal_code": f"{_PRACTICE} Postal Code",
    "enumerated": "Provider Enumeration Date",
    "updated": "Last Update Date",
    "deactivated": "NPI Deactivation Date",
    "reactivated": "NPI Reactivation Date",
    "taxonomy": "Healthcare Provider Taxonomy Code_1",
    "licence": "Provider License Number_1",
    "licence_state": "Provider License Number State Code_1",
    "entity": "Entity Type Code",
}


def npis(first: int = 0) -> Iterator[str]:
    """Numbers that pass the check, one after another."""
    for stem in range(100_000_000 + first, 200_000_000):
        yield next(npi for digit in "0123456789" if is_npi(npi := f"{stem}{digit}"))


def provider(npi: str, **fields: str) -> list[str]:
    """A row: a psychiatrist in New York, unless `fields` (by SHORT or a column's name) say otherwise."""
    about = {
        "entity": "1",
        "last": "QUIÑONES",
        "first": "ANA",
        "Provider Credential Text": "M.D.",
        "street": "1 MAIN STREET",
        "city": "NEW YORK",
        "state": "NY",
        "postal_code": "100251234",
        f"{_PRACTICE} Country Code (If outside U.S.)": "US",
        f"{_PRACTICE} Telephone Number": "2125550100",
        "enumerated": "05/23/2006",
        "updated": "01/05/2026",
        "taxonomy": PSYCHIATRY,
        "licence": "A12345",
        "licence_state": "NY",
        "Healthcare Provider Primary Taxonomy Switch_1": "Y",
        "Is Sole Proprietor": "N",
        "Certification Date": "01/05/2026",
    }
    return filled({"NPI": npi} | about | fields)


def gone(npi: str, day: str) -> list[str]:
    """A row of a deactivated number, of which CMS publishes nothing but the day."""
    return filled({"NPI": npi, "NPI Deactivation Reason Code": "", "deactivated": day})


def filled(fields: dict[str, str]) -> list[str]:
    """All columns, empty where nothing was said."""
    row = [""] * len(HEADER)
    for name, value in fields.items():
        row[_PLACES[SHORT.get(name, name)]] = value
    return row


def as_csv(rows: Iterable[Sequence[str]], header: Sequence[str] = HEADER) -> bytes:
    """Lines as CMS writes them: every field quoted, the header too, line feeds at the ends."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def published(folder: Path, content: bytes, *, name: str = "npidata_pfile_20260105-20260111.csv") -> Path:
    """A weekly archive, or a monthly one by the name of its member, with all that is beside it."""
    path = folder / f"NPPES_Data_Dissemination_{abs(hash(content)) % 10**8}.zip"
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        archive.writestr("NPPES_Data_Dissemination_Readme_v.2.pdf", b"%PDF")
        archive.writestr(name.replace(".csv", "_fileheader.csv"), as_csv([]))
        archive.writestr("othername_pfile_20260105-20260111.csv", b'"NPI"\n')
        archive.writestr(name, content)
    return path


def deactivation_report(folder: Path, rows: Sequence[tuple[str, str]], *, shared: bool = True) -> Path:
    """The report of deactivated numbers: a workbook inside a ZIP, a title above its header."""
    path = folder / f"NPPES_Deactivated_NPI_Report_{abs(hash(tuple(rows))) % 10**6}.zip"
    book = io.BytesIO()
    cells = [("NPPES Deactivated NPI Report", ""), ("NPI", "NPPES Deactivation Date"), *rows]
    strings: list[str] = []
    with ZipFile(book, "w", ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", _sheet(cells, strings if shared else None))
        if shared:
            listed = "".join(f"<si><t>{text}</t></si>" for text in strings)
            archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{_MAIN}">{listed}</sst>')
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        archive.writestr("NPPES Deactivated NPI Report 20260112.xlsx", book.getvalue())
    return path


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def _sheet(rows: Sequence[Sequence[str]], strings: list[str] | None) -> str:
    lines = []
    for number, row in enumerate(rows, start=1):
        cells = [_cell(f"{column}{number}", text, strings) for column, text in zip("AB", row, strict=False) if text]
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def _cell(place: str, text: str, strings: list[str] | None) -> str:
    if text.isdigit():
        return f'<c r="{place}"><v>{text}</v></c>'
    if strings is None:
        return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'
    strings.append(text)
    return f'<c r="{place}" t="s"><v>{len(strings) - 1}</v></c>'


def many(count: int, *, seed: int = 1, relevant: float = 1.0) -> Iterator[list[str]]:
    """Providers of all sorts, organizations and individuals, with one to three taxonomies and other identifiers."""
    random = Random(seed)  # noqa: S311 - the same rows each time
    for npi, _ in zip(npis(), range(count), strict=False):
        code = PSYCHIATRY if random.random() < relevant else DENTISTRY
        fields = {"taxonomy": code, "updated": f"{random.randint(1, 12):02}/{random.randint(1, 28):02}/2025"}
        if random.random() < 0.25:
            fields |= {"entity": "2", "organization": f"CARE GROUP {npi} LLC", "last": "", "first": ""}
        else:
            fields |= {"last": f"PERSON{random.randint(1, 90_000)}", "first": random.choice(("ANA", "BEN", "ZOË"))}
        fields |= {"street": f"{random.randint(1, 9999)} MAIN ST", "postal_code": f"{random.randint(501, 99950):05}"}
        for number in range(2, random.randint(2, 4)):
            fields[f"Healthcare Provider Taxonomy Code_{number}"] = "207Q00000X"
        for number in range(1, random.randint(1, 4)):
            fields[f"Other Provider Identifier_{number}"] = str(random.randint(10**6, 10**9))
        yield provider(npi, **fields)
