"""An event's walk: what happened, which reactions still wait, and what was delivered about it; ids and codes only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from workers.deliveries.models import Attempt, Delivery
from workers.kernel.errors import NotFound
from workers.kernel.leases import Status
from workers.outbox.models import EventRecord, Job


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """A message about the event to one endpoint, with its attempts, oldest first."""

    id: UUID
    endpoint_id: UUID
    type: str
    status: str
    created_at: datetime
    attempts: list[Attempt]


@dataclass(frozen=True, kw_only=True)
class Walk:
    """One event; `trace` finds the rest of its walk in the log. `jobs` are open: what has run is gone."""

    id: UUID
    type: str
    aggregate_type: str
    aggregate_id: UUID
    aggregate_version: int
    occurred_at: datetime
    trace: str
    jobs: list[dict[str, Any]]
    deliveries: list[Delivered]


def walk_of(event_id: UUID) -> Walk:
    """Return an event's walk. Raises NotFound."""
    event = EventRecord.objects.filter(pk=event_id).defer("data").first()
    if event is None:
        raise NotFound("There is no such event.")
    jobs = Job.objects.filter(event=event_id).order_by("consumer")
    return Walk(
        id=event.id,
        type=event.type,
        aggregate_type=event.aggregate_type,
        aggregate_id=event.aggregate_id,
        aggregate_version=event.aggregate_version,
        occurred_at=event.occurred_at,
        trace=event.trace,
        jobs=[_job(job) for job in jobs],
        deliveries=_deliveries(event_id),
    )


def _job(job: Job) -> dict[str, Any]:
    return {
        "id": job.pk,
        "consumer": job.consumer,
        "lane": job.lane,
        "status": status_name(job.status),
        "attempts": job.attempts,
        "due_at": job.due_at,
    }


def _deliveries(event_id: UUID) -> list[Delivered]:
    about = Delivery.objects.filter(event_id=event_id).defer("body").order_by("pk")
    return [
        Delivered(
            id=delivery.pk,
            endpoint_id=delivery.endpoint_id,
            type=delivery.type,
            created_at=delivery.created_at,
            status=status_name(delivery.status),
            attempts=sorted(delivery.tries.all(), key=lambda attempt: attempt.number),
        )
        for delivery in about.select_related("open").prefetch_related("tries")
    ]


def status_name(status: int) -> str:
    """Return a status in lower case: "ready", "done", "parked", "dead"."""
    return Status(status).name.lower()
