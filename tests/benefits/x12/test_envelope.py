"""The envelope of an interchange: control numbers, counts, order."""

from io import BytesIO

import pytest

from benefits.x12.rules.envelope import Envelope
from benefits.x12.rules.segments import read_segments
from tests.factories.benefits import make_person
from tests.factories.x12 import interchange, loop_of

FILE = interchange(loop_of(make_person("E1")))
COUNT = FILE.count(b"~", FILE.index(b"ST*"), FILE.index(b"GE*"))  # segments of the transaction set


def seen(content: bytes) -> Envelope:
    envelope = Envelope()
    for segment in read_segments(BytesIO(content)):
        envelope.see(segment)
    envelope.finish()
    return envelope


def errors(content: bytes) -> list[tuple[str, str]]:
    return [(error.column, error.code) for error in seen(content).errors]


def test_a_whole_file_has_no_errors_and_says_what_it_is():
    envelope = seen(FILE)
    assert envelope.errors == []
    assert (envelope.action, envelope.reference, envelope.interchange) == ("2", "FILE-000000001", "000000001")
    assert not envelope.is_test


def test_a_test_says_so():
    assert seen(interchange(loop_of(make_person("E1")), usage="T")).is_test


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"SE*%d*" % COUNT, b"SE*%d*" % (COUNT - 1), ("SE01", "control_count")),
        (b"SE*%d*0001" % COUNT, b"SE*%d*0002" % COUNT, ("SE02", "control_number")),
        (b"GE*1*1", b"GE*2*1", ("GE01", "control_count")),
        (b"GE*1*1", b"GE*1*9", ("GE02", "control_number")),
        (b"IEA*1*", b"IEA*7*", ("IEA01", "control_count")),
        (b"IEA*1*000000001", b"IEA*1*000000002", ("IEA02", "control_number")),
        (b"SE*%d*0001~\n" % COUNT, b"", ("GE", "misplaced")),
        (b"IEA*1*000000001~\n", b"", ("IEA", "cut_off")),
        (b"*005010X220A1~\nST", b"*005010X222A1~\nST", ("GS08", "wrong_version")),
        (b"GS*BE", b"GS*HC", ("GS01", "not_834")),
        (b"ST*834", b"ST*837", ("ST01", "not_834")),
        (b"*00501*", b"*00401*", ("ISA12", "wrong_version")),
        (b"****2~", b"****3~", ("BGN08", "no_action")),
    ],
)
def test_each_fault_is_named_by_its_element(old, new, expected):
    broken = FILE.replace(old, new)
    assert broken != FILE
    assert expected in errors(broken)


def test_leading_zeros_of_a_count_do_not_matter():
    assert errors(FILE.replace(b"GE*1*1", b"GE*01*1")) == []


def test_a_file_cut_off_in_the_middle_of_its_members_is_not_whole():
    cut = FILE[: FILE.index(b"HD*")]
    assert "cut_off" in [code for _, code in errors(cut)]


def test_one_file_does_not_mix_changes_and_replacements():
    begin, end = FILE.index(b"ST*"), FILE.index(b"GE*")
    second = FILE[begin:end].replace(b"****2~", b"****RX~").replace(b"*0001", b"*0002")
    assert ("BGN08", "mixed_actions") in errors(
        FILE[:end].replace(b"GE*1*", b"GE*2*") + second + FILE[end:].replace(b"GE*1*", b"GE*2*")
    )


def test_totals_are_compared_with_the_members_found():
    content = interchange(loop_of(make_person("E1")), header=["QTY*TO*2", "QTY*ET*1"])
    envelope = seen(content)
    envelope.check_totals(employees=1, dependants=0)
    assert [(error.column, error.code, error.row) for error in envelope.errors] == [("QTY02", "wrong_total", 5)]
