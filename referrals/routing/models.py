"""Routing decisions, kept with their inputs."""

from typing import ClassVar

from django.db import models

from referrals.clinics.models import Clinic
from referrals.requests.models import Request
from workers.kernel.constraints import EVERY, TenantKey, append_only, seen_by
from workers.kernel.encryption import EncryptedJSONField
from workers.kernel.ids import new_id


class RoutingDecision(models.Model):
    """The `number`-th choice of a clinic for a request; no clinic when nobody was eligible. Append-only.

    `inputs`: {"wish", "candidates", "weights"} and `ranking`: {"eligible", "refused"}, as in rules.py, encrypted: the
    choice can be explained and replayed, whatever the clinics are like by then.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="routing_decisions")
    member_id = models.UUIDField()
    number = models.PositiveSmallIntegerField()
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, null=True, related_name="+")
    policy_version = models.CharField(max_length=20)
    inputs = EncryptedJSONField()
    ranking = EncryptedJSONField()
    decided_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request", "number"], name="routingdecision_number_once"),
            models.UniqueConstraint(fields=["request", "clinic"], name="routingdecision_clinic_once"),
            TenantKey(
                name="routingdecision_of_own_request",
                fields=("request_id", "member_id"),
                to="referrals_request",
                to_fields=("id", "member_id"),
            ),
            *append_only("routingdecision"),
            *seen_by("routingdecision", operator=(EVERY, "select"), worker=(EVERY, "select, insert")),
        ]
