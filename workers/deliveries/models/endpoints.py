"""Endpoints of other systems and their secrets.

An endpoint: active ⇄ paused by its owner; active → disabled (410, or five days of failing) → active by a person.
"""

from collections.abc import Sequence
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, TenantKey, seen_by
from workers.kernel.encryption import EncryptedJSONField
from workers.kernel.ids import new_id

OWN = "owner_id = {clinic}"
MAX_INFLIGHT = 10  # posts under way at one endpoint, unless an operator says otherwise
_SETTINGS = "version, state, disabled_reason, events, ordered, failing_since, failures, breaker_until"
_UNREAD = "insert, select (id, endpoint_id, owner_id, direction, valid_until), update (valid_until)"


class EndpointState(models.TextChoices):
    """Whether anything is sent there; what is queued for a paused endpoint waits."""

    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"


class Signature(models.TextChoices):
    """How deliveries are signed: one secret on both sides, or a key pair of which the receiver has the public half."""

    HMAC = "hmac"
    ED25519 = "ed25519"


class Direction(models.TextChoices):
    """A secret signs what we send, or what the endpoint's owner sends."""

    OUT = "out"
    IN = "in"


class Endpoint(Aggregate):
    """A clinic's webhook address, and how it is doing.

    `events` are the types it wants, none meaning all. `failures` counts failed attempts since the last good one;
    before `breaker_until` nothing is sent, after it one probe at a time until one succeeds. `claims`, `claimed_at` and
    `under_way` change with every claim: the last are the deliveries that were leased then, of which those that still
    are count against `max_inflight`. The rate's slots are given out up to `paced_until`, by the machine's clock.
    """

    tenant_field = "owner_id"
    # Shown once: known to the row that `register_endpoint` returns, and to no other.
    signing_secrets: Sequence[str] = ()
    inbound_secrets: Sequence[str] = ()

    owner_id = models.UUIDField()
    url = models.URLField(max_length=500)
    state = models.CharField(max_length=10, choices=EndpointState.choices, default=EndpointState.ACTIVE)
    disabled_reason = models.CharField(max_length=200, blank=True, default="")
    events = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    ordered = models.BooleanField(default=False)
    signing = models.CharField(max_length=10, choices=Signature.choices, default=Signature.HMAC)
    rate_per_s = models.PositiveSmallIntegerField(null=True)
    max_inflight = models.PositiveSmallIntegerField(default=MAX_INFLIGHT)
    failing_since = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    breaker_until = models.DateTimeField(null=True)
    paced_until = models.DateTimeField(null=True)
    claims = models.BigIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    under_way = ArrayField(models.UUIDField(), default=list)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner_id", "url"], name="endpoint_url_once"),
            models.UniqueConstraint(fields=["id", "owner_id"], name="endpoint_of_owner"),
            models.CheckConstraint(name="endpoint_state", condition=Q(state__in=EndpointState.values)),
            models.CheckConstraint(name="endpoint_signing", condition=Q(signing__in=Signature.values)),
            models.CheckConstraint(name="endpoint_max_inflight", condition=Q(max_inflight__gte=1)),
            models.CheckConstraint(name="endpoint_rate", condition=Q(rate_per_s__isnull=True) | Q(rate_per_s__gte=1)),
            *seen_by(
                "endpoint",
                clinic=(OWN, f"select, insert, update ({_SETTINGS})"),
                operator=(EVERY, "select, insert, update"),
                worker=(EVERY, "select, insert, update"),
            ),
        ]


class EndpointSecret(models.Model):
    """A key of one direction. A rotated one is valid until its end; exactly one has none.

    Nobody who makes or ends a secret can read it again: only workers, and the door for inbound messages, do.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="secrets")
    owner_id = models.UUIDField()
    direction = models.CharField(max_length=3, choices=Direction.choices)
    value = EncryptedJSONField()
    valid_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "workers_endpoint_secret"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["endpoint", "direction"], condition=Q(valid_until=None), name="endpoint_secret_current_once"
            ),
            models.CheckConstraint(name="endpoint_secret_direction", condition=Q(direction__in=Direction.values)),
            TenantKey(
                name="endpoint_secret_of_owner",
                fields=("endpoint_id", "owner_id"),
                to="workers_endpoint",
                to_fields=("id", "owner_id"),
            ),
            *seen_by(
                "endpoint_secret",
                auth=("direction = 'in'", "select"),
                clinic=(OWN, _UNREAD),
                operator=(EVERY, _UNREAD),
                worker=(EVERY, "select, insert, update (valid_until), delete"),
            ),
        ]
