"""Clients of the API, their secrets and tokens, and who did what about them.

client:  active --revoke--> revoked        (by itself at `expires_at`: expired)
secret:  current --rotate--> former, valid until its end
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from referrals.clinic_access.rules import REQUESTS_PER_MINUTE, Change, Kind, Scope
from referrals.clinics.models import Clinic
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_CLINIC, TenantKey, append_only, seen_by
from workers.kernel.ids import new_id

_SETTINGS = "version, revoked_at"
_UNREAD = "insert, select (id, client_id, clinic_id, hint, created_at, valid_until, last_used_at), update (valid_until)"


class ApiClient(Aggregate):
    """A clinic's software, or a part of it: what it may do, and for how long. Its id is its `client_id`."""

    tenant_field = "clinic_id"

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="api_clients")
    kind = models.CharField(max_length=10, choices=[(k, k) for k in Kind])
    name = models.CharField(max_length=80)
    scopes = ArrayField(models.CharField(max_length=30))
    requests_per_minute = models.PositiveIntegerField(default=REQUESTS_PER_MINUTE)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "referrals_api_client"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["id", "clinic"], name="api_client_of_clinic"),
            models.CheckConstraint(name="api_client_kind", condition=Q(kind__in=list(Kind))),
            models.CheckConstraint(
                name="api_client_scopes", condition=Q(scopes__contained_by=list(Scope)) & ~Q(scopes=[])
            ),
            models.CheckConstraint(name="api_client_rate", condition=Q(requests_per_minute__gte=1)),
            *seen_by(
                "api_client",
                auth=(EVERY, "select, update (last_used_at)"),
                clinic=(OWN_CLINIC, f"select, insert, update ({_SETTINGS})"),
                operator=(EVERY, f"select, insert, update ({_SETTINGS})"),
                worker=(EVERY, "select"),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["clinic", "id"], name="api_client_list")]


class ClientSecret(models.Model):
    """A secret of a client, of which only the SHA-256 is kept. A rotated one is valid until its end; one has none.

    Nobody who makes or ends a secret can read its hash: only the doors do, before they know who asks.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    client = models.ForeignKey(ApiClient, on_delete=models.PROTECT, related_name="secrets")
    clinic_id = models.UUIDField()
    hash = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=8)
    created_at = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "referrals_client_secret"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["client"], condition=Q(valid_until=None), name="client_secret_current_once"
            ),
            TenantKey(
                name="client_secret_of_clinic",
                fields=("client_id", "clinic_id"),
                to="referrals_api_client",
                to_fields=("id", "clinic_id"),
            ),
            *seen_by(
                "client_secret",
                auth=(EVERY, "select, update (last_used_at)"),
                clinic=(OWN_CLINIC, _UNREAD),
                operator=(EVERY, _UNREAD),
            ),
        ]


class AccessToken(models.Model):
    """What a client got for its secret; it ends with the secret and with the client, if not before."""

    id = models.UUIDField(primary_key=True, default=new_id)
    client = models.ForeignKey(ApiClient, on_delete=models.PROTECT, related_name="tokens")
    secret = models.ForeignKey(ClientSecret, on_delete=models.PROTECT, related_name="tokens")
    hash = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=30))
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "referrals_access_token"
        constraints: ClassVar = [
            # Rows are locked before retention deletes them, hence the update.
            *seen_by("access_token", auth=(EVERY, "select, insert, update (expires_at), delete")),
        ]


class ClientChange(models.Model):
    """Who made, rotated or revoked a client, and when. Append-only."""

    id = models.UUIDField(primary_key=True, default=new_id)
    client = models.ForeignKey(ApiClient, on_delete=models.PROTECT, related_name="changes")
    clinic_id = models.UUIDField()
    change = models.CharField(max_length=10, choices=[(c, c) for c in Change])
    by_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        db_table = "referrals_client_change"
        constraints: ClassVar = [
            TenantKey(
                name="client_change_of_clinic",
                fields=("client_id", "clinic_id"),
                to="referrals_api_client",
                to_fields=("id", "clinic_id"),
            ),
            models.CheckConstraint(name="client_change_known", condition=Q(change__in=list(Change))),
            *append_only("client_change"),
            *seen_by(
                "client_change",
                clinic=(OWN_CLINIC, "select, insert"),
                operator=(EVERY, "select, insert"),
            ),
        ]
