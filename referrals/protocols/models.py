"""The clinics' own variants of protocols."""

from typing import ClassVar

import msgspec
from django.db import models
from django.db.models import Q

from referrals.clinics.models import Clinic
from referrals.protocols.rules.protocols import Protocol
from workers.kernel.constraints import EVERY, OWN_CLINIC, append_only, seen_by
from workers.kernel.ids import new_id


class ProtocolVariant(models.Model):
    """A clinic's own way of a protocol, in one version. It never changes: a course keeps the one it began with.

    `text` is the file as it was imported, with its remarks; `document` what was read of it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="protocol_variants")
    protocol = models.CharField(max_length=40)
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    document = models.JSONField()
    imported_by_id = models.UUIDField()
    imported_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["clinic", "protocol", "number"], name="protocolvariant_version_once"),
            models.CheckConstraint(name="protocolvariant_numbered_from_one", condition=Q(number__gte=1)),
            *append_only("protocolvariant", "a course keeps the version it began with"),
            *seen_by(
                "protocolvariant",
                clinic=(OWN_CLINIC, "select, insert"),
                operator=(EVERY, "select, insert"),
                worker=(EVERY, "select"),
            ),
        ]

    def read(self) -> Protocol:
        """Return the protocol."""
        return msgspec.convert(self.document, Protocol)
