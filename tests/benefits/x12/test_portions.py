"""Judging a file a portion at a time says what judging it whole says."""

from io import BytesIO

import pytest

from benefits.x12.rules.portions import Context, next_portion
from benefits.x12.rules.segments import Place, read_segments, read_separators
from benefits.x12.rules.validating import Fault, judge
from tests.factories.benefits import make_person
from tests.factories.x12 import interchange, loop_of


def file_of_two_sets() -> bytes:
    """Two transaction sets, in each of which a member has a bad date, and an unknown segment in the second."""
    loops = [loop_of(make_person(f"E{number}")) for number in range(4)]
    loops[1] = [segment.replace("D8*19850517", "D8*19850231") for segment in loops[1]]
    content = interchange(*loops)
    begin, end = content.index(b"ST*"), content.index(b"GE*")
    second = content[begin:end].replace(b"*0001", b"*0002").replace(b"HD*021", b"ZZZ*1~\nHD*021", 1)
    return content[:end] + second + content[end:]


def faults_of(content: bytes, most: int) -> tuple[list[Fault], int]:
    """All faults, and in how many portions they were found."""
    source, context, place, found, count = BytesIO(content), Context(), Place(), [], 0
    separators = read_separators(source)
    while True:
        portion = next_portion(source, context, begin=place, separators=separators, most=most)
        found += judge(portion, separators)
        count += 1
        if portion.next is None:
            return found, count
        place = portion.next


@pytest.mark.parametrize("most", [1, 15, 30])
def test_portions_find_what_the_whole_has(most: int) -> None:
    content = file_of_two_sets()
    whole, count = faults_of(content, 10_000)
    assert count == 2  # one for each transaction set
    parts, more = faults_of(content, most)
    assert more > 2
    assert parts == whole
    names = {segment.number: segment.elements[0] for segment in read_segments(BytesIO(content))}
    assert [fault.name for fault in whole] == ["DMG", "ZZZ", "DMG"]
    assert all(names[fault.number] == fault.name and names[fault.ins] == "INS" for fault in whole)
    assert all(names[fault.st] == "ST" for fault in whole)
