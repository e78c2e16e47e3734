"""E-mails."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from workers.kernel.constraints import EVERY, seen_by
from workers.kernel.encryption import EncryptedJSONField
from workers.kernel.ids import new_id
from workers.kernel.leases import Leased, Status


class Email(Leased):
    """One e-mail, known by `key` so that it is queued once. `message` is {"to", "subject", "text"}, encrypted."""

    max_attempts = 15

    id = models.UUIDField(primary_key=True, default=new_id)
    key = models.CharField(max_length=200, unique=True)
    template = models.CharField(max_length=100)
    message = EncryptedJSONField()
    drop_after = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            *seen_by(
                "email",
                auth=(EVERY, "insert"),
                hr=(EVERY, "insert"),
                employee=(EVERY, "insert"),
                operator=(EVERY, "insert, select"),
                worker=(EVERY, "select, insert, update, delete"),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["due_at", "id"], condition=Q(status=Status.READY), name="email_due")]
