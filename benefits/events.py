"""What benefits announces."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from workers.events import Event

EnrollmentId = Annotated[UUID, Meta(description="The enrollment: one member in one plan.")]
MemberId = Annotated[UUID, Meta(description="The covered person.")]
EmployerId = Annotated[UUID, Meta(description="The employer that the cover comes from.")]


@dataclass(frozen=True, kw_only=True)
class EnrollmentStarted(Event, name="benefits.enrollment.started.v1"):
    """A member is covered from `starts_on`."""

    enrollment_id: EnrollmentId
    member_id: MemberId
    employer_id: EmployerId
    starts_on: Annotated[date, Meta(description="The first day of cover.")]


@dataclass(frozen=True, kw_only=True)
class EnrollmentEnded(Event, name="benefits.enrollment.ended.v1"):
    """A member's cover ends after `ends_on`."""

    enrollment_id: EnrollmentId
    member_id: MemberId
    employer_id: EmployerId
    ends_on: Annotated[date, Meta(description="The last day of cover.")]


@dataclass(frozen=True, kw_only=True)
class AccountActivated(Event, name="benefits.account.activated.v1"):
    """A member claimed their account; the employer never learns of it."""

    member_id: MemberId
    user_id: Annotated[UUID, Meta(description="The account that the member signs in with.")]


@dataclass(frozen=True, kw_only=True)
class MemberContactChanged(Event, name="benefits.member.contact-changed.v1"):
    """An employer supplied other addresses for a member than before."""

    member_id: MemberId
    employer_id: EmployerId
