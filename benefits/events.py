"""What benefits announces."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from workers.events import Event


@dataclass(frozen=True, kw_only=True)
class EnrollmentStarted(Event, name="benefits.enrollment.started.v1"):
    """A member is covered from `starts_on`."""

    enrollment_id: UUID
    member_id: UUID
    employer_id: UUID
    starts_on: date


@dataclass(frozen=True, kw_only=True)
class EnrollmentEnded(Event, name="benefits.enrollment.ended.v1"):
    """A member's cover ends after `ends_on`."""

    enrollment_id: UUID
    member_id: UUID
    employer_id: UUID
    ends_on: date


@dataclass(frozen=True, kw_only=True)
class AccountActivated(Event, name="benefits.account.activated.v1"):
    """A member claimed their account; the employer never learns of it."""

    member_id: UUID
    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class MemberContactChanged(Event, name="benefits.member.contact-changed.v1"):
    """An employer supplied other addresses for a member than before."""

    member_id: UUID
    employer_id: UUID
