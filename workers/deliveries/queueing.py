"""Endpoints, and queueing a message to those of an owner."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
from django.conf import settings
from django.db import transaction

from workers.deliveries.models import Delivery, Endpoint
from workers.deliveries.signing import new_secret
from workers.kernel.bells import ring
from workers.kernel.errors import Invalid


class BadEndpointUrl(Invalid):
    """A webhook address must be https with a public host."""

    code = "bad_endpoint_url"


def register_endpoint(*, owner_id: UUID, url: str) -> Endpoint:
    """Register an address of `owner_id` with two fresh secrets, one per direction. Raises BadEndpointUrl."""
    if not _is_address(url):
        raise BadEndpointUrl(f"{url!r} is not an https address without credentials.")
    endpoint = Endpoint(owner_id=owner_id, url=url, signing_secrets=[new_secret()], inbound_secrets=[new_secret()])
    with transaction.atomic():
        endpoint.save(force_insert=True)
    return endpoint


def queue_delivery(*, owner_id: UUID, type: str, data: dict[str, Any], event_id: UUID, now: datetime) -> int:
    """Queue one message to every active endpoint of `owner_id` and return to how many.

    Once per event and type: queueing again does nothing.
    """
    body = json.dumps({"type": type, "timestamp": now.isoformat(), "data": data}, separators=(",", ":"))
    endpoints = Endpoint.objects.filter(owner_id=owner_id, is_active=True)
    deliveries = [
        Delivery(endpoint=endpoint, owner_id=owner_id, event_id=event_id, type=type, body=body, due_at=now)
        for endpoint in endpoints
    ]
    Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)
    ring("webhooks")
    return len(deliveries)


def _is_address(url: str) -> bool:
    try:
        parts, sent_as = urlsplit(url), httpx.URL(url)
        port = parts.port
    except (ValueError, httpx.InvalidURL):
        return False
    is_plain = sent_as.host != "" and not parts.username and not parts.password and port != 0
    return is_plain and parts.scheme in _schemes() and bool(parts.hostname)


def _schemes() -> tuple[str, ...]:
    return ("https", "http") if settings.WEBHOOKS_ALLOW_LOOPBACK else ("https",)
