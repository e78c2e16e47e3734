"""Sending again what was delivered, or given up.

A replay is a delivery of its own, with tries of its own, of the same message: it keeps the `webhook-id`. Standard
Webhooks makes that id the receiver's idempotency key, so one that has taken the message takes it once; a receiver that
lost it takes the replay as the first.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, QuerySet

from workers.deliveries.models import Delivery, Endpoint, EndpointState, OpenDelivery
from workers.kernel.bells import ring
from workers.kernel.errors import DomainError, Invalid, NotFound
from workers.kernel.ids import new_id
from workers.kernel.leases import Status

_KEY = ("endpoint_id", "message_id")
_OUTER = (OuterRef("endpoint"), OuterRef("message_id"))
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
        _require_enabled(delivery.endpoint_id)
        if _waiting(delivery.endpoint_id, delivery.message_id).exists():
            raise StillOpen("This message is still being delivered: its next try comes by itself.")
        return _queue([delivery], now)[0]


def replay_range(*, endpoint_id: UUID, since: datetime, until: datetime, only_dead: bool, now: datetime) -> int:
    """Queue again the messages first queued in [since, until) and return how many; of open ones none.

    `only_dead` leaves out what was delivered, at first or by a replay. Raises NotFound, EndpointDisabled, TooMany,
    Invalid for a window that ends before it begins.
    """
    if until <= since:
        raise Invalid("The window ends before it begins: `until` is after `since`.")
    with transaction.atomic():
        _require_enabled(endpoint_id)
        chosen = list(_messages(endpoint_id, since, until, only_dead)[: MOST_REPLAYED + 1])
        if len(chosen) > MOST_REPLAYED:
            raise TooMany(f"The window holds more than {MOST_REPLAYED} messages: choose a shorter one.")
        return len(_queue(chosen, now))


def revive(dead: QuerySet[OpenDelivery], *, now: datetime) -> int:
    """Let dead deliveries be tried anew, as if never tried, and return how many; their attempts so far are kept.

    Left out are those of disabled endpoints, and of a message all but the newest, or all where one is open.
    """
    with transaction.atomic():
        endpoints = Endpoint.objects.select_for_update().filter(pk__in=set(dead.values_list("endpoint_id", flat=True)))
        able = [endpoint.pk for endpoint in endpoints.order_by("pk") if endpoint.state != EndpointState.DISABLED]
        chosen = dead.filter(endpoint__in=able).exclude(Exists(_waiting(*_OUTER)))
        newest = {(endpoint, message): pk for endpoint, message, pk in chosen.order_by("seq").values_list(*_KEY, "pk")}
        ring("webhooks")
        return OpenDelivery.objects.filter(pk__in=newest.values()).update(
            status=Status.READY,
            earlier_attempts=F("earlier_attempts") + F("attempts"),
            attempts=0,
            due_at=now,
            lease_until=None,
        )


def drop(dead: QuerySet[OpenDelivery]) -> int:
    """Delete dead deliveries with their attempts, and return how many: what they say is not sent."""
    return Delivery.objects.filter(pk__in=dead.values("pk"))._raw_delete("default")


def _messages(endpoint_id: UUID, since: datetime, until: datetime, only_dead: bool) -> QuerySet[Delivery]:
    """The first delivery of each message to send again."""
    first = Delivery.objects.filter(endpoint=endpoint_id, replay_no=0, created_at__gte=since, created_at__lt=until)
    if only_dead:
        same = Delivery.objects.filter(endpoint=endpoint_id, message_id=OuterRef("message_id"))
        first = first.exclude(Exists(same.filter(open=None)))
    return first.exclude(Exists(_waiting(*_OUTER))).order_by("seq")


def _waiting(endpoint_id: UUID | OuterRef, message_id: UUID | OuterRef) -> QuerySet[OpenDelivery]:
    """What of a message is on its way to an endpoint, or waits."""
    return OpenDelivery.objects.filter(endpoint=endpoint_id, message_id=message_id, status=Status.READY)


def _require_enabled(endpoint_id: UUID) -> None:
    """Hold the endpoint's lock: two replays of one message get different numbers. Raises NotFound, EndpointDisabled."""
    if Endpoint.locked(pk=endpoint_id).state == EndpointState.DISABLED:
        raise EndpointDisabled("Nothing is sent to a disabled endpoint: enable it first.")


def _queue(originals: Sequence[Delivery], now: datetime) -> list[Delivery]:
    """Queue each anew, in order, and return them; the endpoint is locked: what was not open is not now."""
    if not originals:
        return []
    same = Delivery.objects.filter(
        endpoint=originals[0].endpoint_id, message_id__in=[original.message_id for original in originals]
    )
    last = dict(same.values_list("message_id").annotate(Max("replay_no")))
    copies = [_copy(original, last[original.message_id] + 1, now) for original in originals]
    Delivery.objects.bulk_create(copies)
    ring("webhooks")
    return copies


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
    )
