"""834 files, and how they were answered. What they say of people is their change-set's."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from benefits.eligibility.models import ChangeSet
from benefits.x12.rules.envelope import ACTIONS
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_EMPLOYER, TenantKey, seen_by
from workers.kernel.ids import new_id
from workers.kernel.permissions import needs_permission


class Verdict(models.TextChoices):
    """What a 999 says of a file (AK901)."""

    ACCEPTED = "A"
    ACCEPTED_WITH_ERRORS = "E"
    PARTLY_ACCEPTED = "P"
    REJECTED = "R"


class X12File(Aggregate):
    """An 834 as it was read. Its bytes are kept only until then, in the change-set's parts.

    `place` and `context` say how far it was judged, until it is (rules/portions.py): {number, byte} and the segments
    that the next portion stands in, none of which is about a member.

    `action` is BGN08 (2 change, 4 verify, RX replace); `interchange` (ISA13) and `reference` (BGN02) are the sender's
    own numbers for it. `is_only_compared` for one that verifies, or is a test by ISA15: it is never applied.
    `acknowledgment` is the 999 without any value from the file, "" until it was read, and where its envelope was too
    broken to answer; `verdict` is what that says.
    """

    tenant_field = "employer_id"

    employer_id = models.UUIDField()
    change_set = models.OneToOneField(ChangeSet, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    action = models.CharField(max_length=2, choices=[(action, action) for action in ACTIONS])
    interchange = models.CharField(max_length=20)
    reference = models.CharField(max_length=60, blank=True)
    is_only_compared = models.BooleanField(default=False)
    place = models.JSONField(default=dict)
    context = models.JSONField(default=dict)
    verdict = models.CharField(max_length=1, choices=Verdict.choices, blank=True)
    acknowledgment = models.TextField(blank=True)

    class Meta:
        db_table = "benefits_x12_file"
        constraints: ClassVar = [
            TenantKey(
                name="x12_file_of_change_set",
                fields=("employer_id", "change_set_id"),
                to="benefits_changeset",
                to_fields=("employer_id", "id"),
            ),
            models.CheckConstraint(name="x12_file_action", condition=Q(action__in=ACTIONS)),
            models.CheckConstraint(
                name="x12_file_verdict_with_answer",
                condition=Q(verdict="", acknowledgment="") | (~Q(verdict="") & ~Q(acknowledgment="")),
            ),
            *seen_by(
                "x12_file",
                hr=(OWN_EMPLOYER, "select, insert, update (version, place, context, verdict, acknowledgment)"),
                worker=(EVERY, "select, update (version)"),
            ),
            *needs_permission("x12_file", hr="people"),
            models.UniqueConstraint(fields=["employer_id", "id"], name="x12_file_of_employer"),
        ]


class X12Portion(models.Model):
    """What the guide says against a portion of a file, as rules.validating.Fault. Deleted when the file was read."""

    id = models.UUIDField(primary_key=True, default=new_id)
    employer_id = models.UUIDField()
    file = models.ForeignKey(X12File, on_delete=models.CASCADE, related_name="portions", db_constraint=False)
    number = models.PositiveIntegerField()
    faults = models.JSONField(default=list)

    class Meta:
        db_table = "benefits_x12_portion"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["employer_id", "file", "number"], name="x12_portion_once"),
            TenantKey(
                name="x12_portion_of_file",
                fields=("employer_id", "file_id"),
                to="benefits_x12_file",
                to_fields=("employer_id", "id"),
            ),
            *seen_by("x12_portion", hr=(OWN_EMPLOYER, "select, insert, delete")),
            *needs_permission("x12_portion", hr="people"),
        ]
