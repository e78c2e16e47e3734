"""What members declare about their income.

attested --confirm_evidence--> documented
   |
   +-- evidence_due_at passes: it no longer counts (nothing is stored; reads compare the time)
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_MEMBER, seen_by
from workers.kernel.encryption import EncryptedJSONField


class DeclarationStatus(models.TextChoices):
    """How well an income is known."""

    ATTESTED = "attested"
    DOCUMENTED = "documented"


class Evidence(models.TextChoices):
    """What is accepted as evidence (docs/facts.md, Money)."""

    PAY_STUB = "pay_stub"
    W2 = "w2"
    FORM_1040 = "1040"
    AWARD_LETTER = "award_letter"


class IncomeDeclaration(Aggregate):
    """A member's word about income and household; the newest that counts sets the discount of new quotes.

    `details` holds {"annual_income_cents", "household_size"}, encrypted. `band` is the one it fell into on
    the day of the declaration. No employer and no clinic may read either.
    """

    tenant_field = "member_id"

    member_id = models.UUIDField()
    details = EncryptedJSONField()
    region = models.CharField(max_length=20)
    programme = models.CharField(max_length=40)
    band = models.CharField(max_length=40)
    guideline_version = models.CharField(max_length=40)
    status = models.CharField(max_length=20, choices=DeclarationStatus.choices, default=DeclarationStatus.ATTESTED)
    evidence = models.CharField(max_length=20, choices=Evidence.choices, blank=True, default="")
    declared_at = models.DateTimeField()
    evidence_due_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="declaration_documented_by_evidence",
                condition=Q(status="attested", evidence="") | (Q(status="documented") & ~Q(evidence="")),
            ),
            *seen_by(
                "income_declaration",
                employee=(OWN_MEMBER, "select, insert"),
                operator=(EVERY, "select, update (status, evidence, version)"),
                worker=(EVERY, "select, delete"),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["member_id", "declared_at"], name="declaration_newest")]
