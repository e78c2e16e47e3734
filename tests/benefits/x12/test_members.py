"""What an 834 says of each member, as rows of a change-set."""

from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest

from benefits.eligibility.rules.rows import Row
from benefits.x12.rules.members import read_members
from benefits.x12.rules.rows import read_rows
from benefits.x12.rules.segments import read_segments
from tests.factories.benefits import make_person
from tests.factories.x12 import SSN, Loop, interchange, loop_of

TODAY = date(2026, 3, 2)
ANA = make_person("E1", address_line_1="1 MAIN ST", city="SOMEWHERE", personal_email="ana@home.example")
KID = replace(
    ANA,
    employee_number="E1-2",
    first_name="Leo",
    date_of_birth=date(2015, 1, 31),
    relationship="child",
    subscriber_number="E1",
    personal_email="",
)


def rows(*loops: Loop) -> list[Row]:
    segments = read_segments(BytesIO(interchange(*loops)))
    return list(read_rows(read_members(segments), faults={}, today=TODAY))


def row(loop: Loop) -> Row:
    [found] = rows(loop)
    return found


def changed(loop: Loop, *swaps: tuple[str, str]) -> Loop:
    text = "\x1f".join(loop)
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new)
    return [segment for segment in text.split("\x1f") if segment]


def found(loop: Loop) -> list[tuple[str, str]]:
    errors = row(loop).errors
    assert all(error.message for error in errors)
    return [(error.column, error.code) for error in errors]


def test_a_subscriber_is_read_whole():
    assert row(loop_of(ANA)).person == ANA


def test_cover_begins_with_the_benefits_own_date():
    person = row(loop_of(ANA)).person
    assert person is not None
    assert person.cover_from == date(2026, 1, 1)


def test_a_row_is_numbered_by_its_ins_segment():
    assert [one.number for one in rows(loop_of(ANA), loop_of(make_person("E2")))] == [7, 7 + len(loop_of(ANA))]


def test_a_dependant_is_covered_through_their_subscriber():
    assert rows(loop_of(ANA), loop_of(KID))[1].person == KID


@pytest.mark.parametrize(
    ("code", "relationship"), [("01", "spouse"), ("53", "domestic_partner"), ("17", "child"), ("G8", "other")]
)
def test_relationships_are_the_guides_codes(code, relationship):
    loop = changed(loop_of(KID), ("INS*N*19", f"INS*N*{code}"))
    person = rows(loop_of(ANA), loop)[1].person
    assert person is not None
    assert person.relationship == relationship


def test_a_dependant_without_a_number_gets_the_same_one_in_every_file():
    loop = changed(loop_of(KID), ("REF*23*E1-2", ""))
    numbers = {rows(loop_of(ANA), loop)[1].person.employee_number for _ in range(2)}  # type: ignore[union-attr]
    assert numbers == {"E1.CH.20150131"}


def test_twins_are_told_apart_by_their_birth_sequence():
    bare = changed(loop_of(KID), ("REF*23*E1-2", ""), ("A***FT", "A***FT*********{}"))
    twins = [changed(bare, ("{}", str(number))) for number in (1, 2)]
    found = [one.person.employee_number for one in rows(loop_of(ANA), *twins)[1:]]  # type: ignore[union-attr]
    assert found == ["E1.CH.20150131.1", "E1.CH.20150131.2"]


def test_a_dependant_without_an_address_lives_with_their_subscriber():
    loop = changed(loop_of(KID), ("N3*1 MAIN ST", ""), ("N4*SOMEWHERE*CA*94110", ""), ("DTP*336*D8*20200301", ""))
    assert rows(loop_of(ANA), loop)[1].person == KID


def test_a_dependant_of_somebody_else_gets_nothing_of_the_one_before():
    stranger = replace(ANA, employee_number="E9")
    loop = changed(loop_of(KID), ("N4*SOMEWHERE*CA*94110", ""))
    errors = rows(loop_of(stranger), loop)[1].errors
    assert [(error.column, error.code) for error in errors] == [
        ("N403", "bad_postal_code"),
        ("N402", "unknown_state"),
    ]


def test_an_end_of_employment_ends_it():
    gone = replace(ANA, end_date=date(2026, 2, 28))
    for maintenance in ("001", "021", "024", "030"):
        assert row(loop_of(gone, maintenance=maintenance)).person == gone


@pytest.mark.parametrize("qualifier", ["357", "303"])
def test_a_cancellation_takes_the_next_best_date(qualifier):
    gone = replace(ANA, end_date=date(2026, 2, 28))
    loop = changed(loop_of(gone, maintenance="024"), ("DTP*337", f"DTP*{qualifier}"))
    assert row(loop).person == gone


def test_the_end_of_this_cover_counts_as_the_end():
    loop = changed(
        loop_of(ANA, maintenance="001"), ("HD*001", "HD*024"), ("DTP*348*D8*20260101", "DTP*349*D8*20260228")
    )
    person = row(loop).person
    assert person is not None
    assert person.end_date == date(2026, 2, 28)


def test_one_of_two_covers_may_end():
    loop = [*loop_of(ANA, maintenance="001"), "HD*024**DEN", "DTP*349*D8*20260228"]
    person = row(loop).person
    assert person is not None
    assert person.end_date is None


def test_a_cancellation_without_a_date_is_an_error():
    assert found(changed(loop_of(ANA, maintenance="024"), ("HD*024", "HD*021"))) == [("DTP03 (337)", "required")]


def test_the_year_9999_is_no_end():
    loop = changed(loop_of(ANA, maintenance="001"), ("DTP*336", "DTP*357*D8*99991231\x1fDTP*336"))
    assert row(loop).person == ANA


def test_a_reinstatement_has_no_end():
    back = loop_of(ANA, maintenance="025")
    assert row(back).person == ANA
    assert found(changed(back, ("DTP*336", "DTP*337*D8*20260228\x1fDTP*336"))) == [("INS03", "reinstated_with_end")]


def test_a_leave_begins_with_the_change():
    away = replace(ANA, leave_starts_on=date(2026, 2, 1))
    assert row(loop_of(away)).person == away


def test_a_death_is_a_death():
    dead = replace(ANA, date_of_death=date(2026, 2, 14), end_date=date(2026, 2, 14))
    assert row(loop_of(dead, maintenance="024")).person == dead


def test_zip_codes_of_nine_digits_get_their_dash():
    person = row(changed(loop_of(ANA), ("*94110", "*941101234"))).person
    assert person is not None
    assert person.postal_code == "94110-1234"


@pytest.mark.parametrize(("lui", "language"), [("LUI*LD*SPA", "es"), ("LUI*LE*FR", "fr"), ("LUI*LD*XXX", "en")])
def test_languages_are_read_in_both_codings(lui, language):
    person = row(loop_of(ANA, after_name=[lui])).person
    assert person is not None
    assert person.language == language


def test_reporting_categories_say_class_and_location():
    reported = ["LS*2700", "LX*1", "N1*75*Location", "REF*LU*Reno", "LX*2", "N1*75*CLASS", "REF*17*FT", "LE*2700"]
    person = row([*loop_of(ANA), *reported]).person
    assert person is not None
    assert (person.work_location, person.employee_class) == ("Reno", "FT")


def test_what_stands_for_others_is_not_taken_for_the_members():
    school = ["NM1*M8*2*A SCHOOL", "N3*9 OTHER ST", "N4*ELSEWHERE*NY*10025"]
    insurer = ["COB*P**1", "REF*SY*000000000", "NM1*IN*2*AN INSURER", "N4*ELSEWHERE*NY*10025"]
    loop = [*loop_of(ANA, after_name=school), *insurer]
    assert row(loop).person == ANA


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("D8*19850517", "D8*19850231", ("DMG02", "bad_date")),
        ("D8*19850517", "D8*20850517", ("DMG02", "out_of_range")),
        ("REF*0F*E1", "REF*0F*", ("REF02 (0F)", "required")),
        ("*CA*", "*XX*", ("N402", "unknown_state")),
        ("*94110", "*9411", ("N403", "bad_postal_code")),
        ("DTP*336*D8*20200301", "", ("DTP03 (336)", "bad_date")),
        ("*García*", "**", ("NM103", "required")),
        ("ana@home.example", "ana@home", ("PER (EM)", "bad_email")),
        ("*García*", "*=cmd()*", ("NM103", "formula")),
        ("INS*Y*18*021", "INS*Y*18*099", ("INS03", "unknown_maintenance")),
        ("INS*Y*18", "INS*N*18", ("INS01", "unclear_member")),
    ],
)
def test_each_error_names_its_element(old, new, expected):
    assert expected in found(changed(loop_of(ANA), (old, new)))


def test_an_error_names_the_segment_it_stands_in():
    loop = changed(loop_of(ANA), ("D8*19850517", "D8*19850231"))
    [error] = row(loop).errors
    assert error.row == 7 + [segment[:3] for segment in loop].index("DMG")


@pytest.mark.parametrize("where", ["REF", "NM1"])
def test_a_social_security_number_is_no_employee_number(where):
    loop = loop_of(ANA, number=SSN, extra=[f"REF*SY*{SSN[:3]}-{SSN[3:5]}-{SSN[5:]}"] if where == "REF" else [])
    if where == "NM1":
        loop = changed(loop, ("NM1*IL*1*García*Ana", f"NM1*IL*1*García*Ana****34*{SSN}"))
    bad = row(loop)
    assert ("REF02 (0F)", "ssn_as_number") in [(error.column, error.code) for error in bad.errors]
    assert SSN not in repr(bad)


def test_a_social_security_number_beside_the_employee_number_leaves_no_trace():
    good = row(loop_of(ANA, extra=[f"REF*SY*{SSN}"]))
    assert good.person == ANA
    assert SSN not in repr(good)
    bad = row(changed(loop_of(ANA, extra=[f"REF*SY*{SSN}"]), ("D8*19850517", "D8*1")))
    assert bad.errors
    assert SSN not in repr(bad)
