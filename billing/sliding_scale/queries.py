"""Which declaration counts, and what it gives."""

from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from billing.sliding_scale.models import DeclarationStatus, IncomeDeclaration
from billing.sliding_scale.rules import NO_DISCOUNT, Discount, Region, discount_for


def current_declaration(member_id: UUID, *, now: datetime) -> IncomeDeclaration | None:
    """Return a member's newest declaration that is documented, or attested and not yet overdue for evidence.

    The caller acts as the member, an operator or a worker.
    """
    counts = Q(status=DeclarationStatus.DOCUMENTED) | Q(evidence_due_at__gt=now)
    mine = IncomeDeclaration.objects.filter(counts, member_id=member_id)
    return mine.order_by("-declared_at", "-id").first()


def discount_of(declaration: IncomeDeclaration | None, *, on: date) -> Discount:
    """Return what a declared income gives by the guideline of a day; NO_DISCOUNT without a declaration."""
    if declaration is None:
        return NO_DISCOUNT
    return discount_for(
        declaration.details["annual_income_cents"],
        declaration.details["household_size"],
        Region(declaration.region),
        on,
        declaration.programme,
    )
