"""What answers come to: the worst finding decides, and nothing is ever a rejection (docs/facts.md, "Who it is for")."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from referrals.screening.rules.questionnaires import ANSWERS, Answer, Kind, Questionnaire, Result, Section, found

_PRESSING = list(Result)
_HOW = {Kind.YES_NO: "Answer true or false.", Kind.SCALE: "Answer 0, 1, 2 or 3."}


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """The result, the ids of the items that led to it, and each scale that was answered in full.

    `scores` is {section: sum}, `severities` {section: the name of the published band}: a score in words, no diagnosis.
    """

    result: Result
    findings: tuple[str, ...]
    scores: dict[str, int]
    severities: dict[str, str]


class BadAnswers(ValueError):
    """Answers that do not fit the questionnaire: `errors` maps an item's id to what is wrong."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("Some answers are missing or do not fit.")
        self.errors = errors


def assess(questionnaire: Questionnaire, answers: Mapping[str, object]) -> Assessment:
    """Weigh the answers of a finished questionnaire: {item id: true | false | 0..3}. Raises BadAnswers."""
    missing = {
        item.id: _HOW[item.kind] for item in questionnaire.items if item.is_required and answers.get(item.id) is None
    }
    if faults := _faults(questionnaire, answers) | missing:
        raise BadAnswers(faults)
    return weigh(questionnaire, _given(answers))


def check_answers(questionnaire: Questionnaire, answers: Mapping[str, object]) -> dict[str, Answer | None]:
    """Return answers that fit, of however many questions; None takes one back. Raises BadAnswers."""
    if faults := _faults(questionnaire, answers):
        raise BadAnswers(faults)
    return dict.fromkeys(answers) | _given(answers)


def weigh(questionnaire: Questionnaire, given: Mapping[str, Answer]) -> Assessment:
    """Weigh answers that fit, however many there are."""
    findings = found(questionnaire.items, given)
    scores = {
        section.id: sum(given[item.id] for item in section.items)
        for section in questionnaire.sections
        if is_whole(section, given)
    }
    bands = {section.id: section.bands for section in questionnaire.sections}
    return Assessment(
        result=max((item.leads_to for item in findings), key=_PRESSING.index, default=Result.PROCEED),
        findings=tuple(item.id for item in findings),
        scores=scores,
        severities={
            name: [band.name for band in bands[name] if band.starts_at <= score][-1]
            for name, score in scores.items()
            if bands[name]
        },
    )


def is_whole(section: Section, given: Collection[str]) -> bool:
    """Whether a scale was answered in full: the sum of half of one means nothing."""
    return all(item.kind == Kind.SCALE and item.id in given for item in section.items)


def _given(answers: Mapping[str, object]) -> dict[str, Answer]:
    return {name: answer for name, answer in answers.items() if isinstance(answer, bool | int)}


def _faults(questionnaire: Questionnaire, answers: Mapping[str, object]) -> dict[str, str]:
    """What is wrong with each answer; leaving one out is not. A bool is an int to Python, and no grade of a scale."""
    kinds = {item.id: item.kind for item in questionnaire.items}
    return {
        name: _HOW[kinds[name]] if name in kinds else "There is no such question."
        for name, answer in answers.items()
        if name not in kinds or not (answer is None or _fits(kinds[name], answer))
    }


def _fits(kind: Kind, answer: object) -> bool:
    return any(type(answer) is type(one) and answer == one for one in ANSWERS[kind])
