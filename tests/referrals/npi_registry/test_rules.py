"""Lines, days, numbers: what the fast way cuts, Python's csv module reads, too."""

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.clinics.rules import is_npi as is_npi_of_clinics
from referrals.npi_registry.rules.archives import open_source
from referrals.npi_registry.rules.faults import BadFile, BadRow
from referrals.npi_registry.rules.layout import FileKind, Layout
from referrals.npi_registry.rules.lines import LONGEST, split
from referrals.npi_registry.rules.numbers import is_npi
from referrals.npi_registry.rules.records import COLUMNS, Relevant, Tally, copy_lines, everyone
from tests.factories.nppes import HEADER, as_csv, deactivation_report, gone, npis, provider, published

NPI = next(npis(7))
fields = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x00")), min_size=1, max_size=12)


def test_the_layout_has_330_columns() -> None:
    assert len(HEADER) == len(set(HEADER)) == 330


@pytest.mark.parametrize(("number", "valid"), [(b"1234567893", True), (b"1234567890", False), (b"", False)])
def test_the_published_example_passes_the_check(number: bytes, valid: bool) -> None:
    assert is_npi(number) == valid


@given(st.from_regex(r"[0-9]{8,11}", fullmatch=True) | st.text(max_size=12))
def test_both_checks_agree(number: str) -> None:
    assert is_npi(number.encode()) == is_npi_of_clinics(number)


@given(fields, st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
def test_a_line_is_cut_as_a_csv_parser_cuts_it(texts: list[str], quoting: Any) -> None:
    line = io.StringIO()
    csv.writer(line, quoting=quoting, lineterminator="").writerow(texts)
    assert split(line.getvalue().encode(), len(texts)) == [text.encode() for text in texts]


@given(st.binary(max_size=60), st.integers(1, 6))
def test_any_bytes_are_cut_or_refused(line: bytes, width: int) -> None:
    try:
        found = split(line, width)
    except BadRow:
        return
    assert len(found) == width


def read(tmp_path: Path, rows: list[list[str]], wanted: Any = everyone) -> tuple[list[dict[str, str]], Tally]:
    """The records of a file, and the tally."""
    tally = Tally()
    with open_source(published(tmp_path, as_csv(rows))) as source:
        lines = list(copy_lines(source, wanted, tally))
    return [dict(zip(COLUMNS, line.decode().removesuffix("\n").split("\t"), strict=True)) for line in lines], tally


def test_a_provider_is_read_from_its_columns(tmp_path: Path) -> None:
    more = {
        "Healthcare Provider Taxonomy Code_2": "207Q00000X",
        "Provider License Number_2": "C9",
        "Provider License Number State Code_2": "CA",
    }
    [record], tally = read(tmp_path, [provider(NPI, **more)])
    assert record == {
        "npi": NPI,
        "entity_type": "individual",
        "name": "QUIÑONES, ANA",
        "credential": "M.D.",
        "street": "1 MAIN STREET",
        "city": "NEW YORK",
        "state": "NY",
        "postal_code": "100251234",
        "country": "US",
        "phone": "2125550100",
        "primary_taxonomy": "2084P0800X",
        "licences": "NY:A12345;CA:C9",
        "taxonomies": "{2084P0800X,207Q00000X}",
        "enumerated_on": "2006-05-23",
        "updated_on": "2026-01-05",
        "deactivated_on": r"\N",
        "reactivated_on": r"\N",
    }
    assert (tally.read, tally.kept, tally.refused) == (1, 1, 0)


@pytest.mark.parametrize(
    ("change", "column", "message"),
    [
        ({"NPI": "1234567890"}, "NPI", "'1234567890' fails its check digit"),
        ({"NPI": ""}, "NPI", "fails its check digit"),
        ({"entity": "3"}, "Entity Type Code", "'3' is neither 1 (individual) nor 2 (organization)"),
        ({"entity": ""}, "NPI Deactivation Date", "is empty, and so is Entity Type Code"),
        ({"last": ""}, "Provider Last Name (Legal Name)", "give one of them"),
        ({"updated": "2026-01-05"}, "Last Update Date", "write it as 01/31/2026"),
        ({"updated": "02/30/2026"}, "Last Update Date", "'02/30/2026' is no day"),
        ({"updated": "٠١/٠٥/٢٠٢٦"}, "Last Update Date", "is no day"),
        ({"deactivated": "13/01/2020"}, "NPI Deactivation Date", "is no day"),
        ({"taxonomy": "2084{P},x"}, "Healthcare Provider Taxonomy Code", "is no code of NUCC's list"),
        ({"street": "1 \x00 STREET"}, "the whole row", "NUL"),
    ],
)
def test_a_fault_names_row_column_and_remedy(tmp_path: Path, change: Any, column: str, message: str) -> None:
    good = provider(next(npis(8)))
    records, tally = read(tmp_path, [good, provider(NPI, **change), good])
    [fault] = tally.faults
    assert (fault.row, fault.column) == (3, column)
    assert message in fault.message
    assert (len(records), tally.refused) == (2, 1)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'"1","2"', "has 2 columns and the header 330"),
        (b'"1","2', "quote every field"),
        (b"\xff" * 9, "is not UTF-8"),
    ],
)
def test_a_broken_line_takes_no_other_with_it(tmp_path: Path, line: bytes, message: str) -> None:
    good = as_csv([provider(NPI)]).splitlines(keepends=True)
    tally = Tally()
    with open_source(published(tmp_path, good[0] + line + b"\n" + good[1])) as source:
        assert len(list(copy_lines(source, everyone, tally))) == 1
    assert message in tally.faults[0].message
    assert tally.faults[0].row == 2


@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x00"), min_size=1, max_size=30))
def test_what_copy_would_take_for_its_own_is_escaped(text: str) -> None:
    row = as_csv([provider(NPI, last=text, first="")]).splitlines()[1]
    layout = Layout.of(HEADER)
    source: Any = type("S", (), {"kind": FileKind.WEEKLY, "header": HEADER, "lines": iter([(2, row)])})
    [line] = copy_lines(source, everyone, Tally())
    cells = line.removesuffix(b"\n").split(b"\t")
    assert (len(cells), line.count(b"\n"), layout.width) == (len(COLUMNS), 1, 330)
    unescaped = cells[2].replace(b"\\\\", b"\x00").replace(b"\\t", b"\t").replace(b"\\r", b"\r").replace(b"\\n", b"\n")
    assert unescaped.replace(b"\x00", b"\\").decode() == text


def test_only_who_matters_is_kept_and_who_is_known(tmp_path: Path) -> None:
    one, two, three, four = (npi for npi, _ in zip(npis(50), range(4), strict=False))
    rows = [
        provider(one),
        provider(two, taxonomy="1223G0001X"),
        provider(three, taxonomy="1223G0001X"),
        gone(four, "02/03/2020"),
    ]
    records, tally = read(tmp_path, rows, Relevant(frozenset({b"2084P0800X"}), [int(three)]))
    assert [record["npi"] for record in records] == [one, three, four]
    assert records[2]["deactivated_on"] == date(2020, 2, 3).isoformat()
    assert (tally.read, tally.kept) == (4, 3)


def test_columns_that_are_not_wanted_may_move_and_wanted_ones_may_not_be_missing(tmp_path: Path) -> None:
    order = sorted(range(330), key=lambda place: HEADER[place])
    moved = as_csv([[provider(NPI)[place] for place in order]], [HEADER[place] for place in order])
    with open_source(published(tmp_path, moved)) as source:
        assert b"ANA" in next(copy_lines(source, everyone, Tally()))
    with pytest.raises(BadFile, match="Last Update Date"):
        Layout.of([name for name in HEADER if name != "Last Update Date"])


@pytest.mark.parametrize("shared", [True, False])
def test_a_report_of_deactivated_numbers_is_a_workbook_in_a_zip(tmp_path: Path, shared: bool) -> None:
    one, two = (npi for npi, _ in zip(npis(), range(2), strict=False))
    report = deactivation_report(tmp_path, [(one, "01/31/2020"), (two, "43861"), ("1", "01/31/2020")], shared=shared)
    tally = Tally()
    with open_source(report) as source:
        assert source.kind == FileKind.DEACTIVATIONS
        lines = list(copy_lines(source, everyone, tally))
    days = [(line.split(b"\t")[0].decode(), line.split(b"\t")[COLUMNS.index("deactivated_on")]) for line in lines]
    assert days == [(one, b"2020-01-31"), (two, b"2020-01-31")]
    assert (tally.faults[0].row, tally.faults[0].column) == (5, "NPI")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("npidata_pfile_20050523-20260111.csv", "monthly"), ("npidata_pfile_20260105-20260111.csv", "weekly")],
)
def test_a_month_and_a_week_are_told_apart_by_their_names(tmp_path: Path, name: str, kind: str) -> None:
    with open_source(published(tmp_path, as_csv([]), name=name)) as source:
        assert source.kind == kind


def make_zip(path: Path, **members: bytes) -> Path:
    with ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return path


def consume(path: Path) -> None:
    with open_source(path) as source:
        for _ in copy_lines(source, everyone, Tally()):
            pass


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "columns .* are missing"),
        (b"hello\n", "columns .* are missing"),
        (b"\xff\xfe\n", "does not begin with the header"),
        (b'"NPI\n', "does not begin with the header"),
        (as_csv([]) + b"x" * (LONGEST + 1), "Line 2 has more than"),
        (b"PK\x03\x04 cut off", "cut off"),
    ],
)
def test_what_is_no_such_file_is_refused_with_what_to_do(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    with pytest.raises(BadFile, match=message):
        consume(path)


def test_an_archive_without_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"holds readme\.pdf"):
        consume(make_zip(tmp_path / "a.zip", readme__pdf=b"%PDF"))
    with pytest.raises(BadFile, match=r"holds a\.csv, b\.csv"):
        consume(make_zip(tmp_path / "b.zip", a__csv=b"", b__csv=b""))
    with pytest.raises(BadFile, match="cannot be read"):
        consume(tmp_path / "none.zip")


def test_a_damaged_archive_is_refused_when_the_damage_is_reached(tmp_path: Path) -> None:
    path = published(tmp_path, as_csv(provider(npi) for npi, _ in zip(npis(), range(300), strict=False)))
    spoiled = bytearray(path.read_bytes())
    middle = len(spoiled) // 2
    spoiled[middle : middle + 8] = b"\x00" * 8
    path.write_bytes(spoiled)
    with pytest.raises(BadFile, match="damaged"):
        consume(path)


@pytest.mark.parametrize(
    ("sheet", "message"),
    [
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><worksheet/>", "document type"),
        (b"<worksheet><row", "damaged"),
        (b"<worksheet><row><c><v>1</v></c></row></worksheet>", "no columns NPI"),
        (b'<worksheet><row><c r="A1"><v>' + b"1" * 2_000 + b"</v></c></row></worksheet>", "more than 1000 characters"),
    ],
)
def test_a_workbook_that_is_no_report_is_refused(tmp_path: Path, sheet: bytes, message: str) -> None:
    path = tmp_path / "report.xlsx"
    with ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
    with pytest.raises(BadFile, match=message):
        consume(path)
