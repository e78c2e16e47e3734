"""All that other apps may call."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from benefits.accounts import queries as accounts
from benefits.accounts.backend import has_seen_second_factor
from benefits.accounts.models import User, UserRole
from benefits.employers import queries as employers
from benefits.enrollment import queries as enrollment
from benefits.plans.models import Plan, PlanContribution
from benefits.plans.rules import Contribution, year_of
from workers.kernel.actor import AUTH, Actor, Role

_ROLES = {
    UserRole.HR_ADMIN: Role.HR,
    UserRole.EMPLOYEE: Role.EMPLOYEE,
    UserRole.CLINIC_STAFF: Role.CLINIC,
    UserRole.OPERATOR: Role.OPERATOR,
}


@dataclass(frozen=True, kw_only=True)
class Member:
    """Who somebody is. `email` is their account's own, "" until they activated it; the employer never has it."""

    id: UUID
    employer_id: UUID
    first_name: str
    last_name: str
    date_of_birth: date
    postal_code: str
    state: str
    language: str
    timezone: str
    email: str


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """The terms of the plan that covers a member on a day; money is cents.

    `year_starts_on` is the first day of the plan's year that the day lies in: caps and the deductible begin anew then.
    `contributions` are the kinds of session for which it pays something else than `employer_share_percent`.
    """

    plan_id: UUID
    employer_id: UUID
    employer_share_percent: int
    annual_cap_cents: int
    deductible_cents: int
    covered_routes: tuple[str, ...]
    starts_on: date
    year_starts_on: date
    lifetime_cap_cents: int | None
    contributions: tuple[Contribution, ...]


@dataclass(frozen=True, kw_only=True)
class Headcount:
    """How many members a plan covers on a day."""

    plan_id: UUID
    plan_name: str
    enrolled: int


def get_member(member_id: UUID) -> Member:
    """Return a member: themself as an employee, anybody as a worker. Raises NotFound."""
    member = enrollment.get_member(member_id)
    return Member(
        id=member.pk,
        employer_id=member.employer_id,
        first_name=member.first_name,
        last_name=member.last_name,
        date_of_birth=member.date_of_birth,
        postal_code=member.postal_code,
        state=member.state,
        language=member.language,
        timezone=member.timezone,
        email=accounts.email_of_member(member_id),
    )


def coverage_of(member_id: UUID, *, on: date, under_way_since: date | None = None) -> Coverage | None:
    """Return what covers a member on a day, or None.

    A course `under_way_since` a day on which they were covered stays so for the plan's run-out after cover ends.
    """
    plan = enrollment.covering_plan(member_id, on=on, under_way_since=under_way_since)
    if plan is None:
        return None
    return _coverage(plan, on)


def _coverage(plan: Plan, on: date) -> Coverage:
    return Coverage(
        plan_id=plan.pk,
        employer_id=plan.employer_id,
        employer_share_percent=plan.employer_share_percent,
        annual_cap_cents=plan.annual_cap_cents,
        deductible_cents=plan.deductible_cents,
        covered_routes=tuple(plan.covered_routes),
        starts_on=plan.starts_on,
        year_starts_on=year_of(plan.starts_on, on),
        lifetime_cap_cents=plan.lifetime_cap_cents,
        contributions=tuple(_contribution(row) for row in plan.contributions.all()),
    )


def _contribution(row: PlanContribution) -> Contribution:
    return Contribution(
        session_kind=row.session_kind,
        percent=row.percent,
        fixed_cents=row.fixed_cents,
        annual_cap_cents=row.annual_cap_cents,
        sessions_per_year=row.sessions_per_year,
    )


def plan_year(coverage: Coverage, *, on: date) -> date:
    """Return the first day of the plan's year that a day lies in."""
    return year_of(coverage.starts_on, on)


def employer_name(employer_id: UUID) -> str:
    """Return an employer's name: HR its own, an operator or a worker anybody's. Raises NotFound."""
    return employers.get_employer(employer_id).name


def list_headcounts(employer_id: UUID, *, on: date) -> list[Headcount]:
    """Return how many members each of an employer's plans covers on a day, those that cover anybody; as a worker."""
    return [
        Headcount(plan_id=plan_id, plan_name=name, enrolled=enrolled)
        for plan_id, name, enrolled in enrollment.headcounts_by_plan(employer_id, on=on)
    ]


def list_hr_emails(employer_id: UUID) -> list[str]:
    """Return the addresses of an employer's active HR admins; as a worker."""
    return accounts.list_hr_emails(employer_id)


def list_operator_emails(permission: str) -> list[str]:
    """Return the addresses of the active operators who hold `permission` ("care" or "finance"); as a worker."""
    return accounts.list_operator_emails(permission)


def list_clinic_emails(clinic_id: UUID) -> list[str]:
    """Return the addresses of a clinic's active staff; as a worker."""
    return accounts.list_clinic_emails(clinic_id)


def actor_of(user: User | AnonymousUser) -> Actor:
    """Return whom a signed-in user acts for; AUTH when nobody is signed in."""
    if not isinstance(user, User):
        return AUTH
    return Actor(
        role=_ROLES[UserRole(user.role)],
        user=user.pk,
        employer=user.employer_id,
        member=user.member_id,
        clinic=user.clinic_id,
    )


def lacks_mfa(request: HttpRequest) -> bool:
    """Whether the request's user needs a second factor that their session has not seen."""
    user = request.user
    if not isinstance(user, User) or not user.needs_mfa:
        return False
    return not has_seen_second_factor(request, user)
