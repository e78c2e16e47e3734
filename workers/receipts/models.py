"""Notices that others sent us, by their own ids, and the answers to requests that carried an Idempotency-Key."""

from typing import ClassVar

from django.db import models

from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, cleaned_often, seen_by
from workers.kernel.encryption import EncryptedJSONField
from workers.kernel.ids import new_id


class Receipt(Aggregate):
    """One notice from `source` ("stripe", "clinics"), verified and not yet believed; its id there is `message_id`.

    `body` is the message as text, encrypted: a clinic's may say something about health.
    """

    tenant_field = "sender_id"

    source = models.CharField(max_length=20)
    message_id = models.CharField(max_length=200)
    sender_id = models.UUIDField(null=True)
    body = EncryptedJSONField()
    received_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            cleaned_often("receipt"),
            models.UniqueConstraint(
                fields=["source", "sender_id", "message_id"], name="receipt_once", nulls_distinct=False
            ),
            *seen_by(
                "receipt",
                auth=(EVERY, "select, insert, update (version)"),
                operator=(EVERY, "select"),
                worker=(EVERY, "select, update (version), delete"),
            ),
        ]


class IdempotencyKey(models.Model):
    """The first answer to a request with this key; until `expires_at` a repeat gets it again.

    `body` has one character per byte, encrypted: an answer may hold what is encrypted elsewhere, or a secret.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    user_id = models.UUIDField()
    route = models.CharField(max_length=200)
    key = models.CharField(max_length=200)
    status_code = models.PositiveSmallIntegerField()
    body = EncryptedJSONField()
    content_type = models.CharField(max_length=100)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            cleaned_often("idempotency"),
            models.UniqueConstraint(fields=["user_id", "route", "key"], name="idempotency_key_once"),
            *seen_by(
                "idempotency",
                hr=("user_id = {user}", "select, insert, delete"),
                employee=("user_id = {user}", "select, insert, delete"),
                clinic=("user_id = {user}", "select, insert, delete"),
                operator=("user_id = {user}", "select, insert, delete"),
                worker=(EVERY, "select, update (created_at), delete"),  # rows are locked before they are deleted
            ),
        ]
