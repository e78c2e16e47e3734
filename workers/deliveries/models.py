"""Endpoints of other systems, what is to be delivered to them, and every attempt.

A delivery: ready → done; or dead after the last try or when its endpoint is gone (410).
An endpoint: active → disabled (410, or five days of failing); an operator makes it active again.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, cleaned_often, seen_by
from workers.kernel.encryption import EncryptedJSONField
from workers.kernel.ids import new_id
from workers.kernel.leases import STUCK, Leased, Status
from workers.kernel.trace import TRACE_LENGTH, current_trace

OWN = "owner_id = {clinic}"


class Endpoint(Aggregate):
    """A clinic's webhook address. `signing_secrets` sign what we send, `inbound_secrets` what it sends."""

    tenant_field = "owner_id"

    owner_id = models.UUIDField()
    url = models.URLField(max_length=500)
    is_active = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=200, blank=True, default="")
    failing_since = models.DateTimeField(null=True)
    signing_secrets = EncryptedJSONField()
    inbound_secrets = EncryptedJSONField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner_id", "url"], name="endpoint_url_once"),
            *seen_by(
                "endpoint",
                auth=(EVERY, "select"),
                clinic=(
                    OWN,
                    "select (id, version, owner_id, url, is_active, disabled_reason, failing_since)",
                ),
                operator=(EVERY, "select, insert, update"),
                worker=(EVERY, "select, update"),
            ),
        ]


class Delivery(Leased):
    """One message to one endpoint, known by its id. `body` is kept encrypted, sent byte for byte as it was queued."""

    max_attempts = 10  # Standard Webhooks 1.0, "Deliverability and reliability"

    id = models.UUIDField(primary_key=True, default=new_id)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="deliveries")
    owner_id = models.UUIDField()
    event_id = models.UUIDField()
    replay_no = models.PositiveSmallIntegerField(default=0)
    type = models.CharField(max_length=60)
    body = EncryptedJSONField()
    trace = models.CharField(max_length=TRACE_LENGTH, blank=True, default=current_trace)

    class Meta:
        constraints: ClassVar = [
            cleaned_often("delivery"),
            models.UniqueConstraint(fields=["event_id", "endpoint", "type", "replay_no"], name="delivery_once"),
            *seen_by(
                "delivery",
                clinic=(OWN, "select"),
                operator=(EVERY, "select, insert, update, delete"),
                worker=(EVERY, "select, insert, update, delete"),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["endpoint", "due_at", "id"], condition=Q(status=Status.READY), name="delivery_due"),
            models.Index(fields=["status", "id"], condition=Q(status__in=STUCK), name="delivery_stuck"),
        ]


class Attempt(models.Model):
    """One try of a delivery and what came of it: a status code, or the class of the error."""

    id = models.UUIDField(primary_key=True, default=new_id)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="tries")
    owner_id = models.UUIDField()
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    status_code = models.PositiveSmallIntegerField(null=True)
    error_class = models.CharField(max_length=60, blank=True, default="")
    duration_ms = models.PositiveIntegerField()

    class Meta:
        db_table = "workers_delivery_attempt"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["delivery", "number"], name="attempt_number_once"),
            *seen_by(
                "attempt",
                clinic=(OWN, "select"),
                operator=(EVERY, "select, delete"),  # with the delivery that an operator drops
                worker=(EVERY, "select, insert, update (at), delete"),  # rows are locked before they are deleted
            ),
        ]
