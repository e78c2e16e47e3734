"""Cutting an interchange into segments."""

from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benefits.x12.rules import masking
from benefits.x12.rules.masking import MaskedText, without_ssn
from benefits.x12.rules.segments import NotReadable, Separators, read_segments, read_separators
from tests.factories.benefits import make_person
from tests.factories.x12 import SSN, interchange, loop_of

FILE = interchange(loop_of(make_person("E1")))


class Drip(BytesIO):
    """A file of which a read gives a few bytes at a time, as a socket might."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(size if size is not None and size < 200 else 7)


def names(content: bytes) -> list[str]:
    return [segment.elements[0] for segment in read_segments(BytesIO(content))]


def refusal(content: bytes) -> tuple[str, int]:
    with pytest.raises(NotReadable) as caught:
        list(read_segments(BytesIO(content)))
    return caught.value.errors[0].code, caught.value.errors[0].row


def test_segments_are_numbered_from_isa():
    segments = list(read_segments(BytesIO(FILE)))
    assert [segment.number for segment in segments] == list(range(1, len(segments) + 1))
    assert (segments[0].elements[0], segments[-1].elements[0]) == ("ISA", "IEA")
    assert segments[3].get(8) == "2"
    assert segments[3].get(40) == ""


def test_the_interchange_says_how_it_is_cut():
    other = FILE.replace(b"*", b"|").replace(b"~\n", b"'\r\n").replace(b"^", b"!").replace(b":", b">")
    assert read_separators(BytesIO(other)) == Separators(element="|", repetition="!", component=">", segment="'")
    assert names(other) == names(FILE)


@pytest.mark.parametrize("terminator", ["~", "~\n", "~\r\n", "\n", "\r\n~"])
def test_line_breaks_after_segments_do_not_matter(terminator):
    content = interchange(loop_of(make_person("E1")), terminator=terminator)
    if terminator == "\r\n~":  # then the terminator would be a carriage return, and the rest garbage before each name
        return
    assert names(content) == names(FILE)


def test_a_file_that_comes_in_drops_is_read_the_same():
    assert [s.elements for s in read_segments(Drip(FILE))] == [s.elements for s in read_segments(BytesIO(FILE))]


def test_a_byte_order_mark_is_no_part_of_it():
    assert names(b"\xef\xbb\xbf" + FILE) == names(FILE)


def test_names_in_utf_8_are_read_also_where_a_read_cuts_a_letter_in_two():
    content = interchange(*[loop_of(make_person(f"E{n}", last_name="Ñandú" * 9)) for n in range(900)])
    found = [segment.get(3) for segment in read_segments(BytesIO(content)) if segment.elements[0] == "NM1"]
    assert found == ["Ñandú" * 9] * 900


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"employee_number,first_name\n" * 9, "not_x12"),
        (FILE[:90], "not_x12"),
        (b"ISA" + b"\xff" * 103, "not_x12"),
        (b"ISA" + b"*" * 103, "bad_isa"),
        (FILE.replace(b"EMPLOYER       *", b"EMPLOYER*"), "bad_isa"),
        (FILE[:-20], "segment_unfinished"),
        (FILE.replace(b"SOMEWHERE", b"S\xf3"), "encoding"),
        (FILE.replace(b"SOMEWHERE", b"S\0"), "encoding"),
        (FILE[:107] + b"A" * 300_000, "segment_unfinished"),
    ],
)
def test_what_is_no_interchange_is_refused_with_its_place(content, code):
    assert refusal(content)[0] == code


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(content):
    for candidate in (content, FILE[:106] + content, FILE[:300] + content):
        with suppress(NotReadable):
            list(read_segments(BytesIO(candidate)))


def test_social_security_numbers_do_not_reach_the_validator():
    loop = loop_of(make_person("E1"), extra=[f"REF*SY*{SSN}"])
    loop = [s.replace("NM1*IL*1*García*Ana", f"NM1*IL*1*García*Ana****34*{SSN}") for s in loop]
    content = interchange(loop)
    segments = list(read_segments(BytesIO(content)))
    text = MaskedText(segments, read_separators(BytesIO(content))).read()
    assert SSN in content.decode()
    assert SSN not in text
    assert text.count("~") == len(segments)  # counts stay right


@pytest.mark.parametrize("chunk", [1 << 20, 50])
def test_social_security_numbers_leave_a_file_before_it_is_kept(monkeypatch, chunk):
    monkeypatch.setattr(masking, "_CHUNK", chunk)
    loop = loop_of(make_person("E1"), extra=[f"REF*SY*{SSN}"])
    loop = [s.replace("NM1*IL*1*García*Ana", f"NM1*IL*1*García*Ana****34*{SSN}") for s in loop]
    content = interchange(loop, loop_of(make_person("E2"), number=SSN, extra=[f"REF*SY*{SSN}"]))
    kept = b"".join(without_ssn(BytesIO(content), read_separators(BytesIO(content))))
    assert SSN.encode() not in kept
    assert names(kept) == names(content)
    assert b"REF*0F*E1~" in kept
    assert b"REF*0F*SSN-REMOVED~" in kept


@given(st.binary(max_size=200), st.integers(min_value=0, max_value=500))
def test_a_file_without_numbers_is_kept_byte_for_byte(rubbish, at):
    content = FILE[:at] + rubbish.replace(b"SY", b"").replace(b"34", b"") + FILE[at:]
    assert b"".join(without_ssn(BytesIO(content), read_separators(BytesIO(FILE)))) == content


@given(st.integers(min_value=1, max_value=300))
def test_the_masked_text_comes_in_pieces_of_any_size(size):
    separators = read_separators(BytesIO(FILE))
    whole = MaskedText(read_segments(BytesIO(FILE)), separators).read()
    source, parts = MaskedText(read_segments(BytesIO(FILE)), separators), []
    while part := source.read(size):
        parts.append(part)
    assert "".join(parts) == whole == FILE.decode().replace("\n", "").replace("í", "i")
    assert max(map(len, parts)) <= size
