"""Taking in a clinic's message, and applying it: one service call per type, which returns a code when it had no effect.

A clinic touches only what is its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction

from referrals import messages
from referrals.clinic_updates import rules
from referrals.clinic_updates.models import ClinicUpdate, Outcome
from referrals.clinics import services as clinics
from referrals.courses.rules import is_future, is_plausible
from referrals.courses.services import sessions
from referrals.events import ClinicMessageReceived
from referrals.offers import services as offers
from workers.deliveries.queueing import queue_message
from workers.kernel.errors import DomainError, Invalid, NotFound
from workers.receipts.receiving import read, receive


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


@dataclass(frozen=True, kw_only=True)
class Context:
    """Who sent a message, when they wrote it, and the present instant (both UTC)."""

    clinic_id: UUID
    written_at: datetime
    now: datetime


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


def apply(*, receipt_id: UUID, clinic_id: UUID, message_id: str, now: datetime) -> None:
    """Let a stored message take effect, and record the outcome.

    A refusal is an outcome and not a failure: it is recorded and never tried again.
    """
    envelope = msgspec.convert(read(receipt_id), rules.Envelope)
    context = Context(clinic_id=clinic_id, written_at=envelope.timestamp, now=now)
    update = ClinicUpdate(receipt_id=receipt_id, clinic_id=clinic_id, message_id=message_id, type=envelope.type)
    update.recorded_at = now
    data = rules.read_data(envelope)
    with transaction.atomic():
        try:
            with transaction.atomic():
                update.code = _HANDLERS[type(data)](data, context) or ""
        except DomainError as refusal:
            update.code = refusal.code
            _explain(data, refusal, receipt_id, context)
        update.outcome = Outcome.REFUSED if update.code else Outcome.APPLIED
        update.save(force_insert=True)


def _check(body: bytes, now: datetime) -> None:
    try:
        envelope = rules.read_envelope(body)
        rules.read_data(envelope)
    except rules.Malformed as error:
        raise MalformedMessage(str(error)) from None
    except rules.UnknownType as error:
        raise UnknownMessageType(str(error), known=list(messages.TYPES)) from None
    except rules.WrongData as error:
        raise WrongMessageData(str(error)) from None
    if is_future(envelope.timestamp, now=now) or not is_plausible(envelope.timestamp, now=now):
        raise WrongMessageData("timestamp is when the message was written: not ahead, and within the last year.")


def _explain(data: messages.Data, refusal: DomainError, receipt_id: UUID, context: Context) -> None:
    """Tell a clinic whose acceptance came too late that the offer is gone, so that it holds no place free."""
    if isinstance(data, messages.ReferralAccepted) and not isinstance(refusal, NotFound):
        gone = messages.ReferralWithdrawn(offer_id=data.offer_id)
        queue_message(
            gone,
            owner_id=context.clinic_id,
            event_id=receipt_id,
            ordering_key=data.offer_id,
            now=context.now,
        )


def _accept(data: messages.ReferralAccepted, context: Context) -> str:
    """A yes of a clinic whose last slot is taken closes the offer, and that must stay: no error that rolls it back."""
    offer = offers.accept(offer_id=data.offer_id, clinic_id=context.clinic_id, now=context.now)
    return offer.reason


def _decline(data: messages.ReferralDeclined, context: Context) -> None:
    offers.decline(offer_id=data.offer_id, clinic_id=context.clinic_id, reason=data.reason, now=context.now)


def _schedule(data: messages.SessionScheduled, context: Context) -> None:
    sessions.schedule(
        session_id=data.session_id,
        course_id=data.course_id,
        clinic_id=context.clinic_id,
        starts_at=data.starts_at,
        reported_at=context.written_at,
        now=context.now,
    )


def _reschedule(data: messages.SessionRescheduled, context: Context) -> None:
    sessions.reschedule(
        session_id=data.session_id,
        clinic_id=context.clinic_id,
        starts_at=data.starts_at,
        reported_at=context.written_at,
        now=context.now,
    )


def _complete(data: messages.SessionCompleted, context: Context) -> None:
    sessions.complete(
        session_id=data.session_id, clinic_id=context.clinic_id, completed_at=data.completed_at, now=context.now
    )


def _cancel(data: messages.SessionCancelled, context: Context) -> None:
    sessions.cancel(session_id=data.session_id, clinic_id=context.clinic_id, now=context.now)


def _miss(data: messages.SessionNoShow, context: Context) -> None:
    sessions.mark_no_show(session_id=data.session_id, clinic_id=context.clinic_id, now=context.now)


def _set_capacity(data: messages.CapacityUpdated, context: Context) -> None:
    clinics.update_capacity(clinic_id=context.clinic_id, open_slots=data.open_slots, now=context.now)


_HANDLERS: Mapping[type[messages.Data], Callable[[Any, Context], str | None]] = {
    messages.ReferralAccepted: _accept,
    messages.ReferralDeclined: _decline,
    messages.SessionScheduled: _schedule,
    messages.SessionRescheduled: _reschedule,
    messages.SessionCompleted: _complete,
    messages.SessionCancelled: _cancel,
    messages.SessionNoShow: _miss,
    messages.CapacityUpdated: _set_capacity,
}
