"""Files of our own directory, and their rows while they wait to be applied."""

from typing import ClassVar

from django.db import models

from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, seen_by
from workers.kernel.ids import new_id


class FileStatus(models.TextChoices):
    """staged --apply--> applied."""

    STAGED = "staged"
    APPLIED = "applied"


class ClinicFile(Aggregate):
    """A directory file as it was read: known by the SHA-256 of its bytes, it can be applied once.

    `errors` is [{row, column, code, message}], the first of `error_count`; `diff` as in services.files, when staged the
    preview and when applied what was done. The bytes themselves are not kept.
    """

    sha256 = models.CharField(max_length=64, unique=True)
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
            *seen_by(
                "clinic_file",
                operator=(EVERY, "select, insert, update (version, status, diff, applied_at)"),
                worker=(EVERY, "select"),
            ),
        ]


class StagedClinic(models.Model):
    """A row without errors that waits to be applied; deleted when its file is."""

    id = models.UUIDField(primary_key=True, default=new_id)
    file = models.ForeignKey(ClinicFile, on_delete=models.CASCADE, related_name="+")
    row = models.PositiveIntegerField()
    entry = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["file", "row"], name="staged_clinic_once"),
            *seen_by("staged_clinic", operator=(EVERY, "select, insert, delete")),
        ]
