"""Reading what was asked and answered; row-level security shows each actor its own."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from uuid import UUID

import msgspec
from django.db.models import QuerySet

from referrals.courses.models import Session
from referrals.courses.queries import get_course
from referrals.courses.rules import SessionStatus
from referrals.offers.models import ReferralRead
from referrals.offers.rules import Readable
from referrals.outcomes.models import Outcome
from referrals.outcomes.rules import Outcomes, change_since_first, hash_of
from referrals.screening.queries import consents_in_force, get_questionnaire
from referrals.screening.rules.consents import ConsentKind
from referrals.screening.rules.questionnaires import Questionnaire
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.errors import NotFound

_DATA = Path(__file__).parent / "data" / "outcomes.json"
# What a clinic has a grant on: sums, and not which answers they are of.
SHARED = ("id", "point", "session_id", "due_at", "asked_at", "expires_at", "answered_at", "assessment")


@dataclass(frozen=True, kw_only=True)
class Trend:
    """The points of a course in their order, each scale's last sum less its first, and the dosings that took place."""

    points: list[Outcome]
    change: dict[str, int]
    dosings: list[Session]


@cache
def get_outcomes() -> Outcomes:
    """Return the points. Raises msgspec.ValidationError for a malformed file."""
    return msgspec.json.decode(_DATA.read_bytes(), type=Outcomes)


def questions_of(questionnaire_id: str) -> Questionnaire:
    """Return a questionnaire with only those sections that outcomes ask. Raises NotFound."""
    whole = get_questionnaire(questionnaire_id)
    asked = tuple(section for section in whole.sections if section.id in get_outcomes().sections)
    return replace(whole, sections=asked)


def list_open(*, now: datetime) -> QuerySet[Outcome]:
    """Return what the actor may answer now."""
    return Outcome.objects.filter(answered_at=None, expires_at__gt=now)


def get_outcome(outcome_id: UUID) -> Outcome:
    """Return what was asked at a point. Raises NotFound."""
    outcome = Outcome.objects.filter(pk=outcome_id).first()
    if outcome is None:
        raise NotFound("There is no such question.")
    return outcome


def find_by_token(token: str) -> Outcome | None:
    """Return what a link asks, open or not, or None for a token that is unknown or used; as AUTH."""
    known = Outcome.objects.filter(token_hash=hash_of(token)).values("id", "member_id").order_by("id").first()
    if known is None:
        return None
    with acting_as(Actor(role=Role.EMPLOYEE, member=known["member_id"])):
        return get_outcome(known["id"])


def trend_for_member(course_id: UUID) -> Trend:
    """Return how a member's own scores moved in a course. Raises NotFound."""
    return _trend(course_id)


def trend_for_clinic(course_id: UUID, *, now: datetime) -> Trend:
    """Return how scores moved in a clinic's course; nothing unless the member lets the clinic read their answers.

    For a reader go through services.reading.read_trend, which keeps who it was. Raises NotFound.
    """
    member_id = get_course(course_id).member_id
    with acting_as(WORKER):
        may_read = clinic_may_read(member_id, now=now)
    return _trend(course_id) if may_read else Trend(points=[], change={}, dosings=[])


def _trend(course_id: UUID) -> Trend:
    course = get_course(course_id)
    asked = Outcome.objects.filter(course_id=course.pk, asked_at__isnull=False)
    points = list(asked.only(*SHARED).order_by("due_at", "id"))
    scores = [point.assessment["scores"] for point in points if point.assessment]
    return Trend(points=points, change=change_since_first(scores), dosings=[*filter(_is_dosing, course.sessions.all())])


def _is_dosing(session: Session) -> bool:
    return session.kind == "dosing" and session.status == SessionStatus.COMPLETED


def clinic_may_read(member_id: UUID, *, now: datetime) -> bool:
    """Return whether a member lets the clinic that treats them read their sums. As that member or a worker."""
    return ConsentKind.CLINIC in consents_in_force(member_id, now=now)


def list_clinic_reads(request_id: UUID) -> QuerySet[ReferralRead]:
    """Return when a clinic read the sums of a referral's course, the latest first."""
    return ReferralRead.objects.filter(request_id=request_id, what=Readable.OUTCOMES).order_by("-at", "-id")
