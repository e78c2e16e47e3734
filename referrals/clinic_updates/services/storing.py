"""Taking in a clinic's signed message: checked, stored, announced; a worker applies it (applying.py)."""

from datetime import datetime
from uuid import UUID

from referrals.clinic_updates import rules
from referrals.courses.rules import is_future, is_plausible
from referrals.events import ClinicMessageReceived
from referrals.messages import TYPES
from workers.kernel.errors import DomainError, Invalid
from workers.receipts.receiving import receive


class UnknownMessageType(Invalid):
    """The message's type is none of ours."""

    code = "unknown_message_type"


class WrongMessageData(Invalid):
    """The data has not the shape of the message's type, or the message says it was written in the future."""

    code = "wrong_message_data"


class MalformedMessage(DomainError):
    """The body is no message at all."""

    code = "malformed_message"
    status = 400


def store(*, clinic_id: UUID, message_id: str, body: bytes, now: datetime) -> bool:
    """Store a verified message, to be applied by a worker; False when it had been stored before.

    Raises MalformedMessage, UnknownMessageType, WrongMessageData, BadMessageId, OtherBodySameId.
    """
    _check(body, now)

    def announce(receipt_id: UUID) -> ClinicMessageReceived:
        return ClinicMessageReceived(receipt_id=receipt_id, clinic_id=clinic_id, message_id=message_id)

    return receive(
        source="clinics",
        message_id=message_id,
        sender_id=clinic_id,
        body=body.decode(),
        announce=announce,
        now=now,
    )


def _check(body: bytes, now: datetime) -> None:
    try:
        envelope = rules.read_envelope(body)
        rules.read_data(envelope.type, envelope.data)
    except rules.Malformed as error:
        raise MalformedMessage(str(error)) from None
    except rules.UnknownType as error:
        raise UnknownMessageType(str(error), known=list(TYPES)) from None
    except rules.WrongData as error:
        raise WrongMessageData(str(error)) from None
    if is_future(envelope.timestamp, now=now) or not is_plausible(envelope.timestamp, now=now):
        raise WrongMessageData("timestamp is when the message was written: not ahead, and within the last year.")
