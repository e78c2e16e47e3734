"""Letters that were ordered and printed, and what people say who have one."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from benefits.enrollment.models import Member
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_EMPLOYER, TenantKey, seen_by
from workers.kernel.encryption import EncryptedJSONField
from workers.kernel.ids import new_id
from workers.kernel.permissions import needs_permission


class LetterOrder(models.Model):
    """That a member is to get a letter. HR writes it and reads none: whether it was printed is not its business."""

    id = models.UUIDField(primary_key=True, default=new_id)
    employer_id = models.UUIDField()
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    ordered_at = models.DateTimeField()
    printed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["employer_id", "member"], condition=Q(printed_at=None), name="letter_order_open_once"
            ),
            TenantKey(
                name="letter_order_of_member",
                fields=("employer_id", "member_id"),
                to="benefits_member",
                to_fields=("employer_id", "id"),
            ),
            *needs_permission("letter_order", hr="people"),
            *seen_by(
                "letter_order",
                hr=(OWN_EMPLOYER, "insert"),
                operator=(EVERY, "select, insert, update (printed_at)"),
            ),
        ]


class Letter(Aggregate):
    """A printed code, of which a keyed hash is kept. The employer has no grant here and never holds a code.

        open --another one for the member--> superseded
             --MOST_FAILURES claims that do not fit--> locked
             --expires_at--> expired

    It stays open after a claim that fits, for the address may have been mistyped; with an account it opens nothing.
    """

    tenant_field = "employer_id"

    employer_id = models.UUIDField()
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    code_hash = models.CharField(max_length=64, unique=True)
    printed_by = models.UUIDField(null=True)
    printed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    failures = models.PositiveSmallIntegerField(default=0)
    claims = models.PositiveSmallIntegerField(default=0)
    locked_at = models.DateTimeField(null=True)
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["employer_id", "member"],
                condition=Q(superseded_at=None, locked_at=None),
                name="letter_open_once",
            ),
            models.CheckConstraint(name="letter_expires_later", condition=Q(expires_at__gt=F("printed_at"))),
            TenantKey(
                name="letter_of_member",
                fields=("employer_id", "member_id"),
                to="benefits_member",
                to_fields=("employer_id", "id"),
            ),
            *seen_by(
                "letter",
                operator=(EVERY, "select, insert, update (version, superseded_at)"),
                worker=(EVERY, "select, update (version, failures, claims, locked_at, superseded_at)"),
            ),
        ]


class IdentityClaim(Aggregate):
    """What somebody who has a letter says of themself, until a worker judged it; then the row is deleted.

    `said` is {"code_hash", "employee_number", "date_of_birth", "email", "language"}. Whoever is not signed in may
    write it and reads nothing: the answer is the same, and as fast, whatever was said.
    """

    said = EncryptedJSONField()
    received_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            *seen_by(
                "identity_claim",
                auth=(EVERY, "select (id, version), insert, update (version)"),
                worker=(EVERY, "select, update (version), delete"),
            ),
        ]
