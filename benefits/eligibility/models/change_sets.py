"""Change-sets: what came through a door, and how far it has got.

    reading --> staged --> applying --> applied --> undoing --> undone
        |         | ^________|             ^_________|
        v         v   refused                refused
      failed   discarded

What is small goes from staged to applied, and from applied to undone, in one step.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from benefits.employers.models import Employer
from benefits.enrollment.models import Door
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_EMPLOYER, TenantKey, moves, seen_by
from workers.kernel.ids import new_id
from workers.kernel.lasting import never_deleted
from workers.kernel.permissions import needs_permission


class Kind(models.TextChoices):
    """What a change-set claims: that it names everybody, or only those who changed."""

    FULL = "full"
    CHANGES = "changes"


class Status(models.TextChoices):
    """How far a change-set has got; this module draws it."""

    READING = "reading"
    STAGED = "staged"
    APPLYING = "applying"
    APPLIED = "applied"
    UNDOING = "undoing"
    UNDONE = "undone"
    DISCARDED = "discarded"
    FAILED = "failed"


GONE = (Status.UNDONE, Status.DISCARDED, Status.FAILED)  # the same file may come again
AT_WORK = (Status.APPLYING, Status.UNDOING)  # in the background; one of an employer at a time
_DRAWN = (
    (Status.READING, Status.STAGED),
    (Status.READING, Status.FAILED),
    (Status.STAGED, Status.APPLYING),
    (Status.STAGED, Status.APPLIED),
    (Status.STAGED, Status.DISCARDED),
    (Status.APPLYING, Status.STAGED),
    (Status.APPLYING, Status.APPLIED),
    (Status.APPLIED, Status.UNDOING),
    (Status.APPLIED, Status.UNDONE),
    (Status.UNDOING, Status.APPLIED),
    (Status.UNDOING, Status.UNDONE),
)


class ChangeSet(Aggregate):
    """What an employer said about its people at one moment through one door.

    `sha256` is of the bytes that came, "" where there were none to know again (SCIM, the API). `errors` is the first of
    `error_count` [{row, column, code, message}]; `diff` counts rows by effect (rules/effects.py), when staged the
    preview and when applied what was done. `ends_absent`: cover ends for whoever a full one does not name. `refusal` is
    the problem {code, detail, …} for which a step that ran in the background came to nothing.
    """

    tenant_field = "employer_id"

    employer = models.ForeignKey(Employer, on_delete=models.PROTECT, related_name="+")
    door = models.CharField(max_length=10, choices=Door.choices)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.STAGED)
    sha256 = models.CharField(max_length=64, blank=True)
    ends_absent = models.BooleanField(default=False)
    skips_errors = models.BooleanField(default=False)
    header = models.JSONField(default=list)
    rows = models.PositiveIntegerField(default=0)
    error_count = models.PositiveIntegerField(default=0)
    errors = models.JSONField(default=list)
    diff = models.JSONField(default=dict)
    refusal = models.JSONField(null=True)
    bytes_total = models.PositiveBigIntegerField(default=0)
    uploaded_by = models.UUIDField()
    uploaded_at = models.DateTimeField()
    applied_by = models.UUIDField(null=True)
    applied_at = models.DateTimeField(null=True)
    undone_by = models.UUIDField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["employer", "kind", "ends_absent", "sha256"],
                name="change_set_once",
                condition=~Q(sha256="") & ~Q(status__in=GONE),
            ),
            models.UniqueConstraint(
                fields=["employer"], name="change_set_one_at_work", condition=Q(status__in=AT_WORK)
            ),
            models.UniqueConstraint(fields=["employer", "id"], name="change_set_of_employer"),
            models.CheckConstraint(
                name="change_set_absence_is_of_full_ones", condition=Q(ends_absent=False) | Q(kind=Kind.FULL)
            ),
            models.CheckConstraint(
                name="change_set_applied_by_somebody",
                condition=~Q(status=Status.APPLIED) | Q(applied_by__isnull=False, applied_at__isnull=False),
            ),
            *never_deleted("change_set", "employer_id", "id"),
            moves("change_set", first=[(Status.READING,), (Status.STAGED,)], drawn=_DRAWN),
            *needs_permission("change_set", hr="people"),
            *seen_by(
                "change_set",
                hr=(
                    OWN_EMPLOYER,
                    "select, insert, update (version, status, skips_errors, header, rows, error_count, errors, diff, "
                    "refusal, applied_by, applied_at, undone_by, undone_at)",
                ),
                worker=(EVERY, "select, update (version)"),
            ),
        ]


class Approval(models.Model):
    """A second admin's consent to so many terminations by absence; never changed."""

    id = models.UUIDField(primary_key=True, default=new_id)
    employer_id = models.UUIDField()
    change_set = models.ForeignKey(ChangeSet, on_delete=models.CASCADE, related_name="approvals", db_constraint=False)
    approved_by = models.UUIDField()
    approved_at = models.DateTimeField()
    absent = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["employer_id", "change_set", "approved_by", "absent"], name="approval_once"
            ),
            TenantKey(
                name="approval_of_change_set",
                fields=("employer_id", "change_set_id"),
                to="benefits_changeset",
                to_fields=("employer_id", "id"),
            ),
            *needs_permission("approval", hr="people"),
            *seen_by("approval", hr=(OWN_EMPLOYER, "select, insert")),
        ]


class UploadedPart(models.Model):
    """A piece of an uploaded file that waits to be read in the background; deleted when it was."""

    id = models.UUIDField(primary_key=True, default=new_id)
    employer_id = models.UUIDField()
    change_set = models.ForeignKey(ChangeSet, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["employer_id", "change_set", "number"], name="uploaded_part_once"),
            TenantKey(
                name="uploaded_part_of_change_set",
                fields=("employer_id", "change_set_id"),
                to="benefits_changeset",
                to_fields=("employer_id", "id"),
            ),
            *needs_permission("uploaded_part", hr="people"),
            *seen_by("uploaded_part", hr=(OWN_EMPLOYER, "select, insert, delete")),
        ]
