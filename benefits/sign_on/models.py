"""Where an employer's admins sign in, and who of them is who there."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from benefits.employers.models import Employer
from workers.kernel.constraints import EVERY, OWN_EMPLOYER, seen_by
from workers.kernel.encryption import EncryptedJSONField
from workers.kernel.ids import new_id
from workers.kernel.permissions import needs_permission

_SETTINGS = (
    "protocol, issuer, client_id, sso_url, certificates, trusts_mfa, is_required, lifted_until, revision, changed_at"
)
_READ = f"id, employer_id, {_SETTINGS}"


class Protocol(models.TextChoices):
    """What a provider speaks."""

    OIDC = "oidc"
    SAML = "saml"


class SignOn(models.Model):
    """An employer's identity provider: one at most. A client's secret is encrypted, and nobody reads it back.

    `issuer` is an OpenID Connect issuer or a SAML entity id. OpenID Connect has a client id and secret, SAML the
    address where people sign in and the certificates (PEM) that the provider signs with.

    `trusts_mfa`: where the provider says that it asked for a second factor, ours is not asked for. `is_required`: the
    employer's admins come in by the provider and not by their passwords, except until `lifted_until`, which an
    operator sets when the provider is away.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    employer = models.OneToOneField(Employer, on_delete=models.PROTECT, related_name="+")
    protocol = models.CharField(max_length=10, choices=Protocol.choices, default=Protocol.OIDC)
    issuer = models.CharField(max_length=300)
    client_id = models.CharField(max_length=200, blank=True)
    client_secret = EncryptedJSONField()
    sso_url = models.CharField(max_length=500, blank=True)
    certificates = models.TextField(blank=True)
    trusts_mfa = models.BooleanField(default=False)
    is_required = models.BooleanField(default=False)
    lifted_until = models.DateTimeField(null=True)
    revision = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "benefits_sign_on"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="sign_on_fits_protocol",
                condition=Q(~Q(client_id=""), protocol=Protocol.OIDC, sso_url="", certificates="")
                | Q(~Q(sso_url=""), ~Q(certificates=""), protocol=Protocol.SAML, client_id=""),
            ),
            models.CheckConstraint(
                name="sign_on_lifted_where_required", condition=Q(lifted_until=None) | Q(is_required=True)
            ),
            *seen_by(
                "sign_on",
                auth=(EVERY, "select"),
                hr=(OWN_EMPLOYER, f"select ({_READ}), insert, update ({_SETTINGS}, client_secret), delete"),
                operator=(EVERY, f"select ({_READ}), update (lifted_until)"),
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
    protocol = models.CharField(max_length=10, choices=Protocol.choices, default=Protocol.OIDC)
    issuer = models.CharField(max_length=300)
    subject = models.CharField(max_length=255)  # Core 1.0, 2: at most 255 ASCII characters
    bound_at = models.DateTimeField()

    class Meta:
        db_table = "benefits_sign_on_identity"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["employer_id", "protocol", "issuer", "subject"], name="sign_on_subject_once"
            ),
            models.UniqueConstraint(fields=["employer_id", "protocol", "issuer", "user_id"], name="sign_on_admin_once"),
            *seen_by("sign_on_identity", auth=(EVERY, "select, insert")),
        ]
