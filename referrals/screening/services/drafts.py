"""Answering step by step: start, save, come back later or in another tab, finish.

    (none) --start--> draft --save--> draft --finish--> screening of the same id
                        `--discard, or 30 days without a save--> (none)

Each save and the finish name the revision that they build on. Every service locks the draft's row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from referrals.screening.models import Consent, Screening, ScreeningDraft
from referrals.screening.queries import current_questionnaire, get_draft, get_questionnaires
from referrals.screening.rules.questionnaires import Answer, Questionnaire, carried_over, is_urgent
from referrals.screening.rules.scoring import BadAnswers, check_answers
from referrals.screening.services.consents import give_all, require_screening_consent
from referrals.screening.services.submitting import refusal_of, store
from referrals.screening.services.urgent import raise_case
from workers.kernel.errors import DomainError, NotFound

KEPT = timedelta(days=30)  # after the last save: long enough for a bad month, short enough to say it is not kept


class DraftChanged(DomainError):
    """It was saved since, in another tab or on another device: `revision` is the present one."""

    code = "draft_changed"
    status = 412


class DraftExpired(DomainError):
    """It was not saved for so long that its answers are deleted: start again."""

    code = "draft_expired"
    status = 410


class QuestionnaireRecalled(DomainError):
    """The version that it was begun with was taken back: `current` names the one to answer, `why` says why."""

    code = "questionnaire_recalled"


@dataclass(frozen=True, kw_only=True)
class Revision:
    """A state of a draft that somebody saw."""

    draft_id: UUID
    number: int


def start(*, member_id: UUID, language: str, consents: Mapping[str, str], now: datetime) -> tuple[ScreeningDraft, bool]:
    """Begin to answer the current version, or go on with what was begun; return the draft and whether it is new.

    Starting is agreeing that what is saved is kept, for a time. What was begun with a version that was recalled gives
    way to a new draft, which takes over the answers to questions that are asked alike. Raises ConsentOutdated.
    """
    with transaction.atomic():
        consent = give_all(member_id=member_id, versions=consents, language=language, now=now)
        former = ScreeningDraft.objects.select_for_update().filter(member_id=member_id).first()
        if former is not None and _usable(former, now):
            return former, False
        current = current_questionnaire(now)
        answers = _taken_over(former, current, now)
        if former is not None:
            former.delete()
        return _inserted(_new(consent, current, answers, now))


def save(*, member_id: UUID, seen: Revision, answers: Mapping[str, object], now: datetime) -> ScreeningDraft:
    """Add answers to the draft, over those to the same questions; null takes one back.

    An urgent one is put on the operators' list at once: many who stop here do not come back. Raises NotFound,
    DraftChanged, DraftExpired, QuestionnaireRecalled, ConsentMissing, Invalid.
    """
    with transaction.atomic():
        draft, questionnaire = _lock(member_id, seen, now)
        require_screening_consent(member_id=member_id, now=now)
        try:
            given = check_answers(questionnaire, answers)
        except BadAnswers as error:
            raise refusal_of(error) from None
        _store_answers(draft, draft.answers | given, now)
        if is_urgent(questionnaire, given):
            raise_case(case_id=draft.pk, member_id=member_id, now=now)
    return draft


def finish(*, member_id: UUID, seen: Revision, now: datetime) -> Screening:
    """Send the draft's answers; a repeat, from whichever tab, returns the same screening.

    Raises NotFound, DraftChanged, DraftExpired, QuestionnaireRecalled, ConsentMissing, and Invalid naming the questions
    that are still to be answered; the draft stays as it was.
    """
    with transaction.atomic():
        try:
            draft, questionnaire = _lock(member_id, seen, now)
        except NotFound:
            finished = Screening.objects.filter(pk=seen.draft_id, member_id=member_id).first()
            if finished is None:
                raise
            return finished
        consent = require_screening_consent(member_id=member_id, now=now)
        screening = store(
            screening_id=draft.pk, questionnaire=questionnaire, answers=draft.answers, consent=consent, now=now
        )
        draft.delete()
    return screening


def discard(*, member_id: UUID) -> None:
    """Delete what was saved, if anything was."""
    ScreeningDraft.objects.filter(member_id=member_id).delete()


def resume(*, member_id: UUID, now: datetime) -> tuple[ScreeningDraft, Questionnaire]:
    """Return the draft and its version of the questionnaire. Raises NotFound, DraftExpired, QuestionnaireRecalled."""
    draft = get_draft(member_id)
    return draft, _questionnaire_of(draft, now)


def _lock(member_id: UUID, seen: Revision, now: datetime) -> tuple[ScreeningDraft, Questionnaire]:
    mine = ScreeningDraft.objects.select_for_update().filter(member_id=member_id, pk=seen.draft_id)
    draft = mine.first()
    if draft is None:
        raise NotFound("This was sent or deleted: there is nothing to save it to. Start anew with POST.")
    questionnaire = _questionnaire_of(draft, now)
    if draft.revision != seen.number:
        sentence = "It was saved since, perhaps in another tab: read it again, then send your answers again."
        raise DraftChanged(sentence, revision=draft.revision)
    return draft, questionnaire


def _usable(draft: ScreeningDraft, now: datetime) -> bool:
    try:
        _questionnaire_of(draft, now)
    except (DraftExpired, QuestionnaireRecalled):
        return False
    return True


def _questionnaire_of(draft: ScreeningDraft, now: datetime) -> Questionnaire:
    if draft.expires_at <= now:
        raise DraftExpired(f"Nothing was saved for {KEPT.days} days, so the answers are deleted: start anew with POST.")
    questionnaire = get_questionnaires().get(draft.questionnaire)
    if questionnaire is None or questionnaire.recall is not None:
        why = questionnaire.recall.why if questionnaire and questionnaire.recall else {}
        sentence = "These questions were taken back. Start anew with POST: answers to unchanged questions are kept."
        raise QuestionnaireRecalled(sentence, current=current_questionnaire(now).id, why=why)
    return questionnaire


def _taken_over(former: ScreeningDraft | None, current: Questionnaire, now: datetime) -> dict[str, Answer]:
    begun_with = get_questionnaires().get(former.questionnaire) if former else None
    if former is None or begun_with is None or former.expires_at <= now:
        return {}
    return carried_over(former.answers, begun_with, current)


def _new(consent: Consent, questionnaire: Questionnaire, answers: dict[str, Answer], now: datetime) -> ScreeningDraft:
    return ScreeningDraft(
        member_id=consent.member_id,
        questionnaire=questionnaire.id,
        consent=consent,
        answers=answers,
        started_at=now,
        saved_at=now,
        expires_at=now + KEPT,
    )


def _store_answers(draft: ScreeningDraft, answers: Mapping[str, Answer | None], now: datetime) -> None:
    draft.answers = {name: answer for name, answer in answers.items() if answer is not None}
    draft.revision += 1
    draft.saved_at, draft.expires_at = now, now + KEPT
    draft.save(update_fields=["answers", "revision", "saved_at", "expires_at"])


def _inserted(draft: ScreeningDraft) -> tuple[ScreeningDraft, bool]:
    """The unique index decides, however many tabs start at once."""
    try:
        with transaction.atomic():
            draft.save(force_insert=True)
    except IntegrityError:
        return get_draft(draft.member_id), False
    return draft, True
