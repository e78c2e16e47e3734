"""What members may agree to: kinds of consent, and their texts by version."""

from dataclasses import dataclass
from enum import StrEnum

from referrals.screening.rules.data_files import Texts


class ConsentKind(StrEnum):
    """What a consent is about.

    `screening`: that answers are kept and used to find a clinic. `clinic`: that the clinic that accepts reads them.
    `substance_use`: that it also reads what 42 CFR Part 2 protects.
    """

    SCREENING = "screening"
    CLINIC = "clinic"
    SUBSTANCE_USE = "substance_use"


class Ending(StrEnum):
    """Why a consent holds no more before its time, or that its time was up when the next one was given."""

    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"


@dataclass(frozen=True, kw_only=True)
class ConsentText:
    """A version of what is agreed to; it holds for `days`."""

    kind: ConsentKind
    version: str
    days: int
    text: Texts
    source: str


@dataclass(frozen=True, kw_only=True)
class Consents:
    """All texts, and the notice that goes with what substance-use consent discloses."""

    texts: tuple[ConsentText, ...]
    redisclosure_notice: Texts

    def in_force(self, kind: ConsentKind) -> ConsentText:
        """The text that a member agrees to today: the last of its kind."""
        return [text for text in self.texts if text.kind == kind][-1]

    def of(self, kind: str, version: str) -> ConsentText:
        """A text that somebody agreed to. Raises KeyError."""
        return {(text.kind, text.version): text for text in self.texts}[ConsentKind(kind), version]


def ended_with(kind: ConsentKind) -> tuple[ConsentKind, ...]:
    """The kinds that end when this one is withdrawn: who wants nothing kept wants nothing shown."""
    return tuple(ConsentKind) if kind == ConsentKind.SCREENING else (kind,)
