"""Reading the messages that clinics send (referrals/messages.py): what has another shape is refused in words."""

from enum import StrEnum
from typing import Any

import msgspec

from referrals.messages import TYPES, Data, Instant


class Channel(StrEnum):
    """The door by which a clinic's word came."""

    WEBHOOK = "webhook"
    API = "api"
    LINK = "link"
    PORTAL = "portal"


class Choice(StrEnum):
    """What a page asks about an offer."""

    ACCEPT = "accept"
    DECLINE = "decline"


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


def read_data(type: str, data: dict[str, Any]) -> Data:
    """Return a message's data in the struct of its type. Raises UnknownType, WrongData."""
    if type not in TYPES:
        raise UnknownType(f"The type is none of {', '.join(TYPES)}.")
    try:
        return msgspec.convert(data, TYPES[type])
    except msgspec.ValidationError as error:
        raise WrongData(f"data of {type}: {error}") from None


def type_of(data: Data) -> str:
    """Return the type of a message by its data."""
    return next(name for name, struct in TYPES.items() if struct is type(data))
