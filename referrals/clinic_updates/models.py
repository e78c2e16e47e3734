"""What became of each message of a clinic, by whichever door it came."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from referrals.clinic_updates.rules import Channel
from workers.kernel.constraints import EVERY, OWN_CLINIC, seen_by
from workers.kernel.ids import new_id


class Outcome(models.TextChoices):
    """A message took effect, or was refused for the reason in `code`."""

    APPLIED = "applied"
    REFUSED = "refused"


class ClinicUpdate(models.Model):
    """The outcome of one message, for its sender and the operator to see.

    `message_id` is the clinic's own id of a webhook, `written_at` when the clinic wrote it. `state` and `version` are
    those of the offer or session after it, also of one that refused it: so that the clinic knows where it stands.
    The message itself is in its receipt: it may say why a session was called off, which is nobody else's business.
    What is refused at the API or on a link is answered there and not kept.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    channel = models.CharField(max_length=10, choices=[(c, c) for c in Channel], default=Channel.WEBHOOK)
    receipt_id = models.UUIDField(unique=True, null=True)
    clinic_id = models.UUIDField()
    message_id = models.CharField(max_length=200, blank=True, default="")
    type = models.CharField(max_length=40)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    code = models.CharField(max_length=60, blank=True, default="")
    state = models.CharField(max_length=20, blank=True, default="")
    version = models.PositiveIntegerField(null=True)
    written_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="clinic_update_refused_with_code",
                condition=Q(outcome=Outcome.APPLIED, code="") | (Q(outcome=Outcome.REFUSED) & ~Q(code="")),
            ),
            models.CheckConstraint(
                name="clinic_update_receipt_of_webhook",
                condition=Q(channel=Channel.WEBHOOK, receipt_id__isnull=False)
                | (~Q(channel=Channel.WEBHOOK) & Q(receipt_id=None)),
            ),
            *seen_by(
                "clinic_update",
                clinic=(OWN_CLINIC, "select"),
                operator=(EVERY, "select"),
                worker=(EVERY, "select, insert"),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["clinic_id", "id"], name="clinic_update_clinic"),
            models.Index(
                fields=["clinic_id", "-written_at"],
                condition=Q(type="capacity.updated", outcome=Outcome.APPLIED),
                name="clinic_update_capacity",
            ),
        ]
