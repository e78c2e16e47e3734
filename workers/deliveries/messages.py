"""Queueing a typed message (workers/messages.py) to the endpoints of its reader."""

from datetime import datetime
from uuid import UUID

from workers.deliveries.queueing import queue_delivery
from workers.messages import WebhookMessage


def queue_message(message: WebhookMessage, *, owner_id: UUID, event_id: UUID, now: datetime) -> int:
    """Queue `message` to every active endpoint of `owner_id`, once per event and type, and return to how many."""
    return queue_delivery(owner_id=owner_id, type=message.type, data=message.to_data(), event_id=event_id, now=now)
