"""What became of each message of a clinic."""

from typing import ClassVar

from django.db import models

from workers.kernel.constraints import EVERY, OWN_CLINIC, seen_by
from workers.kernel.ids import new_id


class Outcome(models.TextChoices):
    """A message took effect, or was refused for the reason in `code`."""

    APPLIED = "applied"
    REFUSED = "refused"


class ClinicUpdate(models.Model):
    """The outcome of one message, for its sender and the operator to see; `message_id` is the clinic's own id.

    The message itself is in its receipt: it may say why a session was called off, which is nobody else's business.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    receipt_id = models.UUIDField(unique=True)
    clinic_id = models.UUIDField()
    message_id = models.CharField(max_length=200)
    type = models.CharField(max_length=40)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    code = models.CharField(max_length=60, blank=True, default="")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="clinic_update_refused_with_code",
                condition=models.Q(outcome=Outcome.APPLIED, code="")
                | (models.Q(outcome=Outcome.REFUSED) & ~models.Q(code="")),
            ),
            *seen_by(
                "clinic_update",
                clinic=(OWN_CLINIC, "select"),
                operator=(EVERY, "select"),
                worker=(EVERY, "select, insert"),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["clinic_id", "id"], name="clinic_update_clinic")]
