"""Sending again what was delivered, or given up.

A replay is a delivery of its own, with tries of its own, of the same message: it keeps the `webhook-id`. Standard
Webhooks makes that id the receiver's idempotency key, so one that has taken the message takes it once; a receiver that
lost it takes the replay as the first.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, QuerySet

from workers.deliveries.models import Delivery, Endpoint, EndpointState
from workers.kernel.bells import ring
from workers.kernel.errors import DomainError, Invalid, NotFound
from workers.kernel.ids import new_id
from workers.kernel.leases import Status

_KEY = ("endpoint_id", "message_id")
MOST_REPLAYED = 2000  # messages at once: they are encrypted anew in the caller's request


class StillOpen(DomainError):
    """A delivery of the message is on its way, or waits."""

    code = "delivery_still_open"


class EndpointDisabled(DomainError):
    """Nothing is sent to a disabled endpoint: enable it first."""

    code = "endpoint_disabled"


class TooMany(Invalid):
    """The window holds more messages than are replayed at once: choose a shorter one."""

    code = "too_many_deliveries"


def replay(*, delivery_id: UUID, now: datetime) -> Delivery:
    """Queue the message of a delivery again, whatever became of it, and return the new delivery.

    Raises NotFound, EndpointDisabled, StillOpen.
    """
    with transaction.atomic():
        delivery = Delivery.objects.filter(pk=delivery_id).first()
        if delivery is None:
            raise NotFound("There is no such delivery.")
        _require_open(delivery.endpoint_id)
        queued = _queue([delivery], now)
        if not queued:
            raise StillOpen("This message is still being delivered: its next try comes by itself.")
    return queued[0]


def replay_range(*, endpoint_id: UUID, since: datetime, until: datetime, only_dead: bool, now: datetime) -> int:
    """Queue again the messages first queued in [since, until) and return how many; of open ones none.

    `only_dead` leaves out what was delivered, at first or by a replay. Raises NotFound, EndpointDisabled, TooMany,
    Invalid for a window that ends before it begins.
    """
    if until <= since:
        raise Invalid("The window ends before it begins: `until` is after `since`.")
    with transaction.atomic():
        _require_open(endpoint_id)
        chosen = list(_messages(endpoint_id, since, until, only_dead)[: MOST_REPLAYED + 1])
        if len(chosen) > MOST_REPLAYED:
            raise TooMany(f"The window holds more than {MOST_REPLAYED} messages: choose a shorter one.")
        return len(_queue(chosen, now))


def revive(dead: QuerySet[Delivery], *, now: datetime) -> int:
    """Let dead deliveries be tried anew, as if never tried, and return how many; their attempts so far are kept.

    Left out are those of disabled endpoints, and of a message all but the newest, or all where one is open.
    """
    with transaction.atomic():
        endpoints = Endpoint.objects.select_for_update().filter(pk__in=set(dead.values_list("endpoint_id", flat=True)))
        able = [endpoint.pk for endpoint in endpoints.order_by("pk") if endpoint.state != EndpointState.DISABLED]
        same = Delivery.objects.filter(endpoint=OuterRef("endpoint"), message_id=OuterRef("message_id"))
        chosen = dead.filter(endpoint__in=able).exclude(Exists(same.filter(status=Status.READY)))
        newest = {(endpoint, message): pk for endpoint, message, pk in chosen.order_by("seq").values_list(*_KEY, "pk")}
        ring("webhooks")
        return Delivery.objects.filter(pk__in=newest.values()).update(
            status=Status.READY,
            earlier_attempts=F("earlier_attempts") + F("attempts"),
            attempts=0,
            due_at=now,
            lease_until=None,
        )


def _messages(endpoint_id: UUID, since: datetime, until: datetime, only_dead: bool) -> QuerySet[Delivery]:
    """The first delivery of each message to send again."""
    same = Delivery.objects.filter(endpoint=endpoint_id, message_id=OuterRef("message_id"))
    spared = [Status.READY, Status.DONE] if only_dead else [Status.READY]
    first = Delivery.objects.filter(endpoint=endpoint_id, replay_no=0, created_at__gte=since, created_at__lt=until)
    return first.exclude(Exists(same.filter(status__in=spared))).order_by("seq")


def _require_open(endpoint_id: UUID) -> None:
    """Hold the endpoint's lock: two replays of one message get different numbers. Raises NotFound, EndpointDisabled."""
    if Endpoint.locked(pk=endpoint_id).state == EndpointState.DISABLED:
        raise EndpointDisabled("Nothing is sent to a disabled endpoint: enable it first.")


def _queue(deliveries: Iterable[Delivery], now: datetime) -> list[Delivery]:
    """Queue each anew, in order, and return those that were: a message that is open is not doubled."""
    originals = list(deliveries)
    if not originals:
        return []
    same = Delivery.objects.filter(
        endpoint=originals[0].endpoint_id, message_id__in=[original.message_id for original in originals]
    )
    last = dict(same.values_list("message_id").annotate(Max("replay_no")))
    copies = [_copy(original, last[original.message_id] + 1, now) for original in originals]
    Delivery.objects.bulk_create(copies, ignore_conflicts=True)
    ring("webhooks")
    stored = set(Delivery.objects.filter(pk__in=[copy.pk for copy in copies]).values_list("pk", flat=True))
    return [copy for copy in copies if copy.pk in stored]


def _copy(original: Delivery, replay_no: int, now: datetime) -> Delivery:
    return Delivery(
        id=new_id(),
        message_id=original.message_id,
        endpoint_id=original.endpoint_id,
        owner_id=original.owner_id,
        event_id=original.event_id,
        replay_no=replay_no,
        type=original.type,
        ordering_key=original.ordering_key,
        body=original.body,
        created_at=now,
        due_at=now,
    )
