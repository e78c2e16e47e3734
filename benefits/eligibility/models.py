"""Eligibility files, and their rows while they wait to be applied."""

from typing import ClassVar

from django.db import models

from benefits.employers.models import Employer
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_EMPLOYER, TenantKey, seen_by
from workers.kernel.ids import new_id


class FileKind(models.TextChoices):
    """What a file claims: that it names everybody, or only those who changed."""

    FULL = "full"
    CHANGES = "changes"


class FileStatus(models.TextChoices):
    """staged --apply--> applied."""

    STAGED = "staged"
    APPLIED = "applied"


class EligibilityFile(Aggregate):
    """A file as it was read: known by the SHA-256 of its bytes, it can be applied once.

    `errors` is [{row, column, code, message}], the first of `error_count`; `diff` as in rules.Diff, when staged the
    preview and when applied what was done. The bytes themselves are not kept.
    """

    tenant_field = "employer_id"

    employer = models.ForeignKey(Employer, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=FileKind.choices)
    sha256 = models.CharField(max_length=64)
    status = models.CharField(max_length=10, choices=FileStatus.choices, default=FileStatus.STAGED)
    rows = models.PositiveIntegerField()
    error_count = models.PositiveIntegerField()
    errors = models.JSONField()
    diff = models.JSONField()
    uploaded_by = models.UUIDField()
    uploaded_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["employer", "kind", "sha256"], name="eligibility_file_once"),
            models.UniqueConstraint(fields=["employer", "id"], name="eligibility_file_of_employer"),
            *seen_by(
                "eligibility_file",
                hr=(OWN_EMPLOYER, "select, insert, update (version, status, diff, applied_at)"),
                worker=(EVERY, "select"),
            ),
        ]


class StagedRow(models.Model):
    """A row without errors that waits to be applied; deleted when its file is, for it holds addresses."""

    id = models.UUIDField(primary_key=True, default=new_id)
    employer_id = models.UUIDField()
    file = models.ForeignKey(EligibilityFile, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    row = models.PositiveIntegerField()
    person = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["employer_id", "file", "row"], name="staged_row_once"),
            TenantKey(
                name="staged_row_of_file",
                fields=("employer_id", "file_id"),
                to="benefits_eligibilityfile",
                to_fields=("employer_id", "id"),
            ),
            *seen_by("staged_row", hr=(OWN_EMPLOYER, "select, insert, delete")),
        ]
