"""What is verified about a clinic, with its expiry."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from referrals.clinics.models.clinics import Clinic
from referrals.clinics.rules.standing import CredentialKind
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_CLINIC, seen_by


class ClinicCredential(Aggregate):
    """A licence, DEA registration, malpractice cover or other credential, in force through `expires_on`.

    `identifier` is its number, `issuer` who gave it, `state` where a licence holds; what is not known is empty. A
    renewal is a new row; one that was entered by mistake or revoked has `withdrawn_at`, and counts no more.
    """

    tenant_field = "clinic_id"

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="credentials")
    kind = models.CharField(max_length=20)
    identifier = models.CharField(max_length=60, blank=True, default="")
    issuer = models.CharField(max_length=120, blank=True, default="")
    state = models.CharField(max_length=2, blank=True, default="")
    expires_on = models.DateField()
    recorded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["clinic", "kind", "identifier", "state", "expires_on"],
                condition=Q(withdrawn_at=None),
                name="credential_once",
            ),
            models.CheckConstraint(name="credential_kind_known", condition=Q(kind__in=list(CredentialKind))),
            *seen_by(
                "credential",
                clinic=(OWN_CLINIC, "select"),
                operator=(EVERY, "select, insert, update (withdrawn_at, version)"),
                worker=(EVERY, "select, update (version)"),
            ),
        ]
