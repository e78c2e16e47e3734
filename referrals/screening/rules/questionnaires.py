"""What a questionnaire is: sections of items, each with its source, and whom to call."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from referrals.screening.rules.data_files import LANGUAGES, Texts

Answer = bool | int


class Result(StrEnum):
    """What a screening ends with, from the least to the most pressing. None of them is a rejection."""

    PROCEED = "proceed"
    CLINICIAN_REVIEW = "clinician_review"
    URGENT = "urgent"


class Kind(StrEnum):
    """How an item is answered."""

    YES_NO = "yes_no"
    SCALE = "scale"


# The answers that fit; to Python True == 1, so the type counts too.
ANSWERS: dict[Kind, tuple[Answer, ...]] = {Kind.YES_NO: (False, True), Kind.SCALE: (0, 1, 2, 3)}


@dataclass(frozen=True, kw_only=True)
class Item:
    """One question. An answer in `found_by` is a finding that leads to `leads_to`.

    `is_substance_use`: protected by 42 CFR Part 2, and disclosed only under a consent of its own.
    """

    id: str
    kind: Kind
    section: str
    is_required: bool
    text: Texts
    source: str
    found_by: tuple[Answer, ...] = ()
    leads_to: Result = Result.PROCEED
    is_substance_use: bool = False

    def is_found_by(self, answer: Answer) -> bool:
        """Whether this answer is a finding."""
        return any(type(answer) is type(one) and answer == one for one in self.found_by)


@dataclass(frozen=True, kw_only=True)
class Band:
    """A published cut-off: from this sum on a scale's score has this name."""

    starts_at: int
    name: str


@dataclass(frozen=True, kw_only=True)
class Section:
    """Items that belong together; a scale's sum is put into words by `bands`."""

    id: str
    title: Texts
    is_required: bool
    source: str
    items: tuple[Item, ...]
    citation: str = ""
    intro: Texts | None = None
    labels: tuple[Texts, ...] = ()
    bands: tuple[Band, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CrisisHelp:
    """Whom to call now: numbers to call and to text, and a sentence in every language."""

    call: str
    text: str
    emergency: str
    sentences: Texts

    def shown(self, language: str) -> dict[str, Any]:
        """For an answer of the API: in every language, the reader's own first."""
        ordered = sorted(LANGUAGES, key=lambda one: one != language)
        texts = [{"language": one, "text": self.sentences[one]} for one in ordered]
        return {"call": self.call, "text": self.text, "emergency": self.emergency, "texts": texts}


@dataclass(frozen=True, kw_only=True)
class Recall:
    """A version was taken back: since when, and why, for those who were halfway."""

    on: date
    why: Texts


@dataclass(frozen=True, kw_only=True)
class Questionnaire:
    """A version of the questionnaire."""

    id: str
    effective_on: date
    title: Texts
    crisis_help: CrisisHelp
    sections: tuple[Section, ...]
    recall: Recall | None = None

    @property
    def items(self) -> tuple[Item, ...]:
        """All questions in their order."""
        return tuple(item for section in self.sections for item in section.items)

    def in_language(self, language: str) -> dict[str, Any]:
        """For a reader of one language: titles, texts and labels as plain strings, and nothing of the rules."""
        return {
            "id": self.id,
            "title": said(self.title, language),
            "sections": [_shown(section, language) for section in self.sections],
        }


def is_urgent(questionnaire: Questionnaire, answers: Mapping[str, object]) -> bool:
    """Whether any of these answers, complete and correct or not, calls for help at once."""
    return any(item.leads_to == Result.URGENT for item in found(questionnaire.items, answers))


def found(items: Collection[Item], answers: Mapping[str, object]) -> list[Item]:
    """The items whose answers are findings."""
    given = [(item, answers.get(item.id)) for item in items]
    return [item for item, answer in given if isinstance(answer, bool | int) and item.is_found_by(answer)]


def said(texts: Texts, language: str) -> str:
    """A text in a language, in English where there is none."""
    return texts.get(language, texts["en"])


def _shown(section: Section, language: str) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": section.id,
        "title": said(section.title, language),
        "required": section.is_required,
        "items": [{"id": item.id, "kind": item.kind, "text": said(item.text, language)} for item in section.items],
    }
    if section.intro is not None:
        shown["intro"] = said(section.intro, language)
        shown["labels"] = [said(label, language) for label in section.labels]
    return shown | ({"citation": section.citation} if section.citation else {})


def carried_over(answers: Mapping[str, Answer], former: Questionnaire, to: Questionnaire) -> dict[str, Answer]:
    """The answers to questions that are asked alike in another version: same id, kind and words."""
    asked = {item.id: (item.kind, item.text) for item in former.items}
    alike = {item.id for item in to.items if asked.get(item.id) == (item.kind, item.text)}
    return {name: answer for name, answer in answers.items() if name in alike}
