"""Storing a verified notice once and announcing it."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from workers.events import Event
from workers.kernel.errors import DomainError, NotFound
from workers.outbox.publishing import publish
from workers.receipts.models import Receipt


class OtherBodySameId(DomainError):
    """The sender used one message id for two different bodies."""

    code = "message_id_reused"


def receive(
    *,
    source: str,
    message_id: str,
    body: str,
    announce: Callable[[UUID], Event],
    now: datetime,
    sender_id: UUID | None = None,
) -> bool:
    """Store a notice and publish `announce(receipt id)` about it; False when it had been stored before.

    The caller has verified the sender. Raises OtherBodySameId when the id was used for another body.
    """
    receipt = Receipt(source=source, message_id=message_id, sender_id=sender_id, body=body, received_at=now)
    with transaction.atomic():
        Receipt.objects.bulk_create([receipt], ignore_conflicts=True)
        stored = Receipt.objects.get(source=source, sender_id=sender_id, message_id=message_id)
        if stored.body != body:
            raise OtherBodySameId(f"Message {message_id} came before with another body.")
        if stored.pk != receipt.pk:
            return False
        publish(announce(receipt.pk), about=receipt, now=now)
    return True


def read(receipt_id: UUID) -> dict[str, Any]:
    """Return a notice's JSON body. Raises NotFound."""
    receipt = Receipt.objects.filter(pk=receipt_id).first()
    if receipt is None:
        raise NotFound("There is no such receipt.")
    body: dict[str, Any] = json.loads(receipt.body)
    return body
