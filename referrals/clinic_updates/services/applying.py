"""Letting what a clinic says take effect, by whichever door it came, and recording the outcome.

A clinic touches only what is its own. Everything here runs as a worker.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from referrals.clinic_updates import rules
from referrals.clinic_updates.models import ClinicUpdate, Outcome
from referrals.clinic_updates.services.handling import Context, Done, handle, standing_of
from referrals.courses.rules import Channel
from referrals.messages import Data, ReferralAccepted, ReferralDeclined, ReferralWithdrawn
from referrals.offers import services as offers
from referrals.offers.models import Offer
from workers.deliveries.queueing import queue_message
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.errors import DomainError, NotFound
from workers.kernel.inserting import insert_all
from workers.receipts.receiving import read

_DOORS = {
    rules.Channel.WEBHOOK: Channel.WEBHOOK,
    rules.Channel.API: Channel.API,
    rules.Channel.LINK: Channel.PORTAL,
    rules.Channel.PORTAL: Channel.PORTAL,
}


def apply(*, receipt_id: UUID, clinic_id: UUID, message_id: str, received_at: datetime, now: datetime) -> None:
    """Let a message that was stored at `received_at` take effect, and record the outcome, in the caller's transaction.

    A refusal is an outcome and not a failure: it is recorded and never tried again. The service that refused has rolled
    its own work back.
    """
    envelope = msgspec.convert(read(receipt_id), rules.Envelope)
    context = Context(clinic_id=clinic_id, written_at=envelope.timestamp, received_at=received_at, now=now)
    data = rules.read_data(envelope.type, envelope.data)
    update = _update(context, envelope.type, receipt_id=receipt_id, message_id=message_id)
    state: dict[str, Any] = {}
    try:
        done = handle(data, context)
    except DomainError as refusal:
        done, state = Done(code=refusal.code), refusal.extra
        _explain(data, refusal, receipt_id, context)
    _record(update, data, done, state.get("state", ""))


def answer(
    *, clinic_id: UUID, data: Data, channel: rules.Channel, now: datetime, tests_only: bool = False
) -> ClinicUpdate:
    """Let a clinic's word take effect at once, while whoever said it waits, and return the recorded outcome.

    With `tests_only` it may be about the sandbox's offers and nothing else. An outcome with a code had an effect that
    stays (the last place was taken: the offer is closed). Raises the refusals of the services, each with the present
    `state` and `version` of what it is about, and keeps nothing of them.
    """
    context = Context(
        clinic_id=clinic_id,
        written_at=now,
        received_at=now,
        now=now,
        tests_only=tests_only,
        channel=_DOORS[channel],
    )
    update = _update(context, rules.type_of(data), channel=channel)
    with acting_as(WORKER):
        try:
            done = handle(data, context)
        except DomainError as refusal:
            refusal.extra = _standing(data, clinic_id, refusal) | refusal.extra
            raise
        _record(update, data, done)
    return update


def answer_offer(
    *, offer_id: UUID, clinic_id: UUID, choice: rules.Choice, reason: str, channel: rules.Channel, now: datetime
) -> ClinicUpdate:
    """Take a yes, or a no and why, that somebody gave on a page. Raises as `answer`."""
    accepted = ReferralAccepted(offer_id=offer_id)
    declined = ReferralDeclined(offer_id=offer_id, reason=reason)
    data = accepted if choice == rules.Choice.ACCEPT else declined
    return answer(clinic_id=clinic_id, data=data, channel=channel, now=now)


def open_offer(*, offer_id: UUID, clinic_id: UUID, now: datetime) -> Offer:
    """Return an offer that a clinic's staff opened, and note that they have it before them. Raises NotFound."""
    with acting_as(WORKER):
        return offers.receive(offer_id=offer_id, clinic_id=clinic_id, now=now)


def _update(context: Context, type: str, **known: Any) -> ClinicUpdate:
    return ClinicUpdate(
        clinic_id=context.clinic_id, type=type, written_at=context.written_at, recorded_at=context.now, **known
    )


def _record(update: ClinicUpdate, data: Data, done: Done, state: str = "") -> None:
    """Keep the outcome with where its offer or session stands now; `state` is what a refusal said about it."""
    update.code, offer = done.code, done.offer
    update.outcome = Outcome.REFUSED if update.code else Outcome.APPLIED
    standing = (str(offer.status), offer.version) if offer else standing_of(data, update.clinic_id)
    update.state, update.version = standing
    update.state = state or update.state
    insert_all([update])


def _standing(data: Data, clinic_id: UUID, refusal: DomainError) -> dict[str, Any]:
    """What a refusal is to tell besides; of what is another's or unknown, nothing."""
    if isinstance(refusal, NotFound):
        return {}
    state, version = standing_of(data, clinic_id)
    return {"state": state, "version": version} if state else {}


def _explain(data: Data, refusal: DomainError, receipt_id: UUID, context: Context) -> None:
    """Tell a clinic whose acceptance came too late that the offer is gone, so that it holds no place free."""
    if isinstance(data, ReferralAccepted) and not isinstance(refusal, NotFound):
        gone = ReferralWithdrawn(offer_id=data.offer_id)
        queue_message(
            gone,
            owner_id=context.clinic_id,
            event_id=receipt_id,
            ordering_key=data.offer_id,
            now=context.now,
        )
