"""What differs between two quotes of one course, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from billing.quotes.rules.waterfall import Line
from workers.kernel.money import dollars

PARTS = ("list_cents", "discount_cents", "deductible_cents", "employer_cents", "member_cents")
# what changed: (English, Spanish)
REASONS: Mapping[str, tuple[str, str]] = {
    "income": (
        "The income that counts is another one, or no longer counts.",
        "Los ingresos que cuentan son otros, o ya no cuentan.",
    ),
    "guideline": (
        "New poverty guidelines or another programme's bands are in force.",
        "Rigen otras pautas de pobreza u otros tramos de la escala.",
    ),
    "plan": ("Your employer's plan has other terms.", "El plan de su empleador tiene otros términos."),
    "limits": (
        "More or less is left of your plan's deductible and limits than before.",
        "Queda más o menos que antes del deducible y de los límites de su plan.",
    ),
    "course": ("The sessions of your course have changed.", "Las sesiones de su tratamiento han cambiado."),
    "fund": (
        "The fund that pays for discounts has more or less left than before.",
        "El fondo que paga los descuentos tiene más o menos que antes.",
    ),
}
_SENTENCES = {
    "added": ("This session is new: you pay {after}.", "Esta sesión es nueva: usted paga {after}."),
    "removed": (
        "This session is no longer part of the price: you would have paid {before}.",
        "Esta sesión ya no es parte del precio: habría pagado {before}.",
    ),
    "changed": ("You pay {after} and not {before}.", "Usted paga {after} y no {before}."),
    "same": ("You pay {after}, as before.", "Usted paga {after}, como antes."),
}


@dataclass(frozen=True, kw_only=True)
class LineChange:
    """One session before and after, cents by part; None where it was not part of the price."""

    session_id: UUID
    kind: str
    change: str
    before: Mapping[str, int] | None
    after: Mapping[str, int] | None
    en: str
    es: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """Two quotes of one course: why they differ, line by line, and by how much in all (after − before, cents)."""

    reasons: Sequence[Mapping[str, str]] = field(default_factory=list)
    lines: Sequence[LineChange] = field(default_factory=list)
    difference: Mapping[str, int] = field(default_factory=dict)


def compare(before: Sequence[Line], after: Sequence[Line], reasons: Sequence[str]) -> Change:
    """Return what differs from one quote's lines to another's; `reasons` are keys of REASONS."""
    old, new = ({line.session_id: line for line in lines} for lines in (before, after))
    return Change(
        reasons=[{"code": code, "en": REASONS[code][0], "es": REASONS[code][1]} for code in reasons],
        lines=[_line(old.get(session), new.get(session)) for session in dict.fromkeys([*old, *new])],
        difference={part: _total(after, part) - _total(before, part) for part in PARTS},
    )


def _line(before: Line | None, after: Line | None) -> LineChange:
    line = after or before
    assert line is not None
    told = {
        "before": dollars(before.member_cents if before else 0),
        "after": dollars(after.member_cents if after else 0),
    }
    change = _kind(before, after)
    english, spanish = _SENTENCES[change]
    return LineChange(
        session_id=line.session_id,
        kind=line.kind,
        change=change,
        before=_parts(before),
        after=_parts(after),
        en=english.format(**told),
        es=spanish.format(**told),
    )


def _kind(before: Line | None, after: Line | None) -> str:
    if before is None:
        return "added"
    if after is None:
        return "removed"
    return "same" if _parts(before) == _parts(after) else "changed"


def _parts(line: Line | None) -> Mapping[str, int] | None:
    if line is None:
        return None
    known: dict[str, Any] = asdict(line)
    return {part: known[part] for part in PARTS}


def _total(lines: Sequence[Line], part: str) -> int:
    return sum(getattr(line, part) for line in lines)
