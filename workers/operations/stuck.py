"""Rows that do not go on by themselves: dead ones, and those parked behind a dead one; ids and codes only.

A row's `consumer` is what its work is: a job's reaction, an e-mail's template, a delivery's message type. Its `reason`
is the last error up to its first parenthesis, so that errors which differ in their values are one reason.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, F, Func, Max, Q, QuerySet, Value
from django.db.models.functions import Left, Trim

from workers.events import UnknownEvent
from workers.kernel.errors import Invalid
from workers.kernel.leases import STUCK, Leased, Status
from workers.status import QUEUES
from workers.timers.firing import strange_kinds

CONSUMERS = {"jobs": "consumer", "deliveries": "delivery__type", "emails": "template"}
_ELSEWHERE = {
    "jobs": {"trace": "event__trace"},
    "deliveries": {"id": "delivery_id", "trace": "delivery__trace", "event_id": "delivery__event_id"},
}
STATUSES = {"dead": Status.DEAD, "parked": Status.PARKED}
SAMPLE = 10_000  # rows of each kind that are grouped by error: enough to see what goes wrong, and bounded
REASON_LENGTH = 100


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """Which rows are meant: those of `ids`, or all that match what is given of the others."""

    ids: Sequence[str] = field(default=())
    consumer: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Rows of one consumer that failed for one reason; `newest` is when the newest one is or was due.

    Of the queue "timers" are those that should have fired and are of a kind (`consumer`) that no event has any more.
    """

    queue: str
    consumer: str
    reason: str
    status: str
    rows: int
    newest: datetime


def model_of(queue: str) -> type[Leased]:
    """Return the queue's table. Raises Invalid for a name that is none."""
    try:
        return QUEUES[queue]
    except KeyError:
        raise Invalid(f"There is no queue {queue!r}: it is one of {', '.join(QUEUES)}.") from None


def rows_of(queue: str, chosen: Chosen, *statuses: Status) -> QuerySet[Any]:
    """Return the chosen rows of these statuses, newest first, with `work` and `reason`. Raises Invalid."""
    if "\x00" in chosen.consumer + chosen.reason:
        raise Invalid("No consumer and no reason holds a NUL.")
    model = model_of(queue)
    rows = model._default_manager.filter(status__in=statuses).annotate(work=F(CONSUMERS[queue]), reason=_reason())
    if chosen.ids:
        rows = rows.filter(pk__in=_parsed(model, chosen.ids))
    if chosen.consumer:
        rows = rows.filter(work=chosen.consumer)
    if chosen.reason:
        rows = rows.filter(reason=_cut(chosen.reason))
    return rows.order_by("-pk")


def list_stuck(queue: str, *, status: str = "", consumer: str = "", reason: str = "") -> QuerySet[Any]:
    """Return dead and parked rows, or only those of one `status`, newest first. Raises Invalid."""
    if status and status not in STATUSES:
        raise Invalid(f"There is no status {status!r} here: it is one of {', '.join(STATUSES)}.")
    statuses = (STATUSES[status],) if status else STUCK
    rows = rows_of(queue, Chosen(consumer=consumer, reason=reason), *statuses)
    found: QuerySet[Any] = rows.annotate(**{name: F(path) for name, path in _ELSEWHERE.get(queue, {}).items()})
    return found


def page_of(rows: QuerySet[Any], *, before: str, size: int) -> tuple[list[Any], str]:
    """Return the rows after the one with the key `before`, and the next page's `before`, if any. Raises Invalid."""
    if before:
        rows = rows.filter(pk__lt=_parsed(rows.model, [before])[0])
    found = list(rows[: size + 1])
    return found[:size], str(found[size - 1].pk) if len(found) > size else ""


def troubles(*, now: datetime) -> list[Trouble]:
    """Return what goes wrong most: dead rows and those backing off, by consumer and reason, the newest SAMPLE each.

    And timers that nobody knows how to fire.
    """
    found = [*_strange_timers(now)] + [
        trouble
        for queue, model in QUEUES.items()
        for status, which in {
            "dead": Q(status=Status.DEAD),
            "later": Q(status=Status.READY, due_at__gt=now, attempts__gt=0),
        }.items()
        for trouble in _grouped(queue, status, model._default_manager.filter(which))
    ]
    return sorted(found, key=lambda trouble: -trouble.rows)


def _strange_timers(now: datetime) -> Iterator[Trouble]:
    for kind, rows, newest in strange_kinds(now=now, most=SAMPLE):
        reason = str(UnknownEvent(kind))
        yield Trouble(queue="timers", consumer=kind, reason=reason, status="later", rows=rows, newest=newest)


def _grouped(queue: str, status: str, rows: QuerySet[Any]) -> list[Trouble]:
    sample = rows.order_by("-pk").values("pk")[:SAMPLE]
    groups = (
        model_of(queue)
        ._default_manager.filter(pk__in=sample)
        .annotate(work=F(CONSUMERS[queue]), reason=_reason())
        .values("work", "reason")
        .annotate(rows=Count("pk"), newest=Max("due_at"))
    )
    return [
        Trouble(
            queue=queue,
            consumer=group["work"],
            reason=group["reason"],
            status=status,
            rows=group["rows"],
            newest=group["newest"],
        )
        for group in groups
    ]


def _cut(reason: str) -> str:
    """A reason as it is shown, of one that was given in full."""
    return reason.partition("(")[0][:REASON_LENGTH].strip()


def _reason() -> Trim:
    code = Func(F("last_error"), Value("("), Value(1), function="split_part", output_field=models.TextField())
    return Trim(Left(code, REASON_LENGTH))


def _parsed(model: type[Leased], ids: Sequence[str]) -> list[Any]:
    """Ids as the table's key has them; one that is out of its range is no row's, and no error of PostgreSQL."""
    key: Any = model._meta.pk
    try:
        parsed = [key.to_python(text) for text in ids]
    except ValidationError:
        raise Invalid("An id is not one of this queue's.") from None
    if any(isinstance(each, int) and not 0 < each < 2**63 for each in parsed):
        raise Invalid("An id is not one of this queue's.")
    return parsed
