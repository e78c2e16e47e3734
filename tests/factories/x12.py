"""834 interchanges, as an employer's system writes them."""

from collections.abc import Iterable, Iterator, Sequence

from benefits.enrollment.rules import Person

GUIDE = "005010X220A1"
INS02 = {"self": "18", "spouse": "01", "domestic_partner": "53", "child": "19", "other": "G8"}
SSN = "987654321"  # no Social Security number begins with 9
Loop = list[str]


def loop_of(
    person: Person,
    *,
    maintenance: str = "021",
    number: str = "",
    extra: Sequence[str] = (),
    after_name: Sequence[str] = (),
) -> Loop:
    """Loop 2000 of somebody. `extra` stands among the REF segments, `after_name` at the end of loop 2100A."""
    is_subscriber = person.relationship == "self"
    status = "TE" if person.end_date else ("L1" if person.leave_starts_on else "FT")
    died = f"***D8*{_day(person.date_of_death)}" if person.date_of_death else ""
    ins = f"INS*{'Y' if is_subscriber else 'N'}*{INS02[person.relationship]}*{maintenance}*28*A***{status}"
    return [
        f"{ins}{died}",
        f"REF*0F*{number or person.subscriber_number or person.employee_number}",
        *([] if is_subscriber else [f"REF*23*{person.employee_number}"]),
        *extra,
        f"DTP*336*D8*{_day(person.hire_date)}",
        *([f"DTP*337*D8*{_day(person.end_date)}"] if person.end_date else []),
        *([f"DTP*303*D8*{_day(person.leave_starts_on)}"] if person.leave_starts_on else []),
        f"NM1*IL*1*{person.last_name}*{person.first_name}",
        *([f"PER*IP**EM*{person.personal_email}"] if person.personal_email else []),
        f"N3*{person.address_line_1 or '1 MAIN ST'}" + (f"*{person.address_line_2}" if person.address_line_2 else ""),
        f"N4*{person.city or 'SOMEWHERE'}*{person.state}*{person.postal_code.replace('-', '')}",
        f"DMG*D8*{_day(person.date_of_birth)}*U",
        *([f"LUI*LE*{person.language.upper()}"] if person.language != "en" else []),
        *after_name,
        f"HD*{'024' if person.end_date else maintenance}**HLT",
        "DTP*348*D8*20260101",
    ]


def _day(day: object) -> str:
    return str(day).replace("-", "")


def interchange(
    *loops: Loop,
    action: str = "2",
    header: Sequence[str] = (),
    usage: str = "P",
    control: str = "000000001",
    segment_count: int | None = None,
    terminator: str = "~\n",
) -> bytes:
    """An interchange of one transaction set. `segment_count` replaces the right SE01."""
    return b"".join(
        pieces(
            loops,
            action=action,
            header=header,
            usage=usage,
            control=control,
            segment_count=segment_count,
            terminator=terminator,
        )
    )


def pieces(
    loops: Iterable[Loop],
    *,
    action: str = "2",
    header: Sequence[str] = (),
    usage: str = "P",
    control: str = "000000001",
    segment_count: int | None = None,
    terminator: str = "~\n",
) -> Iterator[bytes]:
    """The same, piece by piece."""
    isa = f"ISA*00*{'':10}*00*{'':10}*ZZ*{'EMPLOYER':15}*ZZ*{'BENEFIT':15}*260302*1500*^*00501*{control}*0*{usage}*:"
    before = [isa, f"GS*BE*EMPLOYER*BENEFIT*20260302*1500*1*X*{GUIDE}"]
    opening = [
        f"ST*834*0001*{GUIDE}",
        f"BGN*00*FILE-{control}*20260302*1500****{action}",
        *header,
        "N1*P5*EMPLOYER*FI*123456789",
        "N1*IN*BENEFIT*FI*987654320",
    ]
    yield _text([*before, *opening], terminator)
    count = len(opening) + 1
    for loop in loops:
        count += len(loop)
        yield _text(loop, terminator)
    yield _text([f"SE*{segment_count or count}*0001", "GE*1*1", f"IEA*1*{control}"], terminator)


def _text(segments: Iterable[str], terminator: str) -> bytes:
    return "".join(f"{segment}{terminator}" for segment in segments).encode()
