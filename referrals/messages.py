"""What referrals tells clinics, and what clinics tell it: the data of each webhook message (docs/events.md).

What a clinic is told before it accepts is thin: nothing of it says who the member is (docs/facts.md, "Privacy rules").
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from workers.messages import WebhookMessage, inbound

OfferId = Annotated[UUID, Meta(description="The offer, as `referral.offered` named it.")]
CourseId = Annotated[UUID, Meta(description="The course of treatment, as `referral.confirmed` named it.")]
SessionId = Annotated[UUID, Meta(description="The session, as `course.updated` named it.")]
Test = Annotated[bool, Meta(description="Whether this is about a test offer of the sandbox: about nobody.")]
OfferVersion = Annotated[int, Meta(description="Grows with each change of the offer; an answer may name it.")]
SessionVersion = Annotated[int, Meta(description="Grows with each change of the session; a message may name it.")]
Route = Literal["iv", "im", "sublingual", "nasal"]
Protocol = Literal["concurrent", "separated", "sequential"]
Format = Literal["individual", "group"]
Kind = Literal["consultation", "preparation", "dosing", "integration", "follow_up"]
SessionState = Literal["proposed", "scheduled", "completed", "cancelled", "no_show"]
Result = Literal["proceed", "clinician_review", "urgent"]


@dataclass(frozen=True, kw_only=True)
class RequestSummary:
    """The least that lets a clinic decide."""

    routes: Annotated[list[Route], Meta(description="The routes that the member would take; none named: any.")]
    protocol: Annotated[Protocol | Literal[""], Meta(description="The protocol wanted; empty: any.")]
    format: Annotated[Format | Literal[""], Meta(description="Alone or in a group; empty: any.")]
    language: Annotated[str, Meta(description="The language to be treated in.", examples=["en"])]
    state: Annotated[str, Meta(description="The US state the member lives in, two letters.", examples=["NY"])]
    age_band: Annotated[str, Meta(description='"under 18", "18-24", "25-34" … "65+".', examples=["35-44"])]
    result_of_screening: Annotated[Result, Meta(description="What the questionnaire ended with.")]


@dataclass(frozen=True, kw_only=True)
class SessionSummary:
    """A session as it stands."""

    session_id: Annotated[UUID, Meta(description="The session; its messages name it by this.")]
    kind: Annotated[Kind, Meta(description="What the session is for.")]
    starts_at: Annotated[datetime, Meta(tz=True, description="When it begins: proposed, or agreed with the member.")]
    ends_at: Annotated[datetime, Meta(tz=True, description="When it ends.")]
    status: Annotated[SessionState, Meta(description="Where it stands; completed, cancelled and no_show are final.")]
    version: SessionVersion = 0
    suggested_starts_at: Annotated[
        Annotated[datetime, Meta(tz=True)] | None,
        Meta(description="When it should begin instead, since something else moved: to be answered by rescheduling."),
    ] = None


@dataclass(frozen=True, kw_only=True)
class ReferralOffered(WebhookMessage, type="referral.offered"):
    """A clinic is asked to take somebody; it answers with `referral.accepted` or `referral.declined`."""

    offer_id: Annotated[UUID, Meta(description="The offer; the answer names it.")]
    respond_by: Annotated[datetime, Meta(tz=True, description="Until when the answer is awaited.")]
    request: Annotated[RequestSummary, Meta(description="What is asked for.")]
    version: OfferVersion = 0
    test: Test = False


@dataclass(frozen=True, kw_only=True)
class ReferralWithdrawn(WebhookMessage, type="referral.withdrawn"):
    """An offer takes no answer any more: its time is over, the member withdrew, or an acceptance came too late.

    After one whose time was over `referral.confirmed` may follow: a yes had come in time, and was worked off later.
    """

    offer_id: OfferId
    test: Test = False


@dataclass(frozen=True, kw_only=True)
class ReferralConfirmed(WebhookMessage, type="referral.confirmed"):
    """The acceptance took effect: who the member is can be read at /api/v1/clinic/referrals/{referral_id}/."""

    offer_id: OfferId
    referral_id: Annotated[UUID, Meta(description="The referral, to be read in full.")]
    course_id: Annotated[UUID, Meta(description="The course of treatment that begins.")]
    test: Test = False


@dataclass(frozen=True, kw_only=True)
class CourseUpdated(WebhookMessage, type="course.updated"):
    """All sessions of a course as they stand; the newest message replaces what earlier ones said."""

    course_id: CourseId
    sessions: Annotated[list[SessionSummary], Meta(description="Every session of the course.")]


Instant = Annotated[datetime, Meta(tz=True)]
Expected = Annotated[
    Annotated[int, Meta(ge=0)] | None,
    Meta(description="The version that the clinic answers to; it is refused when there is a newer one by now."),
]
_NO_NUL = r"^[^\x00]*$"  # PostgreSQL stores no NUL


class Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of what clinics tell: a field that is not declared is an error and not ignored."""


class ReferralReceived(Data, frozen=True):
    """The clinic has an offer before it, and will answer: nobody has to ask whether it arrived."""

    offer_id: OfferId
    expected_version: Expected = None


class ReferralAccepted(Data, frozen=True):
    """The clinic says yes to an offer."""

    offer_id: OfferId
    expected_version: Expected = None


class ReferralDeclined(Data, frozen=True):
    """The clinic says no to an offer."""

    offer_id: OfferId
    reason: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=200,
            pattern=_NO_NUL,
            description="no_capacity, not_a_fit, out_of_scope, schedule, language or other; any other word is refused "
            "when it is applied.",
            examples=["no_capacity"],
        ),
    ]
    expected_version: Expected = None


class SessionScheduled(Data, frozen=True):
    """The clinic agrees to a session, at the proposed time or another."""

    course_id: CourseId
    session_id: SessionId
    starts_at: Annotated[Instant, Meta(description="When the session begins, within a year.")]
    expected_version: Expected = None


class SessionRescheduled(Data, frozen=True):
    """The clinic moves a session."""

    session_id: SessionId
    starts_at: Annotated[Instant, Meta(description="When the session begins now, within a year.")]
    expected_version: Expected = None


class SessionCompleted(Data, frozen=True):
    """A session took place."""

    session_id: SessionId
    completed_at: Annotated[Instant, Meta(description="When it ended; not in the future.")]
    expected_version: Expected = None


class SessionCancelled(Data, frozen=True):
    """The clinic calls a session off. The reason stays in the stored notice: it may say something about health."""

    session_id: SessionId
    reason: Annotated[
        str,
        Meta(min_length=1, max_length=200, pattern=_NO_NUL, description="Why, in a few words.", examples=["ill"]),
    ]
    expected_version: Expected = None


class SessionNoShow(Data, frozen=True):
    """The member did not come."""

    session_id: SessionId
    expected_version: Expected = None


class CapacityUpdated(Data, frozen=True):
    """How many more people the clinic can take."""

    open_slots: Annotated[int, Meta(ge=0, le=10_000, description="Free places, now.", examples=[4])]


TYPES: dict[str, type[Data]] = inbound(
    source="clinics",
    types={
        "referral.received": ReferralReceived,
        "referral.accepted": ReferralAccepted,
        "referral.declined": ReferralDeclined,
        "session.scheduled": SessionScheduled,
        "session.rescheduled": SessionRescheduled,
        "session.completed": SessionCompleted,
        "session.cancelled": SessionCancelled,
        "session.no_show": SessionNoShow,
        "capacity.updated": CapacityUpdated,
    },
)
