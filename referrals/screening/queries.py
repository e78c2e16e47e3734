"""Reading questionnaires and consent texts, which are data files, and screenings."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from uuid import UUID

from django.db.models import QuerySet

from referrals.screening.models import AnswerRead, Consent, Screening, ScreeningDraft, UrgentCase
from referrals.screening.rules.consents import ConsentKind, Consents, ConsentText
from referrals.screening.rules.data_files import Texts
from referrals.screening.rules.disclosing import Disclosure, disclose, without_substance_use
from referrals.screening.rules.questionnaires import Questionnaire, Result
from referrals.screening.rules.reading import read_consents, read_questionnaire
from referrals.screening.rules.scoring import weigh
from workers.kernel import clock
from workers.kernel.errors import NotFound

_DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, kw_only=True)
class DisclosedAnswers:
    """What a clinic that accepted may read of a screening, as `disclose` found it.

    `consents` are the texts that it is disclosed under, which go with it (42 CFR 2.32(b)); `redisclosure_notice` is
    there when it holds what 42 CFR Part 2 protects, and has to be shown wherever the answers are.
    """

    screening_id: UUID
    questionnaire: str
    disclosure: Disclosure
    consents: tuple[ConsentText, ...]
    redisclosure_notice: Texts | None


@cache
def get_questionnaires() -> dict[str, Questionnaire]:
    """Return every version by its id, the newest first. Raises BadDataFile."""
    files = sorted((_DATA / "questionnaires").glob("*.yaml"))
    versions = [read_questionnaire(path.name, path.read_text("utf-8")) for path in files]
    return {one.id: one for one in sorted(versions, key=lambda one: one.effective_on, reverse=True)}


@cache
def get_consents() -> Consents:
    """Return the texts that members agree to. Raises BadDataFile."""
    path = _DATA / "consents.yaml"
    return read_consents(path.name, path.read_text("utf-8"))


def get_questionnaire(questionnaire_id: str) -> Questionnaire:
    """Return a version by its id. Raises NotFound."""
    questionnaire = get_questionnaires().get(questionnaire_id)
    if questionnaire is None:
        raise NotFound("There is no such questionnaire.")
    return questionnaire


def current_questionnaire(now: datetime) -> Questionnaire:
    """Return the newest version that is in effect and was not recalled. Raises NotFound when none is."""
    today = now.date()
    for one in get_questionnaires().values():
        if one.effective_on <= today and one.recall is None:
            return one
    raise NotFound("No questionnaire is in effect.")


# Read as the process starts: a bad file stops it with all that is wrong, and no member meets it. Services ask anew.
CURRENT = current_questionnaire(clock.now()).id
get_consents()


def get_screening(screening_id: UUID) -> Screening:
    """Return a screening that the actor may see. Raises NotFound."""
    screening = Screening.objects.filter(pk=screening_id).first()
    if screening is None:
        raise NotFound("There is no such screening.")
    return screening


def list_screenings() -> QuerySet[Screening]:
    """Return the screenings that the actor may see."""
    return Screening.objects.all()


def find_draft(member_id: UUID) -> ScreeningDraft | None:
    """Return what the member saved on the way, expired or not."""
    return ScreeningDraft.objects.filter(member_id=member_id).first()


def get_draft(member_id: UUID) -> ScreeningDraft:
    """Return what the member saved on the way, expired or not. Raises NotFound."""
    draft = find_draft(member_id)
    if draft is None:
        raise NotFound("There is nothing to resume: start with POST.")
    return draft


def list_reads(screening_id: UUID) -> QuerySet[AnswerRead]:
    """Return who read a screening's answers, the latest first."""
    return AnswerRead.objects.filter(screening_id=screening_id).order_by("-at", "-id")


def list_urgent() -> QuerySet[UrgentCase]:
    """Return the cases that no operator has taken up."""
    return UrgentCase.objects.filter(acknowledged_at=None)


def list_consents(member_id: UUID) -> QuerySet[Consent]:
    """Return every consent that a member gave, the latest first."""
    return Consent.objects.filter(member_id=member_id).order_by("-given_at", "-id")


def consents_in_force(member_id: UUID, *, now: datetime) -> dict[ConsentKind, Consent]:
    """Return a member's consents that were not ended and have not expired, by kind."""
    rows = Consent.objects.filter(member_id=member_id, ended_at=None, expires_at__gt=now)
    return {ConsentKind(row.kind): row for row in rows}


def disclosed_answers(screening: Screening, *, now: datetime) -> DisclosedAnswers | None:
    """Return what the clinic that accepted may read of a screening; None when the consents in force allow nothing.

    The caller acts as a worker and has made sure that the clinic accepted a request with this screening; reading for a
    clinic goes through services.reading.read_by_clinic, which records it.
    """
    in_force = consents_in_force(screening.member_id, now=now)
    disclosure = disclose(get_questionnaire(screening.questionnaire), screening.answers, in_force)
    if disclosure is None:
        return None
    texts = get_consents()
    return DisclosedAnswers(
        screening_id=screening.pk,
        questionnaire=screening.questionnaire,
        disclosure=disclosure,
        consents=tuple(texts.of(kind, in_force[kind].version) for kind in ConsentKind if kind in in_force),
        redisclosure_notice=texts.redisclosure_notice if disclosure.holds_substance_use else None,
    )


def redisclosure_notice_of(screening: Screening) -> str:
    """Return the notice that has to be shown wherever the answers are; "" where none is protected."""
    answers = screening.answers
    is_protected = without_substance_use(get_questionnaire(screening.questionnaire), answers) != answers
    return get_consents().redisclosure_notice["en"] if is_protected else ""


def shareable_result(screening: Screening) -> Result:
    """Return what a clinic may learn before it accepts: the result without what 42 CFR Part 2 protects.

    `screening.result` would tell it: "clinician review" without any finding means substance use.
    """
    questionnaire = get_questionnaire(screening.questionnaire)
    return weigh(questionnaire, without_substance_use(questionnaire, screening.answers)).result
