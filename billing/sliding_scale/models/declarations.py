"""What members declare about their income, what they send in as evidence, and what they appeal against.

A declaration: attested --evidence accepted--> documented. What it is worth at an instant follows from its times
(rules/evidence.py).
A document:    submitted --> accepted | refused
An appeal:     open --> granted (a declaration with the decided figures follows) | upheld (nothing changes)
"""

from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from billing.sliding_scale.rules import Standing, standing_of
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_MEMBER, TenantKey, seen_by
from workers.kernel.encryption import EncryptedJSONField


class DeclarationStatus(models.TextChoices):
    """How well an income is known."""

    ATTESTED = "attested"
    DOCUMENTED = "documented"


class Evidence(models.TextChoices):
    """What is accepted as evidence (docs/facts.md, Money); `appeal` is an operator's decision, not sent in."""

    PAY_STUB = "pay_stub"
    W2 = "w2"
    FORM_1040 = "1040"
    AWARD_LETTER = "award_letter"
    APPEAL = "appeal"


class DocumentStatus(models.TextChoices):
    """What became of a document."""

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class AppealStatus(models.TextChoices):
    """What became of an appeal."""

    OPEN = "open"
    GRANTED = "granted"
    UPHELD = "upheld"


def _known(name: str, field: str, choices: list[str]) -> models.CheckConstraint:
    return models.CheckConstraint(name=name, condition=Q(**{f"{field}__in": choices}))


class IncomeDeclaration(Aggregate):
    """A member's word about income and household; the newest that counts sets the discount of new quotes.

    `details` holds {"annual_income_cents", "household_size"}, encrypted. `band` is the one it fell into on the day of
    the declaration, for the member to see. `evidence_sent_at` is when a document came that nobody has refused yet.
    No employer and no clinic may read any of it.
    """

    tenant_field = "member_id"

    member_id = models.UUIDField()
    employer_id = models.UUIDField()
    details: Any = EncryptedJSONField()
    region = models.CharField(max_length=20)
    programme = models.CharField(max_length=80)
    band = models.CharField(max_length=40)
    guideline_version = models.CharField(max_length=40)
    status = models.CharField(max_length=20, choices=DeclarationStatus.choices, default=DeclarationStatus.ATTESTED)
    evidence = models.CharField(max_length=20, choices=Evidence.choices, blank=True, default="")
    declared_at = models.DateTimeField()
    evidence_due_at = models.DateTimeField()
    evidence_sent_at = models.DateTimeField(null=True)
    valid_until = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="declaration_documented_by_evidence",
                condition=Q(status="attested", evidence="") | (Q(status="documented") & ~Q(evidence="")),
            ),
            models.CheckConstraint(
                name="declaration_valid_after_declared", condition=Q(valid_until__gt=F("declared_at"))
            ),
            models.UniqueConstraint(fields=["id", "member_id"], name="declaration_of_member"),
            *seen_by(
                "income_declaration",
                employee=(OWN_MEMBER, "select, insert, update (evidence_sent_at, version)"),
                operator=(EVERY, "select, insert, update (status, evidence, evidence_sent_at, version)"),
                worker=(EVERY, "select, delete"),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["member_id", "declared_at"], name="declaration_newest")]

    def standing_at(self, now: datetime) -> Standing:
        """What it is worth at an instant."""
        return standing_of(
            is_documented=self.status == DeclarationStatus.DOCUMENTED,
            evidence_due_at=self.evidence_due_at,
            evidence_sent_at=self.evidence_sent_at,
            valid_until=self.valid_until,
            now=now,
        )


class IncomeDocument(models.Model):
    """Evidence that a member sent in; `details` is {"reference"}, encrypted: where the file is if it is not here."""

    id = models.UUIDField(primary_key=True)
    member_id = models.UUIDField()
    declaration = models.ForeignKey(
        IncomeDeclaration, on_delete=models.PROTECT, db_constraint=False, related_name="documents"
    )
    kind = models.CharField(max_length=20, choices=Evidence.choices)
    details: Any = EncryptedJSONField()
    submitted_at = models.DateTimeField()
    status = models.CharField(max_length=20, choices=DocumentStatus.choices, default=DocumentStatus.SUBMITTED)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["submitted_at", "id"]
        constraints: ClassVar = [
            _known("income_document_status_known", "status", DocumentStatus.values),
            models.CheckConstraint(
                name="income_document_decided_when",
                condition=Q(status="submitted", decided_at=None) | (~Q(status="submitted") & ~Q(decided_at=None)),
            ),
            models.UniqueConstraint(
                fields=["declaration"], condition=Q(status="submitted"), name="income_document_one_open"
            ),
            models.UniqueConstraint(fields=["id", "member_id"], name="income_document_of_member"),
            TenantKey(
                name="income_document_of_own_declaration",
                fields=("declaration_id", "member_id"),
                to="billing_incomedeclaration",
                to_fields=("id", "member_id"),
            ),
            *seen_by(
                "income_document",
                employee=(OWN_MEMBER, "select, insert"),
                operator=(EVERY, "select, update (status, decided_at)"),
                worker=(EVERY, "select"),
            ),
        ]


class IncomeFile(models.Model):
    """What a member uploaded as a document's file, encrypted; deleted in the transaction that decides on the document.

    `content` holds {"type": media type, "base64": the bytes}.
    """

    document = models.OneToOneField(
        IncomeDocument, on_delete=models.PROTECT, primary_key=True, db_constraint=False, related_name="file"
    )
    member_id = models.UUIDField()
    content: Any = EncryptedJSONField()

    class Meta:
        constraints: ClassVar = [
            TenantKey(
                name="income_file_of_own_document",
                fields=("document_id", "member_id"),
                to="billing_incomedocument",
                to_fields=("id", "member_id"),
            ),
            *seen_by(
                "income_file",
                employee=(OWN_MEMBER, "select, insert"),
                operator=(EVERY, "select, delete"),
            ),
        ]


class IncomeAppeal(Aggregate):
    """A member's objection to what a declaration gave them, and an operator's decision.

    `grounds` holds {"grounds"} in the member's words, `decision` {"reason", "operator_id"}; both are encrypted.
    """

    tenant_field = "member_id"

    member_id = models.UUIDField()
    declaration = models.ForeignKey(
        IncomeDeclaration, on_delete=models.PROTECT, db_constraint=False, related_name="appeals"
    )
    grounds: Any = EncryptedJSONField()
    status = models.CharField(max_length=20, choices=AppealStatus.choices, default=AppealStatus.OPEN)
    opened_at = models.DateTimeField()
    decision: Any = EncryptedJSONField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            _known("income_appeal_status_known", "status", AppealStatus.values),
            models.CheckConstraint(
                name="income_appeal_decided_when",
                condition=Q(status="open", decided_at=None, decision=None)
                | (~Q(status="open") & ~Q(decided_at=None) & ~Q(decision=None)),
            ),
            models.UniqueConstraint(fields=["declaration"], condition=Q(status="open"), name="income_appeal_one_open"),
            TenantKey(
                name="income_appeal_of_own_declaration",
                fields=("declaration_id", "member_id"),
                to="billing_incomedeclaration",
                to_fields=("id", "member_id"),
            ),
            *seen_by(
                "income_appeal",
                employee=(OWN_MEMBER, "select, insert, update (version)"),
                operator=(EVERY, "select, update (status, decision, decided_at, version)"),
                worker=(EVERY, "select"),
            ),
        ]
