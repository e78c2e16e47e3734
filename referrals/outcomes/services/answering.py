"""Answering, once; what calls for help takes the urgent path of screenings in the same transaction."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from referrals.outcomes.models import Outcome
from referrals.outcomes.queries import find_by_token, questions_of
from referrals.screening.rules.questionnaires import Questionnaire, is_urgent
from referrals.screening.rules.scoring import BadAnswers, check_answers, weigh
from referrals.screening.services.submitting import refusal_of
from referrals.screening.services.urgent import raise_case
from workers.kernel.actor import Actor, Role, acting_as
from workers.kernel.errors import DomainError, Invalid, NotFound


class LinkNotValid(NotFound):
    """The token is unknown, or was used."""

    code = "link_not_valid"


class NotOpen(DomainError):
    """It was answered before, or not in time, and is not stored; one that calls for help is heard all the same."""

    code = "questions_not_open"
    keeps_effects = True


class AnswersRefused(Invalid):
    """Answers that do not fit, or none at all; one of them that calls for help is heard all the same."""

    keeps_effects = True


def answer(*, outcome_id: UUID, member_id: UUID, answers: Mapping[str, object], now: datetime) -> Outcome:
    """Store a member's answers {item id: 0..3}, as many as they gave, and use the link up.

    PHQ-9's item 9 above zero is put on the operators' list at once, whatever becomes of the rest. Raises NotFound,
    NotOpen, AnswersRefused.
    """
    with transaction.atomic():
        outcome, refusal = _answer(outcome_id, member_id, answers, now)
    return _unless(refusal, outcome)


def answer_by_link(*, token: str, answers: Mapping[str, object], now: datetime) -> Outcome:
    """Answer by a mailed link, which is used up by it; of two at once one wins. As AUTH.

    Raises LinkNotValid, and what `answer` raises.
    """
    outcome = find_by_token(token)
    if outcome is None:
        raise LinkNotValid("This link is unknown, or was used.")
    with acting_as(Actor(role=Role.EMPLOYEE, member=outcome.member_id)):
        outcome, refusal = _answer(outcome.pk, outcome.member_id, answers, now)
    return _unless(refusal, outcome)


def _answer(
    outcome_id: UUID, member_id: UUID, answers: Mapping[str, object], now: datetime
) -> tuple[Outcome, DomainError | None]:
    """Hear what is urgent, and store the answers; why they were not is told, not raised.

    An error would take back what was heard.
    """
    outcome = Outcome.locked(pk=outcome_id, member_id=member_id)
    if not outcome.questionnaire:
        raise NotFound("There is no such question.")
    questions = questions_of(outcome.questionnaire)
    if is_urgent(questions, answers):
        raise_case(case_id=outcome.pk, member_id=member_id, now=now)
    return outcome, _store(outcome, questions, answers, now)


def _unless(refusal: DomainError | None, outcome: Outcome) -> Outcome:
    if refusal is not None:
        raise refusal
    return outcome


def _store(
    outcome: Outcome, questions: Questionnaire, answers: Mapping[str, object], now: datetime
) -> DomainError | None:
    """Store what was answered, or return why it is not."""
    if outcome.answered_at is not None or outcome.expires_at is None or now >= outcome.expires_at:
        is_answered = outcome.answered_at is not None
        return NotOpen("These questions were answered before, or are too old.", answered=is_answered)
    try:
        checked = check_answers(questions, answers)
    except BadAnswers as error:
        refusal = refusal_of(error)
        return AnswersRefused(str(refusal), **refusal.extra)
    given = {name: value for name, value in checked.items() if value is not None}
    if not given:
        return AnswersRefused("Answer at least one question.")
    weighed = weigh(questions, given)
    outcome.answers, outcome.answered_at, outcome.token_hash = given, now, None
    outcome.assessment = {"scores": weighed.scores, "severities": weighed.severities}
    outcome.save(update_fields=["answers", "assessment", "answered_at", "token_hash"])
    return None
