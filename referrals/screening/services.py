"""Submitting a screening, and telling operators of an urgent one."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import transaction

from benefits import facade as benefits
from referrals.events import ScreeningSubmitted
from referrals.screening.models import Screening
from referrals.screening.queries import CURRENT, get_questionnaire, get_screening
from referrals.screening.rules import BadAnswers, Result, assess
from workers.emails.queueing import queue_email
from workers.kernel.errors import DomainError, Invalid
from workers.outbox.publishing import publish


class QuestionnaireOutdated(DomainError):
    """The questionnaire was replaced while it was being answered: answer the current one, named in the error."""

    code = "questionnaire_outdated"


def submit(*, member_id: UUID, questionnaire_id: str, answers: Mapping[str, object], now: datetime) -> Screening:
    """Store a member's answers, encrypted, with the consent that they were sent under, and what they come to.

    Raises NotFound and QuestionnaireOutdated for the questionnaire, Invalid for answers that do not fit it.
    """
    questionnaire = get_questionnaire(questionnaire_id)
    if questionnaire_id != CURRENT:
        raise QuestionnaireOutdated("This questionnaire has been replaced.", current=CURRENT)
    try:
        assessment = assess(questionnaire.items, answers)
    except BadAnswers as error:
        wrong = [{"field": name, "message": message} for name, message in error.errors.items()]
        raise Invalid(str(error), errors=wrong) from None
    screening = Screening(
        member_id=member_id,
        questionnaire=questionnaire_id,
        consent_version=questionnaire.document["consent"]["version"],
        answers=dict(answers),
        assessment={key: value for key, value in asdict(assessment).items() if key != "result"},
        result=assessment.result,
        submitted_at=now,
    )
    with transaction.atomic():
        screening.save(force_insert=True)
        publish(ScreeningSubmitted(screening_id=screening.pk, member_id=member_id), about=screening, now=now)
    return screening


def alert_operators(*, screening_id: UUID, now: datetime) -> None:
    """Mail every operator who holds `care` about an urgent screening, naming nobody; others need no mail."""
    screening = get_screening(screening_id)
    if screening.result != Result.URGENT:
        return
    for email in benefits.list_operator_emails("care"):
        queue_email(
            key=f"urgent-screening/{screening.pk}/{email}",
            to=email,
            template="referrals/operator_attention",
            context={},
            now=now,
        )


def acknowledge(*, screening_id: UUID, now: datetime) -> Screening:
    """Record that an operator took up an urgent screening; again changes nothing. Raises NotFound."""
    with transaction.atomic():
        screening = Screening.locked(pk=screening_id, result=Result.URGENT)
        if screening.acknowledged_at is None:
            screening.acknowledged_at = now
            screening.save(update_fields=["acknowledged_at"])
    return screening
