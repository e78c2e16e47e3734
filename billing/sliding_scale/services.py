"""Declaring an income, and confirming it by evidence."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from billing.sliding_scale.models import DeclarationStatus, Evidence, IncomeDeclaration
from billing.sliding_scale.rules import (
    MAX_HOUSEHOLD,
    MAX_INCOME_CENTS,
    STANDARD,
    NoGuideline,
    Region,
    discount_for,
)
from workers.kernel.errors import Invalid

TIME_TO_DOCUMENT = timedelta(days=30)  # docs/facts.md, Money: self-attestation with 30 days to document


def declare(
    *, member_id: UUID, annual_income_cents: int, household_size: int, region: str, now: datetime
) -> IncomeDeclaration:
    """Store a member's own word about yearly income (cents) and household, and return it with its band.

    Earlier declarations stay: a quote keeps what it was computed from. Raises Invalid.
    """
    _check(annual_income_cents, household_size, region)
    try:
        discount = discount_for(annual_income_cents, household_size, Region(region), now.date())
    except NoGuideline as error:
        raise Invalid(str(error)) from error
    with transaction.atomic():
        return IncomeDeclaration.objects.create(
            member_id=member_id,
            details={"annual_income_cents": annual_income_cents, "household_size": household_size},
            region=region,
            programme=STANDARD,
            band=discount.band,
            guideline_version=discount.guideline_version,
            declared_at=now,
            evidence_due_at=now + TIME_TO_DOCUMENT,
        )


def confirm_evidence(*, declaration_id: UUID, evidence: str) -> IncomeDeclaration:
    """Record that an operator saw evidence of a declaration; repeating it changes nothing.

    Takes the declaration's lock. Raises NotFound, and Invalid for an unknown kind of evidence.
    """
    if evidence not in Evidence.values:
        raise Invalid(f"Evidence is one of {', '.join(Evidence.values)}.")
    with transaction.atomic():
        declaration = IncomeDeclaration.locked(pk=declaration_id)
        if declaration.status == DeclarationStatus.ATTESTED:
            declaration.status, declaration.evidence = DeclarationStatus.DOCUMENTED, evidence
            declaration.save(update_fields=["status", "evidence"])
    return declaration


def _check(annual_income_cents: int, household_size: int, region: str) -> None:
    if not 0 <= annual_income_cents <= MAX_INCOME_CENTS:
        raise Invalid(f"A yearly income is between 0 and {MAX_INCOME_CENTS} cents.")
    if not 1 <= household_size <= MAX_HOUSEHOLD:
        raise Invalid(f"A household has 1 to {MAX_HOUSEHOLD} people.")
    if region not in list(Region):
        raise Invalid(f"A region is one of {', '.join(Region)}.")
