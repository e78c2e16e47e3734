"""What the mail provider tells: an address bounces, a reader complains, an e-mail arrived.

django-anymail checks and reads each provider's webhook; its Django signals are not used.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.module_loading import import_string

from workers.emails.addresses import hash_of
from workers.emails.events import AddressStopped
from workers.emails.models import MOST_REASON, Email, StoppedAddress, StopReason
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.errors import DomainError, Invalid, NotFound
from workers.kernel.leases import Status
from workers.outbox.publishing import publish

# By name: it is the web's to read notices, and workers send e-mails without them.
PROVIDERS = {
    "postmark": "anymail.webhooks.postmark.PostmarkTrackingWebhookView",
    "mailgun": "anymail.webhooks.mailgun.MailgunTrackingWebhookView",
}
_STOPS = {"bounced": StopReason.BOUNCED, "rejected": StopReason.BOUNCED, "complained": StopReason.COMPLAINED}
_TOOK = ("queued", "sent", "delivered", "deferred", "bounced", "rejected", "complained", "opened", "clicked")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class NoticeRefused(DomainError):
    """It is not signed by the mail provider, or cannot be read."""

    code = "notice_refused"
    status = 400


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What a provider tells of one e-mail; `status` is anymail's word, `email_id` None for one that is not ours."""

    status: str
    recipient: str
    email_id: UUID | None


def read_notices(request: HttpRequest) -> list[Notice]:
    """Return what a provider's request tells. Raises NotFound where no provider is set, NoticeRefused."""
    if settings.MAIL_PROVIDER not in PROVIDERS:
        raise NotFound("No mail provider is set.")
    from anymail.exceptions import AnymailWebhookValidationFailure  # noqa: PLC0415 - see PROVIDERS

    reader = import_string(PROVIDERS[settings.MAIL_PROVIDER])()
    try:
        reader.run_validators(request)
        told = reader.parse_events(request)
    except AnymailWebhookValidationFailure:
        raise NoticeRefused("The mail provider's signature or password is missing or wrong.") from None
    except Exception:
        raise NoticeRefused("This is no notice of the mail provider that is set.") from None
    return [_notice(event) for event in told]


def take(notices: Iterable[Notice], *, now: datetime) -> None:
    """Act on what a provider tells; again changes nothing."""
    with acting_as(WORKER):
        for notice in notices:
            if notice.email_id is not None and notice.status in _TOOK:
                _settle(notice.email_id, notice.status, now)
            if notice.status in _STOPS and notice.recipient:
                _stop(notice.recipient, _STOPS[notice.status], now)


def release(*, stopped_address_id: UUID, operator_id: UUID, reason: str, now: datetime) -> StoppedAddress:
    """Send to an address again, and keep why; a second release changes nothing. Raises NotFound, Invalid."""
    if not 0 < len(reason.strip()) <= MOST_REASON:
        raise Invalid("Say why it is released.", errors={"reason": [f"Between 1 and {MOST_REASON} letters."]})
    with transaction.atomic():
        stopped = StoppedAddress.locked(pk=stopped_address_id)
        if stopped.released_at is None:
            stopped.released_at, stopped.released_by, stopped.release_reason = now, operator_id, reason.strip()
            stopped.save(update_fields=["released_at", "released_by", "release_reason"])
    return stopped


def list_stopped() -> QuerySet[StoppedAddress]:
    """Return the addresses that nothing is sent to; released ones are history."""
    return StoppedAddress.objects.filter(released_at=None)


def _notice(event: object) -> Notice:
    """`email` in the metadata is what our header asked the provider to repeat; some repeat our Message-ID itself."""
    metadata = getattr(event, "metadata", None) or {}
    named = f"{metadata.get('email', '')} {getattr(event, 'message_id', '')}"
    found = _ID.search(named)
    return Notice(
        status=str(getattr(event, "event_type", "")),
        recipient=str(getattr(event, "recipient", None) or ""),
        email_id=UUID(found[0]) if found else None,
    )


def _settle(email_id: UUID, status: str, now: datetime) -> None:
    """Whatever the provider says of an e-mail, it took it: one that was held in doubt was sent."""
    mine = Email.objects.filter(pk=email_id)
    if mine.update(provider_status=status):
        mine.filter(status=Status.DEAD, last_error__startswith="in doubt").update(
            status=Status.DONE, sent_at=now, last_error=""
        )


def _stop(address: str, reason: StopReason, now: datetime) -> None:
    """The unique index decides whether it was stopped before."""
    stopped = StoppedAddress(address_hash=hash_of(address), address=address, reason=reason, stopped_at=now)
    try:
        with transaction.atomic():
            stopped.save(force_insert=True)
    except IntegrityError:
        return
    publish(AddressStopped(stopped_address_id=stopped.pk, reason=reason), about=stopped, now=now)
