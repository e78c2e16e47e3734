"""Opening and closing work items."""

import logging
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from billing.work_items.models import WorkItem
from workers.kernel.errors import DomainError, Invalid

log = logging.getLogger(__name__)
LONGEST_RESOLUTION = 500  # characters of the column
BY_ITSELF = "It ended by itself."


class AlreadyClosed(DomainError):
    """Somebody else closed the item."""

    code = "work_item_closed"


def open_item(
    *,
    kind: str,
    key: str,
    now: datetime,
    subject_id: UUID | None = None,
    reference: str = "",
    amount_cents: int | None = None,
    due_at: datetime | None = None,
    **detail: Any,
) -> None:
    """Have a person look at something, once per `key`; acts as a worker. `detail`: ids, codes and cents."""
    item = WorkItem(
        kind=kind,
        key=key,
        subject_id=subject_id,
        reference=reference,
        amount_cents=amount_cents,
        due_at=due_at,
        detail=detail,
        opened_at=now,
    )
    WorkItem.objects.bulk_create([item], ignore_conflicts=True)
    log.warning("work item kind=%s key=%s due_at=%s", kind, key, due_at)


def close(*, item_id: UUID, user_id: UUID, resolution: str, now: datetime) -> WorkItem:
    """Note what an operator did about an item. Takes its lock. Raises NotFound, Invalid and AlreadyClosed."""
    words = resolution.strip()
    if not 1 <= len(words) <= LONGEST_RESOLUTION:
        raise Invalid(f"Say in 1 to {LONGEST_RESOLUTION} characters what was done.")
    with transaction.atomic():
        item = WorkItem.locked(pk=item_id)
        if item.closed_at is not None:
            raise AlreadyClosed(f"This item was closed at {item.closed_at:%Y-%m-%d %H:%M} UTC.")
        item.closed_at, item.closed_by, item.resolution = now, user_id, words
        item.save(update_fields=["closed_at", "closed_by", "resolution"])
    return item


def close_if_open(*, key: str, resolution: str = BY_ITSELF, now: datetime) -> None:
    """Close an item whose trouble is over, where there is one; acts as a worker."""
    WorkItem.objects.filter(key=key, closed_at=None).update(closed_at=now, resolution=resolution)
