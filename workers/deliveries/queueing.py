"""Endpoints, and queueing a message to those of an owner."""

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from workers.deliveries.addresses import is_endpoint_url
from workers.deliveries.models import Delivery, Direction, Endpoint, EndpointSecret, EndpointState, Signature
from workers.deliveries.signing import for_receiver, new_key, new_secret
from workers.kernel.bells import ring
from workers.kernel.errors import DomainError, Invalid
from workers.kernel.ids import new_id
from workers.kernel.trace import current_trace, traced
from workers.kernel.words import Sentence
from workers.messages import EndpointTest, WebhookMessage, list_outbound

_NO_ADDRESS = Sentence("“%(url)s” is not an https address of a public host, without credentials.")
_REGISTERED = Sentence("%(url)s is registered already.")


class BadEndpointUrl(Invalid):
    """A webhook address must be https with a public host."""

    code = "bad_endpoint_url"


class EndpointTaken(DomainError):
    """The owner has this address already."""

    code = "endpoint_taken"


class UnknownEventType(Invalid):
    """There is no message of this type: `known` lists those that there are."""

    code = "unknown_event_type"


def register_endpoint(
    *,
    owner_id: UUID,
    url: str,
    events: Collection[str] = (),
    ordered: bool = False,
    signing: str = Signature.HMAC,
) -> Endpoint:
    """Register an address of `owner_id` with two fresh secrets, one per direction, for messages of the types `events`.

    The row returned knows its secrets, as the receiver needs them, and no other row does. Raises BadEndpointUrl,
    UnknownEventType, EndpointTaken.
    """
    if not is_endpoint_url(url):
        raise BadEndpointUrl(_NO_ADDRESS(url=url))
    require_types(events)
    endpoint = Endpoint(owner_id=owner_id, url=url, events=sorted(set(events)), ordered=ordered, signing=signing)
    try:
        with transaction.atomic():
            endpoint.save(force_insert=True)
    except IntegrityError:
        raise EndpointTaken(_REGISTERED(url=url)) from None
    endpoint.signing_secrets = [add_secret(endpoint, Direction.OUT)]
    endpoint.inbound_secrets = [add_secret(endpoint, Direction.IN)]
    return endpoint


def add_secret(endpoint: Endpoint, direction: Direction) -> str:
    """Give an endpoint its current secret of a direction and return it as the endpoint's owner needs it."""
    is_pair = direction == Direction.OUT and endpoint.signing == Signature.ED25519
    value = new_key() if is_pair else new_secret()
    row = EndpointSecret(endpoint=endpoint, owner_id=endpoint.owner_id, direction=direction, value=value)
    EndpointSecret.objects.bulk_create([row])  # which reads nothing back: it may not
    return for_receiver(value)


def require_types(events: Collection[str]) -> None:
    """Raises UnknownEventType for one that is not in the catalogue."""
    known = [message.type for message in list_outbound()]
    if unknown := sorted(set(events) - set(known)):
        raise UnknownEventType(f"There are no messages of the type {', '.join(unknown)}.", known=known)


def queue_delivery(
    *,
    owner_id: UUID,
    type: str,
    data: dict[str, Any],
    event_id: UUID,
    now: datetime,
    ordering_key: UUID | None = None,
) -> int:
    """Queue one message to every endpoint of `owner_id` that wants its type, and return to how many.

    Once per event and type: queueing again does nothing. At an ordered endpoint messages of one `ordering_key` arrive
    in the order of their queueing. One for a paused endpoint waits.
    """
    body = _body(type, data, now)
    endpoints = _endpoints_for(owner_id, type)
    return _insert([_delivery(endpoint, type, body, event_id, now, ordering_key) for endpoint in endpoints])


def _insert(deliveries: Sequence[Delivery]) -> int:
    Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)
    if deliveries:
        ring("webhooks")
    return len(deliveries)


def is_reachable(owner_id: UUID, type: str) -> bool:
    """Whether a message of this type would be queued to any address of `owner_id`, were there one now."""
    return _endpoints_for(owner_id, type).exists()


def _endpoints_for(owner_id: UUID, type: str) -> QuerySet[Endpoint]:
    wanted = Q(events=[]) | Q(events__contains=[type])
    return Endpoint.objects.filter(wanted, owner_id=owner_id).exclude(state=EndpointState.DISABLED)


def queue_message(
    message: WebhookMessage, *, owner_id: UUID, event_id: UUID, now: datetime, ordering_key: UUID | None = None
) -> int:
    """Queue a typed message (workers/messages.py) as `queue_delivery` does: this is what apps call."""
    return queue_delivery(
        owner_id=owner_id,
        type=message.type,
        data=message.to_data(),
        event_id=event_id,
        now=now,
        ordering_key=ordering_key,
    )


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """A message to whom it may reach, as `queue_message` takes it; `trace` is of the walk that it belongs to."""

    message: WebhookMessage
    owner_id: UUID
    event_id: UUID
    ordering_key: UUID | None = None
    trace: str = field(default_factory=current_trace)


def queue_messages(outgoing: Sequence[Outgoing], *, now: datetime) -> list[int]:
    """Queue many messages, in their order, by one statement; return of each to how many endpoints it goes."""
    reachable: dict[UUID, list[Endpoint]] = defaultdict(list)
    for endpoint in Endpoint.objects.filter(owner_id__in={one.owner_id for one in outgoing}).exclude(
        state=EndpointState.DISABLED
    ):
        reachable[endpoint.owner_id].append(endpoint)
    queued = [_deliveries(one, reachable[one.owner_id], now) for one in outgoing]
    _insert([delivery for deliveries in queued for delivery in deliveries])
    return [len(deliveries) for deliveries in queued]


def _deliveries(one: Outgoing, endpoints: Sequence[Endpoint], now: datetime) -> list[Delivery]:
    message = one.message
    body = _body(message.type, message.to_data(), now)
    wanting = [endpoint for endpoint in endpoints if not endpoint.events or message.type in endpoint.events]
    with traced(one.trace):
        return [_delivery(endpoint, message.type, body, one.event_id, now, one.ordering_key) for endpoint in wanting]


def queue_test(endpoint: Endpoint, *, now: datetime) -> Delivery:
    """Queue an `endpoint.test` message to one endpoint, whatever types it wants."""
    message = EndpointTest()
    delivery = _delivery(endpoint, message.type, _body(message.type, message.to_data(), now), new_id(), now, None)
    delivery.save(force_insert=True)
    ring("webhooks")
    return delivery


def _body(type: str, data: dict[str, Any], now: datetime) -> str:
    return json.dumps({"type": type, "timestamp": now.isoformat(), "data": data}, separators=(",", ":"))


def _delivery(
    endpoint: Endpoint, type: str, body: str, event_id: UUID, now: datetime, ordering_key: UUID | None
) -> Delivery:
    pk = new_id()
    return Delivery(
        id=pk,
        message_id=pk,
        endpoint=endpoint,
        owner_id=endpoint.owner_id,
        event_id=event_id,
        type=type,
        ordering_key=ordering_key,
        body=body,
        created_at=now,
    )
