"""E-mails."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from workers.kernel.constraints import EVERY, cleaned_often, seen_by
from workers.kernel.encryption import EncryptedJSONField
from workers.kernel.ids import new_id
from workers.kernel.leases import STUCK, Leased, Status
from workers.kernel.trace import TRACE_LENGTH, current_trace


class Email(Leased):
    """One e-mail, known by `key` so that it is queued once. `message` is {"to", "subject", "text"}, encrypted."""

    max_attempts = 15

    id = models.UUIDField(primary_key=True, default=new_id)
    key = models.CharField(max_length=200, unique=True)
    template = models.CharField(max_length=100)
    message = EncryptedJSONField()
    drop_after = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    trace = models.CharField(max_length=TRACE_LENGTH, blank=True, default=current_trace)

    class Meta:
        constraints: ClassVar = [
            cleaned_often("email"),
            *seen_by(
                "email",
                auth=(EVERY, "insert"),
                hr=(EVERY, "insert"),
                employee=(EVERY, "insert"),
                operator=(EVERY, "insert, select, update (status, due_at, lease_until, attempts, last_error), delete"),
                worker=(EVERY, "select, insert, update, delete"),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at", "id"], condition=Q(status=Status.READY), name="email_due"),
            models.Index(fields=["status", "id"], condition=Q(status__in=STUCK), name="email_stuck"),
        ]
