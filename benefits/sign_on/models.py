"""Where an employer's admins sign in, and who of them is who there."""

from typing import ClassVar

from django.db import models

from benefits.employers.models import Employer
from workers.kernel.constraints import EVERY, OWN_EMPLOYER, seen_by
from workers.kernel.encryption import EncryptedJSONField
from workers.kernel.ids import new_id
from workers.kernel.permissions import needs_permission

_SETTINGS = "issuer, client_id, trusts_mfa, revision, changed_at"
_READ = f"id, employer_id, {_SETTINGS}"


class SignOn(models.Model):
    """An employer's OpenID Connect provider: one at most. The client's secret is encrypted, and nobody reads it back.

    `trusts_mfa`: where the provider says that it asked for a second factor (`amr` holds "mfa"), ours is not asked for.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    employer = models.OneToOneField(Employer, on_delete=models.PROTECT, related_name="+")
    issuer = models.CharField(max_length=300)
    client_id = models.CharField(max_length=200)
    client_secret = EncryptedJSONField()
    trusts_mfa = models.BooleanField(default=False)
    revision = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "benefits_sign_on"
        constraints: ClassVar = [
            *seen_by(
                "sign_on",
                auth=(EVERY, "select"),
                hr=(OWN_EMPLOYER, f"select ({_READ}), insert, update ({_SETTINGS}, client_secret), delete"),
                operator=(EVERY, f"select ({_READ})"),
            ),
            *needs_permission("sign_on", hr="owner"),
        ]

    @property
    def revision_tag(self) -> str:
        """What differs once somebody changed it: two owners' ETag."""
        return f"{self.pk}.{self.revision}"


class SignOnIdentity(models.Model):
    """That an admin is a provider's `subject`: bound at their first sign-in, by a verified address, once and for all.

    One admin has one subject at an issuer and the other way round, so whoever is given a former colleague's address
    does not become them.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    employer_id = models.UUIDField()
    user_id = models.UUIDField()
    issuer = models.CharField(max_length=300)
    subject = models.CharField(max_length=255)  # Core 1.0, 2: at most 255 ASCII characters
    bound_at = models.DateTimeField()

    class Meta:
        db_table = "benefits_sign_on_identity"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["employer_id", "issuer", "subject"], name="sign_on_subject_once"),
            models.UniqueConstraint(fields=["employer_id", "issuer", "user_id"], name="sign_on_admin_once"),
            *seen_by("sign_on_identity", auth=(EVERY, "select, insert")),
        ]
