"""What an owner or an operator does about an endpoint. The database shows owners their own, and others nothing.

active ⇄ paused      active, paused --disable--> disabled --enable--> active
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from workers.deliveries.models import Delivery, Direction, Endpoint, EndpointSecret, EndpointState
from workers.deliveries.queueing import add_secret, queue_test, require_types
from workers.deliveries.signing import OVERLAP
from workers.kernel.bells import ring
from workers.kernel.errors import DomainError
from workers.kernel.words import gettext_noop as _


class EndpointNotInState(DomainError):
    """The endpoint is in another state than this needs: `state` names it."""

    code = "endpoint_not_in_state"


def change(*, endpoint_id: UUID, events: Collection[str] | None = None, **settings: Any) -> Endpoint:
    """Change which types of messages an endpoint wants, and other `settings` by their column; None changes nothing.

    Raises NotFound, UnknownEventType.
    """
    require_types(events or ())
    fields = {"events": None if events is None else sorted(set(events)), **settings}
    changed = {name: value for name, value in fields.items() if value is not None}
    with transaction.atomic():
        endpoint = Endpoint.locked(pk=endpoint_id)
        for name, value in changed.items():
            setattr(endpoint, name, value)
        if changed:
            endpoint.save(update_fields=list(changed))
    return endpoint


def set_rate(*, endpoint_id: UUID, rate_per_s: int | None) -> Endpoint:
    """Limit an endpoint to so many attempts a second, or lift the limit with None. Raises NotFound."""
    with transaction.atomic():
        endpoint = Endpoint.locked(pk=endpoint_id)
        endpoint.rate_per_s, endpoint.paced_until = rate_per_s, None
        endpoint.save(update_fields=["rate_per_s", "paced_until"])
    return endpoint


def pause(*, endpoint_id: UUID) -> Endpoint:
    """Send nothing for now: messages wait. Again changes nothing. Raises NotFound, EndpointNotInState."""
    return _move(endpoint_id, {EndpointState.ACTIVE, EndpointState.PAUSED}, EndpointState.PAUSED)


def resume(*, endpoint_id: UUID) -> Endpoint:
    """Send again, what waited first. Again changes nothing. Raises NotFound, EndpointNotInState."""
    return _move(endpoint_id, {EndpointState.ACTIVE, EndpointState.PAUSED}, EndpointState.ACTIVE)


def disable(*, endpoint_id: UUID) -> Endpoint:
    """Take an address out of service: nothing more is queued for it. Again changes nothing. Raises NotFound.

    What waits stays, and goes out once it is enabled; other addresses of its owner get what is queued from now on.
    """
    return _move(endpoint_id, set(EndpointState), EndpointState.DISABLED, reason=_("Taken out of service."))


def enable(*, endpoint_id: UUID) -> Endpoint:
    """Make a disabled endpoint active, as if it had never failed; what died of it can be replayed.

    Raises NotFound, EndpointNotInState.
    """
    return _move(endpoint_id, {EndpointState.DISABLED}, EndpointState.ACTIVE)


def rotate(*, endpoint_id: UUID, direction: str, now: datetime) -> str:
    """Replace the secret of a direction and return the new one, as the owner needs it; nobody can read it again.

    The former works beside it for 24 hours; one that was rotated out before ends now. Raises NotFound.
    """
    with transaction.atomic():
        endpoint = Endpoint.locked(pk=endpoint_id)
        secrets = EndpointSecret.objects.filter(endpoint=endpoint, direction=direction)
        secrets.filter(valid_until__gt=now).update(valid_until=now)
        secrets.filter(valid_until=None).update(valid_until=now + OVERLAP)
        return add_secret(endpoint, Direction(direction))


def send_test(*, endpoint_id: UUID, now: datetime) -> Delivery:
    """Queue an `endpoint.test` message and return its delivery. Raises NotFound, EndpointNotInState when disabled."""
    with transaction.atomic():
        endpoint = Endpoint.locked(pk=endpoint_id)
        _require(endpoint, {EndpointState.ACTIVE, EndpointState.PAUSED})
        return queue_test(endpoint, now=now)


def _move(endpoint_id: UUID, sources: set[EndpointState], to: EndpointState, *, reason: str = "") -> Endpoint:
    with transaction.atomic():
        endpoint = Endpoint.locked(pk=endpoint_id)
        _require(endpoint, sources)
        if endpoint.state == to:
            return endpoint
        endpoint.failing_since, endpoint.failures, endpoint.breaker_until = None, 0, None  # of what it is from now on
        endpoint.state, endpoint.disabled_reason = to, reason
        health = ["failing_since", "failures", "breaker_until"]
        endpoint.save(update_fields=["state", "disabled_reason", *health])
        if to == EndpointState.ACTIVE:
            ring("webhooks")
    return endpoint


def _require(endpoint: Endpoint, states: set[EndpointState]) -> None:
    if endpoint.state not in states:
        raise EndpointNotInState(f"The endpoint is {endpoint.state}.", state=endpoint.state)
