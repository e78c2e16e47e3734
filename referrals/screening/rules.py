"""What answers mean: the worst finding decides, and nothing is ever a rejection (docs/facts.md, "Who it is for")."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

SCALE = range(4)  # PHQ-9 and GAD-7: not at all, several days, more than half the days, nearly every day

Answer = bool | int


class Result(StrEnum):
    """What a screening ends with, from the least to the most pressing."""

    PROCEED = "proceed"
    CLINICIAN_REVIEW = "clinician_review"
    URGENT = "urgent"


_PRESSING = list(Result)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One question. `kind` is yes_no or scale; an answer in `found_by` is a finding that leads to `leads_to`."""

    id: str
    kind: str
    section: str
    is_required: bool
    found_by: tuple[Answer, ...]
    leads_to: Result
    is_substance_use: bool


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """The result, the ids of the items that led to it, and the sum of each scale that was answered in full."""

    result: Result
    findings: tuple[str, ...]
    scores: dict[str, int]


class BadAnswers(ValueError):
    """Answers that do not fit the questionnaire: `errors` maps an item's id to what is wrong."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("Some answers are missing or do not fit.")
        self.errors = errors


def assess(items: Sequence[Item], answers: Mapping[str, object]) -> Assessment:
    """Weigh answers: {item id: true | false | 0..3}. Raises BadAnswers."""
    given = _checked(items, answers)
    found = [item for item in items if item.id in given and given[item.id] in item.found_by]
    worst = max((item.leads_to for item in found), key=_PRESSING.index, default=Result.PROCEED)
    return Assessment(result=worst, findings=tuple(item.id for item in found), scores=_scores(items, given))


def _checked(items: Sequence[Item], answers: Mapping[str, object]) -> dict[str, Answer]:
    by_id = {item.id: item for item in items}
    errors = {name: "There is no such question." for name in answers if name not in by_id}
    given: dict[str, Answer] = {}
    for item in items:
        answer = answers.get(item.id)
        if answer is None and not item.is_required:
            continue
        if isinstance(answer, bool | int) and _fits(item.kind, answer):
            given[item.id] = answer
        else:
            errors[item.id] = "Answer true or false." if item.kind == "yes_no" else "Answer 0, 1, 2 or 3."
    if errors:
        raise BadAnswers(errors)
    return given


def _fits(kind: str, answer: Answer) -> bool:
    """A bool is an int to Python, and no grade of a scale."""
    return isinstance(answer, bool) if kind == "yes_no" else not isinstance(answer, bool) and answer in SCALE


def _scores(items: Sequence[Item], given: Mapping[str, Answer]) -> dict[str, int]:
    """The sum of a scale is meaningful only when each of its items was answered."""
    sections: dict[str, list[str]] = {}
    for item in items:
        if item.kind == "scale":
            sections.setdefault(item.section, []).append(item.id)
    return {
        section: sum(given[name] for name in names)
        for section, names in sections.items()
        if all(name in given for name in names)
    }
