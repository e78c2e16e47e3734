"""Agreeing on plans."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from benefits.employers.models import Employer
from benefits.plans.models import Plan, PlanContribution
from benefits.plans.rules import Contribution, wrong_contributions, wrong_limits, wrong_terms
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
    lifetime_cap_cents: int | None = None,
    contributions: Sequence[Contribution] = (),
) -> Plan:
    """Agree on a plan; new members are enrolled in it. Raises NotFound (employer), Invalid, PlansOverlap.

    A member is covered `waiting_days` after their hire date at the earliest; a course under way when cover ends is
    covered for `run_out_days` more. `contributions` name the kinds of session for which the plan pays otherwise.
    """
    wrong = {
        **wrong_terms(
            employer_share_percent=employer_share_percent,
            covered_routes=covered_routes,
            starts_on=starts_on,
            ends_on=ends_on,
            today=now.date(),
        ),
        **wrong_limits(annual_cap_cents=annual_cap_cents, lifetime_cap_cents=lifetime_cap_cents),
        **wrong_contributions(contributions),
    }
    if wrong:
        raise Invalid("These terms cannot hold.", errors={field: [reason] for field, reason in wrong.items()})
    plan = Plan(
        name=name,
        starts_on=starts_on,
        ends_on=ends_on,
        employer_share_percent=employer_share_percent,
        annual_cap_cents=annual_cap_cents,
        lifetime_cap_cents=lifetime_cap_cents,
        deductible_cents=deductible_cents,
        covered_routes=list(covered_routes),
        waiting_days=waiting_days,
        run_out_days=run_out_days,
        created_at=now,
    )
    return _insert(plan, employer_id, contributions)


def _insert(plan: Plan, employer_id: UUID, contributions: Sequence[Contribution]) -> Plan:
    with transaction.atomic():
        plan.employer = Employer.locked(pk=employer_id)
        try:
            with transaction.atomic():
                plan.save(force_insert=True)
        except IntegrityError as error:
            raise PlansOverlap("Another plan is in force in that period: choose dates outside it.") from error
        PlanContribution.objects.bulk_create(
            PlanContribution(plan=plan, employer_id=employer_id, **asdict(one)) for one in contributions
        )
    return plan
