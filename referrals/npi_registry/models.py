"""The registry as far as it was imported, and the files that it was imported from. Public data: nothing here is secret.

listed --a deactivation--> deactivated --a reactivation of a later or the same day--> listed
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from referrals.npi_registry.rules.layout import FileKind
from workers.kernel.constraints import EVERY, seen_by
from workers.kernel.ids import new_id


class NpiRecord(models.Model):
    """A provider's number and who has it, as the provider told CMS (it verifies little: a licence is not proven by it).

    `entity_type` is "" for a deactivated number of which CMS publishes nothing else. `licences` is "STATE:number;…".
    `updated_on` is the registry's own day of the last change: older news than this is never written over it.
    """

    npi = models.CharField(max_length=10, primary_key=True)
    entity_type = models.CharField(max_length=12, blank=True)
    name = models.TextField(blank=True, default="")
    credential = models.TextField(blank=True, default="")
    street = models.TextField(blank=True, default="")
    city = models.TextField(blank=True, default="")
    state = models.TextField(blank=True, default="")
    postal_code = models.TextField(blank=True, default="")
    country = models.TextField(blank=True, default="")
    phone = models.TextField(blank=True, default="")
    primary_taxonomy = models.TextField(blank=True, default="")
    licences = models.TextField(blank=True, default="")
    taxonomies = ArrayField(models.TextField(), default=list)
    enumerated_on = models.DateField(null=True)
    updated_on = models.DateField(null=True)
    deactivated_on = models.DateField(null=True)
    reactivated_on = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="npirecord_ten_digits", condition=Q(npi__regex=r"^[0-9]{10}$")),
            models.CheckConstraint(
                name="npirecord_somebody_or_deactivated",
                condition=Q(entity_type__in=["individual", "organization"])
                | Q(entity_type="", deactivated_on__isnull=False),
            ),
            *seen_by("npirecord", operator=(EVERY, "select"), worker=(EVERY, "select, insert, update")),
        ]


class RegistryFile(models.Model):
    """A file that was imported, known by its bytes. Written in the transaction of its rows: there are both or neither.

    Of the rows kept, `rows_added` are numbers that were not known, and `rows_changed` told of known ones something new.
    `faults` is [{"row", "column", "message"}], the first of `rows_refused`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.TextField()
    sha256 = models.CharField(max_length=64)
    has_everyone = models.BooleanField()
    kind = models.CharField(max_length=15, choices=[(k, k) for k in FileKind])
    rows_read = models.PositiveIntegerField(default=0)
    rows_kept = models.PositiveIntegerField(default=0)
    rows_refused = models.PositiveIntegerField(default=0)
    rows_added = models.PositiveIntegerField(default=0)
    rows_changed = models.PositiveIntegerField(default=0)
    faults = models.JSONField(default=list)
    imported_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sha256", "has_everyone"], name="registryfile_once"),
            models.CheckConstraint(name="registryfile_kind_known", condition=Q(kind__in=list(FileKind))),
            *seen_by("registryfile", operator=(EVERY, "select"), worker=(EVERY, "select, insert, update")),
        ]
