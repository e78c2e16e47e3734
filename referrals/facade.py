"""All that other apps may call."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from referrals.clinic_access.queries import find_machine
from referrals.clinic_access.rules import MEANINGS
from referrals.clinics.queries import get_clinic
from referrals.clinics.queries.prices import ListPrice, list_prices
from referrals.courses import queries
from referrals.courses.models import Session
from referrals.fhir.rules.resources import outcome as fhir_outcome
from referrals.protocols.queries import get_protocol
from referrals.reminders.services.preparing import forget_lists
from referrals.requests import services as requests
from referrals.screening.services import consents
from referrals.stories import queries as stories
from referrals.words import WORDS

__all__ = [
    "WORDS",
    "ListPrice",
    "PricedCourse",
    "PricedSession",
    "clinic_name",
    "fhir_outcome",
    "find_machine",
    "get_priced_course",
    "list_prices_of",
    "scopes",
    "session_kinds_of",
    "session_of",
    "story_is_open_to",
    "take_everything_back",
]


@dataclass(frozen=True, kw_only=True)
class PricedSession:
    """A session of a course with the clinic's list price in cents, as it was when the course was planned.

    `makes_up_id` is the session that did not take place and in whose stead this one was asked for.
    """

    id: UUID
    kind: str
    list_price_cents: int
    starts_at: datetime
    status: str
    makes_up_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class PricedCourse:
    """A course as billing sees it: whose, where, and what its sessions cost before any discount."""

    id: UUID
    member_id: UUID
    clinic_id: UUID
    route: str
    format: str
    planned_at: datetime
    sessions: tuple[PricedSession, ...]


def get_priced_course(course_id: UUID) -> PricedCourse:
    """Return a course, its sessions in their order.

    Raises NotFound, also for a course that the actor may not see: an employee sees their own, a worker any.
    """
    course, sessions = queries.get_with_sessions(course_id)
    return PricedCourse(
        id=course.pk,
        member_id=course.member_id,
        clinic_id=course.clinic_id,
        route=course.route,
        format=course.format,
        planned_at=course.planned_at,
        sessions=tuple(_priced(session) for session in sessions),
    )


def list_prices_of(clinic_ids: Collection[UUID], *, on: date) -> list[ListPrice]:
    """Return all that several clinics charge on a date, in one query: for a page of the directory."""
    return list_prices(clinic_ids, on)


def session_kinds_of(protocol_id: str) -> tuple[str, ...]:
    """Return the kinds of a protocol's sessions in their order, by its newest version. Raises NotFound."""
    kinds: list[str] = []
    for step in get_protocol(protocol_id).steps:
        following = [step.followed_by.kind] if step.followed_by else []
        kinds += [step.kind, *following] * step.times
    return tuple(str(kind) for kind in kinds)


def clinic_name(clinic_id: UUID) -> str:
    """Return a clinic's name. Raises NotFound, also for one that the actor may not see."""
    return get_clinic(clinic_id).name


def session_of(session_id: UUID) -> PricedSession:
    """Return one session. Raises NotFound, also for one that the actor may not see."""
    return _priced(queries.get_session(session_id))


def _priced(session: Session) -> PricedSession:
    return PricedSession(
        id=session.pk,
        kind=session.kind,
        list_price_cents=session.list_price_cents,
        starts_at=session.starts_at,
        status=session.status,
        makes_up_id=session.makes_up_id,
    )


def scopes() -> dict[str, str]:
    """Return what a clinic's software may be let do: each scope with its meaning."""
    return {str(scope): meaning for scope, meaning in MEANINGS.items()}


def story_is_open_to(reader_id: UUID, *, member_id: UUID, now: datetime) -> bool:
    """Whether an operator gave a reason to look at a member's whole story that still counts."""
    return stories.is_open_to(member_id, reader_id=reader_id, now=now)


def take_everything_back(member_id: UUID, *, now: datetime) -> None:
    """Take back a member's requests that have not ended and their consents, as they could one by one; as the member.

    What follows is what follows of each: offers and appointments are called off, and nobody reads their answers. What
    they wrote down for themselves alone is deleted.
    """
    requests.withdraw_all(member_id=member_id, now=now)
    consents.withdraw_all(member_id=member_id, now=now)
    forget_lists(member_id=member_id)
