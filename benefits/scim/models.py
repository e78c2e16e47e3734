"""Tokens of identity providers, what was done about them, and the users that they provisioned.

token:  current --rotate--> former, valid until its end
        current, former --revoke--> revoked
user:   provisioned --delete--> deleted; provisioning the same person again makes another one
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

from benefits.employers.models import Employer
from benefits.enrollment.models import Member
from benefits.scim.rules.tokens import Change
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_EMPLOYER, TenantKey, append_only, seen_by
from workers.kernel.ids import new_id
from workers.kernel.permissions import needs_permission

_UNREAD = (
    "insert, select (id, version, employer_id, name, hint, created_by, created_at, valid_until, revoked_at, "
    "last_used_at), update (version, valid_until, revoked_at)"
)


class ScimToken(Aggregate):
    """What an employer's identity provider shows, of which only the SHA-256 is kept.

    `valid_until` is set when it was rotated: both work until then. Nobody who makes or ends one can read its hash: only
    the door does, before it knows who asks.
    """

    tenant_field = "employer_id"

    employer = models.ForeignKey(Employer, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    hash = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=8)
    created_by = models.UUIDField()
    created_at = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "benefits_scim_token"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["employer", "id"], name="scim_token_of_employer"),
            *needs_permission("scim_token", hr="people"),
            *seen_by(
                "scim_token",
                auth=(EVERY, "select, update (last_used_at)"),
                hr=(OWN_EMPLOYER, _UNREAD),
            ),
        ]


class ScimTokenChange(models.Model):
    """Who made, rotated or revoked a token, and when. Append-only."""

    id = models.UUIDField(primary_key=True, default=new_id)
    employer_id = models.UUIDField()
    token = models.ForeignKey(ScimToken, on_delete=models.PROTECT, related_name="changes", db_constraint=False)
    change = models.CharField(max_length=10, choices=[(c, c) for c in Change])
    by_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        db_table = "benefits_scim_token_change"
        constraints: ClassVar = [
            TenantKey(
                name="scim_token_change_of_token",
                fields=("employer_id", "token_id"),
                to="benefits_scim_token",
                to_fields=("employer_id", "id"),
            ),
            models.CheckConstraint(name="scim_token_change_known", condition=Q(change__in=list(Change))),
            *append_only("scim_token_change"),
            *needs_permission("scim_token_change", hr="people"),
            *seen_by("scim_token_change", hr=(OWN_EMPLOYER, "select, insert")),
        ]


class ScimUser(Aggregate):
    """A member as an identity provider knows them: its names for them, and the addresses that it sent.

    Everything else of a SCIM User is the member's own row, whichever door changed it last; nothing of it says whether
    they activated an account or use the benefit. `address_type` is the type of address that the provider keeps.
    """

    tenant_field = "employer_id"

    employer = models.ForeignKey(Employer, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    user_name = models.CharField(max_length=254)
    external_id = models.CharField(max_length=200, blank=True)
    work_email = models.CharField(max_length=254, blank=True)
    home_email = models.CharField(max_length=254, blank=True)
    address_type = models.CharField(max_length=20)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "benefits_scim_user"
        constraints: ClassVar = [
            models.UniqueConstraint(
                F("employer"), Upper("user_name"), condition=Q(deleted_at=None), name="scim_user_name_once"
            ),
            models.UniqueConstraint(
                fields=["employer", "member"], condition=Q(deleted_at=None), name="scim_user_once_per_member"
            ),
            TenantKey(
                name="scim_user_is_member",
                fields=("employer_id", "member_id"),
                to="benefits_member",
                to_fields=("employer_id", "id"),
            ),
            *needs_permission("scim_user", hr="people"),
            *seen_by(
                "scim_user",
                hr=(
                    OWN_EMPLOYER,
                    "select, insert, update (version, user_name, external_id, work_email, home_email, address_type, "
                    "changed_at, deleted_at)",
                ),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["employer", "external_id"], name="scim_user_external"),
            models.Index(fields=["employer", "id"], name="scim_user_list"),
        ]
