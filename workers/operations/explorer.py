"""Looking for events: the newest, those of a type, those about one thing. Without their payloads."""

from functools import cache
from uuid import UUID

from django.apps import apps
from django.db.models import QuerySet

from workers.kernel.aggregate import Aggregate
from workers.operations.walk import Walk
from workers.outbox.models import EventRecord

SAMPLE = 20_000  # of the newest events, among which those of a type are looked for: bounded, for types have no index


def list_events(*, type: str = "", about: UUID | None = None) -> QuerySet[EventRecord]:
    """Return events without their data: of a type among the newest SAMPLE, or all about one thing. Not ordered."""
    events = EventRecord.objects.defer("data")
    if about is not None:
        return events.filter(aggregate_type__in=_aggregate_types(), aggregate_id=about)
    if type:
        newest = EventRecord.objects.order_by("-pk").values("pk")[:SAMPLE]
        return events.filter(pk__in=newest, type=type)
    return events


def list_beside(event: Walk, *, most: int = 20) -> list[EventRecord]:
    """Return what happened to the same thing just before and after an event, itself among it, in its order."""
    first = max(event.aggregate_version - most // 2, 0)
    about = EventRecord.objects.defer("data").filter(
        aggregate_type=event.aggregate_type,
        aggregate_id=event.aggregate_id,
        aggregate_version__range=(first, first + most),
    )
    return list(about.order_by("aggregate_version"))


@cache
def _aggregate_types() -> tuple[str, ...]:
    """The names under which things are announced, timers among them: the index begins with them."""
    models = [model for model in apps.get_models() if issubclass(model, Aggregate)]
    return (*(model._meta.label_lower for model in models), "workers.timer")
