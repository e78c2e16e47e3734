"""What referrals announces."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from workers.events import Event


@dataclass(frozen=True, kw_only=True)
class ClinicSigned(Event, name="referrals.clinic.signed.v1"):
    """A clinic joined the directory."""

    clinic_id: UUID


@dataclass(frozen=True, kw_only=True)
class ClinicCapacityChanged(Event, name="referrals.clinic.capacity-changed.v1"):
    """A clinic told how many more people it can take."""

    clinic_id: UUID


@dataclass(frozen=True, kw_only=True)
class ScreeningSubmitted(Event, name="referrals.screening.submitted.v1"):
    """A member finished a questionnaire; its result is read, not announced."""

    screening_id: UUID
    member_id: UUID


@dataclass(frozen=True, kw_only=True)
class RequestOpened(Event, name="referrals.request.opened.v1"):
    """A member asked for care: routing begins."""

    request_id: UUID
    member_id: UUID


@dataclass(frozen=True, kw_only=True)
class RequestWithdrawn(Event, name="referrals.request.withdrawn.v1"):
    """The member took the request back; open offers are withdrawn."""

    request_id: UUID
    member_id: UUID


@dataclass(frozen=True, kw_only=True)
class RequestUnplaced(Event, name="referrals.request.unplaced.v1"):
    """Nobody is left to ask: the request is on the operator's list."""

    request_id: UUID
    member_id: UUID


@dataclass(frozen=True, kw_only=True)
class OfferMade(Event, name="referrals.offer.made.v1"):
    """A clinic is asked, and has until `respond_by`."""

    offer_id: UUID
    request_id: UUID
    clinic_id: UUID
    respond_by: datetime


@dataclass(frozen=True, kw_only=True)
class OfferAnswerDue(Event, name="referrals.offer.answer-due.v1"):
    """Timer: the time to answer an offer is over."""

    offer_id: UUID


@dataclass(frozen=True, kw_only=True)
class OfferAccepted(Event, name="referrals.offer.accepted.v1"):
    """A clinic said yes: exactly one per request."""

    offer_id: UUID
    request_id: UUID
    clinic_id: UUID
    member_id: UUID


@dataclass(frozen=True, kw_only=True)
class OfferClosed(Event, name="referrals.offer.closed.v1"):
    """An offer ended without a yes: `outcome` is declined, expired or withdrawn."""

    offer_id: UUID
    request_id: UUID
    clinic_id: UUID
    outcome: str


@dataclass(frozen=True, kw_only=True)
class ClinicMessageReceived(Event, name="referrals.clinic-message.received.v1"):
    """A clinic's verified webhook was stored; `message_id` is the clinic's own id for it."""

    receipt_id: UUID
    clinic_id: UUID
    message_id: str


@dataclass(frozen=True, kw_only=True)
class CoursePlanned(Event, name="referrals.course.planned.v1"):
    """The sessions of an accepted referral were proposed."""

    course_id: UUID
    request_id: UUID
    clinic_id: UUID
    member_id: UUID


@dataclass(frozen=True, kw_only=True)
class CourseClosed(Event, name="referrals.course.closed.v1"):
    """All sessions of a course are final: `outcome` is completed, or cancelled when none took place."""

    course_id: UUID
    request_id: UUID
    member_id: UUID
    outcome: str


@dataclass(frozen=True, kw_only=True)
class SessionChanged(Event, name="referrals.session.changed.v1"):
    """A session was scheduled, rescheduled, completed, cancelled or missed: `status` tells its state now."""

    session_id: UUID
    course_id: UUID
    status: str


@dataclass(frozen=True, kw_only=True)
class SessionReminderDue(Event, name="referrals.session.reminder-due.v1"):
    """Timer: `rule` names the reminder, `generation` the session's appointment it was made for."""

    session_id: UUID
    rule: str
    generation: int
