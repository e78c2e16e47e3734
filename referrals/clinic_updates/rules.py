"""The messages that clinics send: their types, and the shape of each one's data (docs/contract.md)."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\x00]*\Z")]  # PostgreSQL stores no NUL
Slots = Annotated[int, msgspec.Meta(ge=0, le=10_000)]


class Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base: a field that is not declared is an error and not ignored."""


class ReferralAccepted(Data, frozen=True):
    """The clinic says yes to an offer."""

    offer_id: UUID


class ReferralDeclined(Data, frozen=True):
    """The clinic says no to an offer."""

    offer_id: UUID
    reason: Reason


class SessionScheduled(Data, frozen=True):
    """The clinic agrees to a session, at the proposed time or another."""

    course_id: UUID
    session_id: UUID
    starts_at: Instant


class SessionRescheduled(Data, frozen=True):
    """The clinic moves a session."""

    session_id: UUID
    starts_at: Instant


class SessionCompleted(Data, frozen=True):
    """A session took place."""

    session_id: UUID
    completed_at: Instant


class SessionCancelled(Data, frozen=True):
    """The clinic calls a session off. The reason stays in the stored notice: it may say something about health."""

    session_id: UUID
    reason: Reason


class SessionNoShow(Data, frozen=True):
    """The member did not come."""

    session_id: UUID


class CapacityUpdated(Data, frozen=True):
    """How many more people the clinic can take."""

    open_slots: Slots


TYPES: dict[str, type[Data]] = {
    "referral.accepted": ReferralAccepted,
    "referral.declined": ReferralDeclined,
    "session.scheduled": SessionScheduled,
    "session.rescheduled": SessionRescheduled,
    "session.completed": SessionCompleted,
    "session.cancelled": SessionCancelled,
    "session.no_show": SessionNoShow,
    "capacity.updated": CapacityUpdated,
}


class Envelope(msgspec.Struct, frozen=True):
    """What is around every message: its type, when the clinic wrote it, and its data."""

    type: str
    timestamp: Instant
    data: dict[str, Any]


class Malformed(ValueError):
    """The body is not a JSON object in UTF-8 with type, timestamp and data."""


class UnknownType(ValueError):
    """No message has this type."""


class WrongData(ValueError):
    """The data does not have the shape of its type; the message says where."""


def read_envelope(body: bytes) -> Envelope:
    """Return a message's envelope. Raises Malformed."""
    try:
        text = body.decode("utf-8")
        return msgspec.json.decode(text, type=Envelope)
    except UnicodeDecodeError:
        raise Malformed("The body is not UTF-8.") from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise Malformed(f"The body is not a JSON object with type, timestamp and data: {error}") from None


def read_data(envelope: Envelope) -> Data:
    """Return a message's data in the struct of its type. Raises UnknownType, WrongData."""
    if envelope.type not in TYPES:
        raise UnknownType(f"The type is none of {', '.join(TYPES)}.")
    try:
        return msgspec.convert(envelope.data, TYPES[envelope.type])
    except msgspec.ValidationError as error:
        raise WrongData(f"data of {envelope.type}: {error}") from None
