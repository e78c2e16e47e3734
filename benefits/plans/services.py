"""Agreeing on plans."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from benefits.employers.models import Employer
from benefits.plans.models import Plan
from benefits.plans.rules import wrong_terms
from workers.kernel.errors import DomainError, Invalid


class PlansOverlap(DomainError):
    """Another plan of this employer is in force in that period."""

    code = "plans_overlap"


def create(
    *,
    employer_id: UUID,
    name: str,
    starts_on: date,
    ends_on: date | None,
    employer_share_percent: int,
    annual_cap_cents: int,
    deductible_cents: int,
    covered_routes: Sequence[str],
    waiting_days: int,
    run_out_days: int,
    now: datetime,
) -> Plan:
    """Agree on a plan; new members are enrolled in it. Raises NotFound (employer), Invalid, PlansOverlap.

    A member is covered `waiting_days` after their hire date at the earliest; a course under way when cover ends is
    covered for `run_out_days` more.
    """
    wrong = wrong_terms(
        employer_share_percent=employer_share_percent,
        covered_routes=covered_routes,
        starts_before_end=ends_on is None or starts_on <= ends_on,
    )
    if wrong:
        raise Invalid("These terms cannot hold.", errors={field: [reason] for field, reason in wrong.items()})
    try:
        with transaction.atomic():
            return Plan.objects.create(
                employer=Employer.locked(pk=employer_id),
                name=name,
                starts_on=starts_on,
                ends_on=ends_on,
                employer_share_percent=employer_share_percent,
                annual_cap_cents=annual_cap_cents,
                deductible_cents=deductible_cents,
                covered_routes=list(covered_routes),
                waiting_days=waiting_days,
                run_out_days=run_out_days,
                created_at=now,
            )
    except IntegrityError as error:
        raise PlansOverlap("Another plan is in force in that period: choose dates outside it.") from error
