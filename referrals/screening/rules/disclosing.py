"""What of a member's answers a clinic that accepted may read, by the consents in force.

The law this keeps (tests/referrals/screening/test_disclosing.py): without the consent for it, what is disclosed does
not depend on the answers that 42 CFR Part 2 protects, in any way. So the result is weighed anew without them: a result
that they alone explain would tell them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from referrals.screening.rules.consents import ConsentKind
from referrals.screening.rules.questionnaires import Answer, Questionnaire, Result
from referrals.screening.rules.scoring import weigh

NEEDED = frozenset({ConsentKind.SCREENING, ConsentKind.CLINIC})


@dataclass(frozen=True, kw_only=True)
class Disclosure:
    """What may be read: the answers, and what these answers alone come to."""

    answers: dict[str, Answer]
    result: Result
    findings: tuple[str, ...]
    scores: dict[str, int]
    severities: dict[str, str]
    holds_substance_use: bool


def disclose(
    questionnaire: Questionnaire, answers: Mapping[str, Answer], consents: Collection[ConsentKind]
) -> Disclosure | None:
    """Return what the consents in force let a clinic read, or None when that is nothing."""
    if not set(consents) >= NEEDED:
        return None
    with_substance_use = ConsentKind.SUBSTANCE_USE in consents
    shown = dict(answers) if with_substance_use else without_substance_use(questionnaire, answers)
    assessment = weigh(questionnaire, shown)
    return Disclosure(
        answers=shown,
        result=assessment.result,
        findings=assessment.findings,
        scores=assessment.scores,
        severities=assessment.severities,
        holds_substance_use=with_substance_use,
    )


def without_substance_use(questionnaire: Questionnaire, answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """The answers that 42 CFR Part 2 does not protect."""
    protected = {item.id for item in questionnaire.items if item.is_substance_use}
    return {name: answer for name, answer in answers.items() if name not in protected}
