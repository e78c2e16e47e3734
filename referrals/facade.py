"""All that other apps may call."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class PricedSession:
    """A session of a course with the clinic's list price in cents, as it was when the course was planned."""

    id: UUID
    kind: str
    list_price_cents: int
    starts_at: datetime
    status: str


@dataclass(frozen=True, kw_only=True)
class PricedCourse:
    """A course as billing sees it: whose, where, and what its sessions cost before any discount."""

    id: UUID
    member_id: UUID
    clinic_id: UUID
    route: str
    sessions: tuple[PricedSession, ...]
