"""Routing decisions kept with their inputs, what stood in the way of those that found nobody, and clinics' records."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from referrals.clinics.models import Clinic
from referrals.requests.models import Request
from workers.kernel.constraints import EVERY, TenantKey, append_only, cleaned_often, seen_by
from workers.kernel.encryption import EncryptedJSONField
from workers.kernel.ids import new_id


class RoutingDecision(models.Model):
    """A choice of clinics for a request; `chosen` is empty when nobody was eligible. Append-only, in the order of ids.

    `inputs`: {"wish", "candidates", "policy"} and `ranking`: {"eligible", "refused"}, as in rules/, encrypted: the
    choice can be explained and replayed, whatever the clinics and the policy are like by then.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="routing_decisions")
    member_id = models.UUIDField()
    chosen = ArrayField(models.UUIDField())
    policy_version = models.CharField(max_length=20)
    widened = models.PositiveSmallIntegerField()
    inputs = EncryptedJSONField()
    ranking = EncryptedJSONField()
    decided_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            TenantKey(
                name="routingdecision_of_own_request",
                fields=("request_id", "member_id"),
                to="referrals_request",
                to_fields=("id", "member_id"),
            ),
            *append_only("routingdecision"),
            *seen_by("routingdecision", operator=(EVERY, "select"), worker=(EVERY, "select, insert")),
        ]


class NetworkGap(models.Model):
    """A decision that found nobody: where, and how many clinics failed each filter alone. Append-only.

    `zip3` is the first three digits of the ZIP code that the member searched near: a region, not an address.
    """

    decision = models.OneToOneField(RoutingDecision, on_delete=models.PROTECT, primary_key=True, related_name="gap")
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=2)
    zip3 = models.CharField(max_length=3)
    help = models.JSONField()
    found_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            *append_only("networkgap"),
            *seen_by("networkgap", operator=(EVERY, "select"), worker=(EVERY, "select, insert")),
        ]
        indexes: ClassVar = [models.Index(fields=["found_at"], name="networkgap_when")]


class ClinicRecord(models.Model):
    """What became of the offers to a clinic, counted as they are made and end, so that routing counts nothing.

    `open_offers` wait for an answer; silence counts as an answer, `answer_seconds` sums what real answers took.
    """

    clinic = models.OneToOneField(Clinic, on_delete=models.CASCADE, primary_key=True, related_name="routing_record")
    open_offers = models.PositiveIntegerField(default=0)
    offers = models.PositiveIntegerField(default=0)
    acceptances = models.PositiveIntegerField(default=0)
    declines = models.PositiveIntegerField(default=0)
    silences = models.PositiveIntegerField(default=0)
    answer_seconds = models.PositiveBigIntegerField(default=0)
    last_offered_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            cleaned_often("clinicrecord"),
            *seen_by("clinicrecord", operator=(EVERY, "select"), worker=(EVERY, "select, insert, update")),
        ]
