"""All that other apps may call."""

from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import prefetch_related_objects
from django.http import HttpRequest

from benefits.accounts import queries as accounts
from benefits.accounts import services as account_services
from benefits.accounts.backend import has_seen_second_factor
from benefits.accounts.backend import is_sure_of as is_sure_of
from benefits.accounts.backend import owed_second_factor as owed_second_factor
from benefits.accounts.models import User, UserRole
from benefits.eligibility.rules.limits import MOST_BYTES
from benefits.employers import queries as employers
from benefits.employers.rules import quarter_after
from benefits.enrollment import queries as enrollment
from benefits.enrollment.queries import Found as Found
from benefits.plans.models import Plan, PlanContribution
from benefits.plans.queries import contributions_of
from benefits.plans.rules import Contribution, year_of
from benefits.reports import services as reports
from benefits.scim.queries.tokens import find_roster_machine as find_roster_machine
from workers.kernel.actor import AUTH, Actor, Role

close_account = account_services.close  # an employee's own, for good
keep_account_open = account_services.keep_open
find_members = enrollment.find_anywhere  # as an operator
is_covered = enrollment.is_covered
MOST_CENSUS_BYTES = MOST_BYTES  # of an uploaded census, above which it is refused before it is read
_ZONE = "benefits.zone"  # where a request remembers it: no header can set a name with a dot in lower case
_ROLES = {
    UserRole.HR_ADMIN: Role.HR,
    UserRole.EMPLOYEE: Role.EMPLOYEE,
    UserRole.CLINIC_STAFF: Role.CLINIC,
    UserRole.OPERATOR: Role.OPERATOR,
}


@dataclass(frozen=True, kw_only=True)
class Member:
    """Who somebody is. `email` is their account's own, which the employer never has.

    It is "" before they have an account, after they closed it, and after their death: nothing is mailed then.
    """

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

    `plan_id` is the plan's through all of its versions, what limits are counted by; `version_id` names the terms.
    `year_starts_on` is the first day of the year that the day lies in, in which caps and the deductible are counted;
    years are counted from `years_from` as `reset` says. `contributions` are the kinds of session for which it pays
    something else than `employer_share_percent`. What is agreed about money keeps a copy of all of it.
    """

    plan_id: UUID
    version_id: UUID
    employer_id: UUID
    employer_share_percent: int
    annual_cap_cents: int
    deductible_cents: int
    covered_routes: tuple[str, ...]
    covered_formats: tuple[str, ...]
    starts_on: date
    years_from: date
    reset: str
    year_starts_on: date
    lifetime_cap_cents: int | None
    sessions_per_year: int | None
    contributions: tuple[Contribution, ...]


@dataclass(frozen=True, kw_only=True)
class Headcount:
    """How many members a plan covers on a day."""

    plan_id: UUID
    plan_name: str
    enrolled: int


def get_member(member_id: UUID) -> Member:
    """Return a member: themself as an employee, anybody as a worker. Raises NotFound."""
    return get_members({member_id})[member_id]


def get_members(member_ids: Set[UUID]) -> dict[UUID, Member]:
    """Return several members, by one query, as `get_member` does. Raises NotFound."""
    found = enrollment.get_members(member_ids, account_email=accounts.email_of("pk"))
    return {member.pk: _member(member, member.account_email) for member in found}  # type: ignore[attr-defined]  # annotated above


def _member(member: Any, account_email: str | None) -> Member:
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
        email="" if member.date_of_death else account_email or "",
    )


def zones_of(member_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the time zone (IANA) of each of these members, by one query; as a worker. Raises NotFound."""
    return enrollment.zones_of(member_ids)


def zone_of(request: HttpRequest) -> str:
    """Return the time zone of the member who is signed in; asked once in a request, however many panels it shows."""
    user: Any = request.user
    known: str = request.META.get(_ZONE) or enrollment.get_member(user.member_id).timezone
    request.META[_ZONE] = known
    return known


def coverage_of(member_id: UUID, *, on: date, under_way_since: date | None = None) -> Coverage | None:
    """Return what covers a member on a day, or None.

    A course `under_way_since` a day on which they were covered stays so for the plan's run-out after cover ends.
    """
    plan = enrollment.covering_plan(member_id, on=on, under_way_since=under_way_since)
    if plan is None:
        return None
    return _coverage(plan, on, contributions_of(plan_id=plan.pk))


def coverages_of(on: Mapping[UUID, date]) -> dict[UUID, Coverage]:
    """Return what covers each member on the member's day, of those whom something covers."""
    plans = enrollment.covering_plans(on)
    prefetch_related_objects(list(plans.values()), "contributions")
    return {member_id: _coverage(plan, on[member_id], plan.contributions.all()) for member_id, plan in plans.items()}


def _coverage(plan: Plan, on: date, contributions: Iterable[PlanContribution]) -> Coverage:
    return Coverage(
        plan_id=plan.lineage_id,
        version_id=plan.pk,
        employer_id=plan.employer_id,
        employer_share_percent=plan.employer_share_percent,
        annual_cap_cents=plan.annual_cap_cents,
        deductible_cents=plan.deductible_cents,
        covered_routes=tuple(plan.covered_routes),
        covered_formats=tuple(plan.covered_formats),
        starts_on=plan.starts_on,
        years_from=plan.years_from,
        reset=plan.reset,
        year_starts_on=year_of(plan.years_from, on, plan.reset),
        lifetime_cap_cents=plan.lifetime_cap_cents,
        sessions_per_year=plan.sessions_per_year,
        contributions=tuple(row.as_rule() for row in contributions),
    )


def plan_year(coverage: Coverage, *, on: date) -> date:
    """Return the first day of the plan's year that a day lies in."""
    return year_of(coverage.years_from, on, coverage.reset)


def freeze_quarter(employer_id: UUID, *, quarter: date, reached: Collection[UUID]) -> None:
    """Settle an employer's figure for the quarter that begins on a day, from the members who had a session in it.

    Who knows them calls this once after QuarterOver; again changes nothing. `reached` may name members of other
    employers. What is kept is rounded, or nothing at all (reports/rules.py). As a worker. Raises NotFound.
    """
    reports.freeze_quarter(employer_id=employer_id, quarter=quarter, reached=reached)


def last_day_of_quarter(quarter: date) -> date:
    """Return the last day of the quarter that begins on a day."""
    return quarter_after(quarter) - timedelta(days=1)


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
        permissions=tuple(user.permissions),
    )


def lacks_mfa(request: HttpRequest) -> bool:
    """Whether the request's user needs a second factor that their session has not seen."""
    user = request.user
    if not isinstance(user, User) or not user.needs_mfa:
        return False
    return not has_seen_second_factor(request, user)
