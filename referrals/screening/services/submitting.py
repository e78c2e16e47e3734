"""Sending the answers of a whole questionnaire."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import transaction

from referrals.events import ScreeningSubmitted
from referrals.screening.models import Consent, Screening
from referrals.screening.queries import current_questionnaire, get_questionnaire
from referrals.screening.rules.questionnaires import Questionnaire, Result
from referrals.screening.rules.scoring import BadAnswers, assess
from referrals.screening.services.consents import give_all
from referrals.screening.services.urgent import raise_case
from workers.kernel.errors import DomainError, Invalid
from workers.kernel.ids import new_id
from workers.outbox.publishing import publish


class QuestionnaireOutdated(DomainError):
    """The questionnaire was replaced while it was being answered: answer the current one, named in the error."""

    code = "questionnaire_outdated"


def submit(
    *,
    member_id: UUID,
    questionnaire_id: str,
    answers: Mapping[str, object],
    now: datetime,
    language: str = "en",
    consents: Mapping[str, str] | None = None,
) -> Screening:
    """Store a member's answers, encrypted, with the consents {kind: version} that they send along.

    Sending is agreeing that they are kept. Raises NotFound and QuestionnaireOutdated for the questionnaire, Invalid for
    answers that do not fit it, ConsentOutdated.
    """
    questionnaire = get_questionnaire(questionnaire_id)
    current = current_questionnaire(now).id
    if questionnaire_id != current:
        raise QuestionnaireOutdated("This questionnaire has been replaced: answer the current one.", current=current)
    with transaction.atomic():
        consent = give_all(member_id=member_id, versions=consents or {}, language=language, now=now)
        return store(screening_id=new_id(), questionnaire=questionnaire, answers=answers, consent=consent, now=now)


def store(
    *,
    screening_id: UUID,
    questionnaire: Questionnaire,
    answers: Mapping[str, object],
    consent: Consent,
    now: datetime,
) -> Screening:
    """Weigh and store answers in the caller's transaction; an urgent one is put on the operators' list.

    Raises Invalid.
    """
    try:
        assessment = assess(questionnaire, answers)
    except BadAnswers as error:
        raise refusal_of(error) from None
    screening = Screening(
        pk=screening_id,
        member_id=consent.member_id,
        questionnaire=questionnaire.id,
        consent=consent,
        answers={name: answer for name, answer in answers.items() if answer is not None},
        assessment={key: value for key, value in asdict(assessment).items() if key != "result"},
        result=assessment.result,
        submitted_at=now,
    )
    screening.save(force_insert=True)
    event = ScreeningSubmitted(screening_id=screening.pk, member_id=screening.member_id)
    publish(event, about=screening, now=now)
    if assessment.result == Result.URGENT:
        raise_case(case_id=screening.pk, member_id=screening.member_id, now=now)
    return screening


def refusal_of(error: BadAnswers) -> Invalid:
    """The refusal that names each answer that does not fit."""
    wrong = [{"field": name, "message": message} for name, message in error.errors.items()]
    return Invalid(str(error), errors=wrong)
