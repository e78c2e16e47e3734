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


def answer(*, outcome_id: UUID, member_id: UUID, answers: Mapping[str, object], now: datetime) -> Outcome:
    """Store a member's answers {item id: 0..3}, as many as they gave, and use the link up.

    PHQ-9's item 9 above zero is put on the operators' list at once, whatever becomes of the rest. Raises NotFound,
    NotOpen, Invalid for answers that do not fit or for none at all.
    """
    with transaction.atomic():
        outcome, is_stored = _answer(outcome_id, member_id, answers, now)
    return _unless_late(outcome, is_stored)


def answer_by_link(*, token: str, answers: Mapping[str, object], now: datetime) -> Outcome:
    """Answer by a mailed link, which is used up by it; of two at once one wins. As AUTH.

    Raises LinkNotValid, and what `answer` raises.
    """
    outcome = find_by_token(token)
    if outcome is None:
        raise LinkNotValid("This link is unknown, or was used.")
    with acting_as(Actor(role=Role.EMPLOYEE, member=outcome.member_id)):
        outcome, is_stored = _answer(outcome.pk, outcome.member_id, answers, now)
    return _unless_late(outcome, is_stored)


def _answer(outcome_id: UUID, member_id: UUID, answers: Mapping[str, object], now: datetime) -> tuple[Outcome, bool]:
    """Hear what is urgent, and store the answers if there is still time; whether they were stored is told, not raised.

    An error would take back what was heard.
    """
    outcome = Outcome.locked(pk=outcome_id, member_id=member_id)
    if not outcome.questionnaire:
        raise NotFound("There is no such question.")
    questions = questions_of(outcome.questionnaire)
    if is_urgent(questions, answers):
        raise_case(case_id=outcome.pk, member_id=member_id, now=now)
    is_open = outcome.answered_at is None and outcome.expires_at is not None and now < outcome.expires_at
    if is_open:
        _store(outcome, questions, answers, now)
    return outcome, is_open


def _unless_late(outcome: Outcome, is_stored: bool) -> Outcome:
    if not is_stored:
        raise NotOpen("These questions were answered before, or are too old.", answered=outcome.answered_at is not None)
    return outcome


def _store(outcome: Outcome, questions: Questionnaire, answers: Mapping[str, object], now: datetime) -> None:
    try:
        checked = check_answers(questions, answers)
    except BadAnswers as error:
        raise refusal_of(error) from None
    given = {name: value for name, value in checked.items() if value is not None}
    if not given:
        raise Invalid("Answer at least one question.")
    weighed = weigh(questions, given)
    outcome.answers, outcome.answered_at, outcome.token_hash = given, now, None
    outcome.assessment = {"scores": weighed.scores, "severities": weighed.severities}
    outcome.save(update_fields=["answers", "assessment", "answered_at", "token_hash"])
