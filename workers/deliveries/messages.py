"""Queueing a typed message (workers/messages.py) to the endpoints of its reader."""

from datetime import datetime
from uuid import UUID

from workers.deliveries.queueing import queue_delivery
from workers.messages import WebhookMessage


def queue_message(
    message: WebhookMessage, *, owner_id: UUID, event_id: UUID, now: datetime, ordering_key: UUID | None = None
) -> int:
    """Queue `message` to the endpoints of `owner_id` that want its type, once per event and type; return to how many.

    At an ordered endpoint messages of one `ordering_key` arrive in the order of their queueing.
    """
    return queue_delivery(
        owner_id=owner_id,
        type=message.type,
        data=message.to_data(),
        event_id=event_id,
        now=now,
        ordering_key=ordering_key,
    )
