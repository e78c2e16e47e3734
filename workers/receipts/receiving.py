"""Storing a verified notice once and announcing it."""

import json
import logging
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from workers.events import Event
from workers.kernel.compiled import Compiled, Given
from workers.kernel.errors import DomainError, NotFound
from workers.outbox.publishing import publish_with
from workers.receipts.models import Receipt

log = logging.getLogger(__name__)

# One statement decides who was first, and announces it; of two at once the second waits for the first's commit.
_STORE = """
INSERT INTO workers_receipt (id, version, source, message_id, sender_id, body, received_at)
VALUES (%s, 1, %s, %s, %s, %s, %s) ON CONFLICT (source, sender_id, message_id) DO NOTHING
"""
_ONE = Compiled(lambda: Receipt.objects.filter(pk=Given("receipt_id")))


class BadMessageId(DomainError):
    """The sender's id of a message is not 1 to 200 printable ASCII characters."""

    code = "malformed_message"
    status = 400


class UnreadableBody(DomainError):
    """The body is not JSON that can be worked with."""

    code = "malformed_message"
    status = 400


class OtherBodySameId(DomainError):
    """The sender used one message id for two different bodies."""

    code = "message_id_reused"


def receive(
    *,
    source: str,
    message_id: str,
    body: str,
    announce: Callable[[UUID], Event | None],
    now: datetime,
    sender_id: UUID | None = None,
) -> bool:
    """Store a notice and publish `announce(receipt id)`, if anything, about it; False when it had been stored before.

    The caller has verified the sender. Needs an open transaction. Raises BadMessageId, UnreadableBody, and
    OtherBodySameId when the
    id was used for another body, which is logged as an error: somebody guesses, or the sender is broken.
    """
    if not 1 <= len(message_id) <= 200 or not message_id.isascii() or not message_id.isprintable():
        raise BadMessageId("A message id is 1 to 200 printable ASCII characters.")
    _check_is_readable(body)
    receipt = Receipt(source=source, message_id=message_id, sender_id=sender_id, body=body, received_at=now)
    sealed = Receipt._meta.get_field("body").pre_save(receipt, True)
    row = (receipt.pk, source, message_id, sender_id, sealed, now)
    told = announce(receipt.pk)
    is_new = _store(row) if told is None else publish_with(_STORE, row, told, about=receipt, now=now)
    if not is_new:
        _check_is_same(receipt, body)
    return is_new


def _store(row: tuple[Any, ...]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_STORE, row)
        return bool(cursor.rowcount == 1)


def _check_is_readable(body: str) -> None:
    """What could not be read again is refused now, while somebody hears of it: numbers of thousands of digits."""
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        raise UnreadableBody("The body is JSON that cannot be read: too deep, or a number is too long.") from None


def _check_is_same(receipt: Receipt, body: str) -> None:
    """Only here a stored body is decrypted: a repeat is rare."""
    key = {"source": receipt.source, "sender_id": receipt.sender_id, "message_id": receipt.message_id}
    if Receipt.objects.get(**key).body != body:
        log.error("message id reused with another body source=%(source)s sender=%(sender_id)s id=%(message_id)s", key)
        raise OtherBodySameId(f"Message {receipt.message_id} came before with another body.")


def read(receipt_id: UUID) -> dict[str, Any]:
    """Return a notice's JSON body. Raises NotFound."""
    receipt = _ONE.first(receipt_id=receipt_id)
    if receipt is None:
        raise NotFound("There is no such receipt.")
    return _opened(receipt)


def read_all(receipt_ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return the JSON bodies of notices. Raises NotFound when one is missing."""
    found = {receipt.pk: _opened(receipt) for receipt in Receipt.objects.filter(pk__in=list(receipt_ids))}
    if len(found) != len(receipt_ids):
        raise NotFound("There is no such receipt.")
    return found


def _opened(receipt: Receipt) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(receipt.body)
    return body
