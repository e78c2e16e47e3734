"""What referrals announces."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from workers.events import Event

ClinicId = Annotated[UUID, Meta(description="The clinic.")]
CredentialId = Annotated[UUID, Meta(description="The licence, registration or cover.")]
MemberId = Annotated[UUID, Meta(description="The covered person who asked.")]
RequestId = Annotated[UUID, Meta(description="The request for care.")]
OfferId = Annotated[UUID, Meta(description="The offer of a request to one clinic.")]
CourseId = Annotated[UUID, Meta(description="The course of treatment.")]
SessionId = Annotated[UUID, Meta(description="The session of a course.")]


@dataclass(frozen=True, kw_only=True)
class ClinicSigned(Event, name="referrals.clinic.signed.v1"):
    """A clinic joined the directory."""

    clinic_id: ClinicId


@dataclass(frozen=True, kw_only=True)
class ClinicCapacityChanged(Event, name="referrals.clinic.capacity-changed.v1"):
    """A clinic told how many more people it can take, a place was given back, or it takes offers again."""

    clinic_id: ClinicId


@dataclass(frozen=True, kw_only=True)
class ClinicSuspended(Event, name="referrals.clinic.suspended.v1"):
    """No new offers go to a clinic from now on; archived: for good, also when it was suspended before."""

    clinic_id: ClinicId
    reason: Annotated[str, Meta(description="operator, credentials or archived.", examples=["credentials"])]


@dataclass(frozen=True, kw_only=True)
class ClinicReinstated(Event, name="referrals.clinic.reinstated.v1"):
    """A clinic takes offers again."""

    clinic_id: ClinicId


@dataclass(frozen=True, kw_only=True)
class CredentialReminderDue(Event, name="referrals.clinic-credential.reminder-due.v1"):
    """Timer: a credential of a clinic will lapse in `days_left` days."""

    credential_id: CredentialId
    days_left: Annotated[int, Meta(description="Days until its last day.", examples=[30])]


@dataclass(frozen=True, kw_only=True)
class CredentialLapseDue(Event, name="referrals.clinic-credential.lapse-due.v1"):
    """Timer: the last day of a clinic's credential is over."""

    credential_id: CredentialId


@dataclass(frozen=True, kw_only=True)
class ScreeningSubmitted(Event, name="referrals.screening.submitted.v1"):
    """A member finished a questionnaire; its result is read, not announced."""

    screening_id: Annotated[UUID, Meta(description="The finished questionnaire.")]
    member_id: MemberId


@dataclass(frozen=True, kw_only=True)
class ScreeningConsentWithdrawn(Event, name="referrals.screening.consent-withdrawn.v1"):
    """A member took back that their answers are kept and used: no clinic is asked by them any more."""

    member_id: MemberId


@dataclass(frozen=True, kw_only=True)
class AttentionNeeded(Event, name="referrals.screening.attention-needed.v1"):
    """Somebody of the benefit's team should look at their list; why is for them to find out, not announced."""

    case_id: Annotated[UUID, Meta(description="The entry of the operators' list.")]
    member_id: MemberId


@dataclass(frozen=True, kw_only=True)
class AttentionOverdue(Event, name="referrals.screening.attention-overdue.v1"):
    """Timer: somebody should have taken up an entry of the operators' list by now."""

    case_id: Annotated[UUID, Meta(description="The entry of the operators' list.")]
    alarm: Annotated[int, Meta(description="Which alarm of the entry this is.", examples=[1])]


@dataclass(frozen=True, kw_only=True)
class RequestOpened(Event, name="referrals.request.opened.v1"):
    """A member asked for care: routing begins."""

    request_id: RequestId
    member_id: MemberId


@dataclass(frozen=True, kw_only=True)
class RequestWithdrawn(Event, name="referrals.request.withdrawn.v1"):
    """The member took the request back; open offers are withdrawn."""

    request_id: RequestId
    member_id: MemberId


@dataclass(frozen=True, kw_only=True)
class RequestUnplaced(Event, name="referrals.request.unplaced.v1"):
    """Nobody is left to ask: the request is on the operator's list."""

    request_id: RequestId
    member_id: MemberId


@dataclass(frozen=True, kw_only=True)
class RequestChanged(Event, name="referrals.request.changed.v1"):
    """The member wishes otherwise: what was offered for the old wishes is void."""

    request_id: RequestId
    member_id: MemberId


@dataclass(frozen=True, kw_only=True)
class RequestMoved(Event, name="referrals.request.moved.v1"):
    """An accepted request ended, and another takes its place: the clinic was changed, or gave the member up."""

    request_id: RequestId
    member_id: MemberId
    next_request_id: Annotated[UUID, Meta(description="The request that takes its place.")]


@dataclass(frozen=True, kw_only=True)
class RequestReturned(Event, name="referrals.request.returned.v1"):
    """A clinic called off all sessions: the request in the place of the accepted one waits for a person."""

    request_id: RequestId
    member_id: MemberId


@dataclass(frozen=True, kw_only=True)
class RequestLapsed(Event, name="referrals.request.lapsed.v1"):
    """Cover ended before a clinic accepted: nobody is asked any more."""

    request_id: RequestId
    member_id: MemberId


@dataclass(frozen=True, kw_only=True)
class RequestOverdue(Event, name="referrals.request.overdue.v1"):
    """Timer: what had to happen with a request did not, unless a newer alarm was set since."""

    request_id: RequestId
    alarm: Annotated[int, Meta(description="Which alarm of the request this is.", examples=[1])]


@dataclass(frozen=True, kw_only=True)
class RequestCoverCheckDue(Event, name="referrals.request.cover-check-due.v1"):
    """Timer: the member's cover was to end by now."""

    request_id: RequestId


@dataclass(frozen=True, kw_only=True)
class OfferMade(Event, name="referrals.offer.made.v1"):
    """A clinic is asked, and has until `respond_by`."""

    offer_id: OfferId
    request_id: RequestId
    clinic_id: ClinicId
    respond_by: Annotated[datetime, Meta(tz=True, description="Until when the clinic may answer.")]


@dataclass(frozen=True, kw_only=True)
class OfferAnswerDue(Event, name="referrals.offer.answer-due.v1"):
    """Timer: the time to answer an offer is over."""

    offer_id: OfferId


@dataclass(frozen=True, kw_only=True)
class OfferAccepted(Event, name="referrals.offer.accepted.v1"):
    """A clinic said yes: exactly one per request."""

    offer_id: OfferId
    request_id: RequestId
    clinic_id: ClinicId
    member_id: MemberId


@dataclass(frozen=True, kw_only=True)
class OfferClosed(Event, name="referrals.offer.closed.v1"):
    """An offer ended without a yes: `outcome` is declined, expired or withdrawn."""

    offer_id: OfferId
    request_id: RequestId
    clinic_id: ClinicId
    outcome: Annotated[str, Meta(description="declined, expired or withdrawn.", examples=["declined"])]


@dataclass(frozen=True, kw_only=True)
class ClinicMessageReceived(Event, name="referrals.clinic-message.received.v1"):
    """A clinic's verified webhook was stored; `message_id` is the clinic's own id for it."""

    receipt_id: Annotated[UUID, Meta(description="The stored message.")]
    clinic_id: ClinicId
    message_id: Annotated[str, Meta(description="The clinic's own id of the message.", examples=["msg_1"])]


@dataclass(frozen=True, kw_only=True)
class ApiClientChanged(Event, name="referrals.api-client.changed.v1"):
    """A clinic's access for software was created, given another secret, or revoked."""

    client_id: Annotated[UUID, Meta(description="The client, by its client_id.")]
    clinic_id: ClinicId
    change: Annotated[str, Meta(description="created, rotated or revoked.", examples=["created"])]


@dataclass(frozen=True, kw_only=True)
class SandboxAnswerDue(Event, name="referrals.sandbox.answer-due.v1"):
    """Timer: the time to answer a test offer is over."""

    offer_id: Annotated[UUID, Meta(description="The test offer.")]
