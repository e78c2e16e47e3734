"""All that other apps may call."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from benefits.accounts import queries as accounts
from benefits.accounts.backend import has_seen_second_factor
from benefits.accounts.models import User, UserRole
from benefits.enrollment import queries as enrollment
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
    """The terms of the plan that covers a member on a day; money is cents."""

    plan_id: UUID
    employer_id: UUID
    employer_share_percent: int
    annual_cap_cents: int
    deductible_cents: int
    covered_routes: tuple[str, ...]


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
    return Coverage(
        plan_id=plan.pk,
        employer_id=plan.employer_id,
        employer_share_percent=plan.employer_share_percent,
        annual_cap_cents=plan.annual_cap_cents,
        deductible_cents=plan.deductible_cents,
        covered_routes=tuple(plan.covered_routes),
    )


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
