"""What benefits announces."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from workers.events import Event

EnrollmentId = Annotated[UUID, Meta(description="The enrollment: one member in one plan.")]
MemberId = Annotated[UUID, Meta(description="The covered person.")]
EmployerId = Annotated[UUID, Meta(description="The employer that the cover comes from.")]


@dataclass(frozen=True, kw_only=True)
class EnrollmentsStarted(Event, name="benefits.enrollments.started.v1"):
    """Members are covered: one, or up to 100 of those whom one change of a roster enrolled. About the first of them."""

    employer_id: EmployerId
    enrollment_ids: Annotated[list[UUID], Meta(description="The enrollments, in the order of their members.")]
    member_ids: Annotated[list[UUID], Meta(description="The covered people.")]


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
class AccountClosed(Event, name="benefits.account.closed.v1"):
    """A member closed their account, for good; the employer never learns of it."""

    member_id: MemberId
    user_id: Annotated[UUID, Meta(description="The account that was closed.")]


@dataclass(frozen=True, kw_only=True)
class MemberContactChanged(Event, name="benefits.member.contact-changed.v1"):
    """An employer supplied other addresses for a member than before."""

    member_id: MemberId
    employer_id: EmployerId


@dataclass(frozen=True, kw_only=True)
class MemberTimeZoneChanged(Event, name="benefits.member.time-zone-changed.v1"):
    """A member lives by other clocks than before: what is said at a time of their day moves."""

    member_id: MemberId
    employer_id: EmployerId


@dataclass(frozen=True, kw_only=True)
class MemberDied(Event, name="benefits.member.died.v1"):
    """A death was recorded; nothing is to be mailed to the member any more."""

    member_id: MemberId
    employer_id: EmployerId


@dataclass(frozen=True, kw_only=True)
class MemberInvitationAsked(Event, name="benefits.member.invitation-asked.v1"):
    """HR or an operator wants a member to be invited again by e-mail."""

    member_id: MemberId
    employer_id: EmployerId


@dataclass(frozen=True, kw_only=True)
class MemberContactSettled(Event, name="benefits.member.contact-settled.v1"):
    """So long after an employer changed a member's address that whoever reads the former one had time to object."""

    member_id: MemberId
    employer_id: EmployerId


@dataclass(frozen=True, kw_only=True)
class IdentityClaimed(Event, name="benefits.identity-claim.received.v1"):
    """Somebody entered a letter's code; whether what they said fits is found out apart from the answer."""

    claim_id: Annotated[UUID, Meta(description="The claim, deleted once it was judged.")]


@dataclass(frozen=True, kw_only=True)
class LetterLocked(Event, name="benefits.letter.locked.v1"):
    """A letter's code was entered with facts that do not fit, too often."""

    letter_id: Annotated[UUID, Meta(description="The letter.")]
    employer_id: EmployerId


@dataclass(frozen=True, kw_only=True)
class MembersMerged(Event, name="benefits.member.merged.v1"):
    """An operator found that two members are one person; who left had no account, and so nothing hangs on them."""

    member_id: Annotated[UUID, Meta(description="The member who left the roster.")]
    into_id: Annotated[UUID, Meta(description="The member who stays.")]
    employer_id: EmployerId


@dataclass(frozen=True, kw_only=True)
class QuarterOver(Event, name="benefits.quarter.over.v1"):
    """A calendar quarter ended two weeks ago: whoever knows who was reached in it says so, and it is settled."""

    employer_id: EmployerId
    quarter: Annotated[date, Meta(description="The quarter's first day.")]


ChangeSetId = Annotated[UUID, Meta(description="The change-set of an employer.")]
AskedBy = Annotated[UUID, Meta(description="The HR admin in whose name a worker does it.")]


@dataclass(frozen=True, kw_only=True)
class ChangeSetArrived(Event, name="benefits.change-set.arrived.v1"):
    """A file came that is too large to be read while its sender waits."""

    change_set_id: ChangeSetId
    employer_id: EmployerId
    asked_by: AskedBy


@dataclass(frozen=True, kw_only=True)
class ApplicationAsked(Event, name="benefits.change-set.application-asked.v1"):
    """A large change-set is to be applied."""

    change_set_id: ChangeSetId
    employer_id: EmployerId
    asked_by: AskedBy


@dataclass(frozen=True, kw_only=True)
class UndoingAsked(Event, name="benefits.change-set.undoing-asked.v1"):
    """A large change-set is to be undone."""

    change_set_id: ChangeSetId
    employer_id: EmployerId
    asked_by: AskedBy


@dataclass(frozen=True, kw_only=True)
class ChangeSetUndone(Event, name="benefits.change-set.undone.v1"):
    """What a change-set did was taken back, but for the addresses, which the employer does not read."""

    change_set_id: ChangeSetId
    employer_id: EmployerId
    applied_at: Annotated[datetime, Meta(tz=True, description="When it had been applied.")]


@dataclass(frozen=True, kw_only=True)
class X12FileArrived(Event, name="benefits.edi-file.arrived.v1"):
    """An 834 came that is too large to be judged while its sender waits."""

    file_id: Annotated[UUID, Meta(description="The 834 file.")]
    employer_id: EmployerId
    asked_by: AskedBy
