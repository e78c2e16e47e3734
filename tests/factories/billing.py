"""Sign-ins and actors for tests of billing."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.test import Client

from benefits.enrollment.models import Enrollment
from benefits.plans import services as plans
from benefits.plans.models import Plan
from benefits.plans.rules import Terms
from billing.quotes.models import Quote
from billing.quotes.services import agreeing, quoting
from billing.sliding_scale.models import IncomeDeclaration
from billing.sliding_scale.services import declaring
from referrals.courses.models import Course, Session
from referrals.requests.models import Request
from tests.conftest import NOW
from tests.factories import benefits
from tests.factories.courses import make_course
from tests.factories.referrals import make_member
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id

_TENANTS = {
    "hr_admin": ["employer_id"],
    "employee": ["employer_id", "member_id"],
    "clinic_staff": ["clinic_id"],
}


def signed_in(role: str, **fields: Any) -> Client:
    """Return a browser of a new user of `role`, with new ids for the tenants that are not given."""
    ids: dict[str, Any] = {name: new_id() for name in _TENANTS.get(role, []) if name not in fields}
    return benefits.signed_in(benefits.make_user(role, **ids, **fields))


def member_actor() -> Actor:
    """Return an employee of an employer, both with new ids."""
    return Actor(role=Role.EMPLOYEE, user=new_id(), member=new_id(), employer=new_id())


def covered_member(
    *,
    share_percent: int = 60,
    cap_cents: int = 500_000,
    deductible_cents: int = 0,
    routes: tuple[str, ...] = ("im",),
    **terms: Any,
) -> Actor:
    """Return an employee who is covered since 1 January by their employer's plan of these terms."""
    member = make_member()
    cover(
        member,
        employer_share_percent=share_percent,
        annual_cap_cents=cap_cents,
        deductible_cents=deductible_cents,
        covered_routes=routes,
        **terms,
    )
    return member


def cover(member: Actor, *, starts_on: date = date(2026, 1, 1), **terms: Any) -> None:
    """Enrol a member in a new plan of their employer from a day on."""
    assert member.member
    assert member.employer
    with acting_as(Actor(role=Role.OPERATOR)):
        defaults: dict[str, Any] = {
            "employer_share_percent": 60,
            "annual_cap_cents": 500_000,
            "deductible_cents": 0,
            "covered_routes": ("im",),
            "ends_on": None,
            "waiting_days": 0,
            "run_out_days": 0,
        }
        told = Terms(name="Plan", starts_on=starts_on, **(defaults | terms))
        plan = plans.create(employer_id=member.employer, terms=told, now=NOW)
    with benefits.changing_roster(member.employer):
        Enrollment.objects.create(employer_id=member.employer, member_id=member.member, plan=plan, starts_on=starts_on)


def change_plan(member: Actor, starts_on: date, **terms: Any) -> None:
    """The plan of the member's employer ends, and another begins."""
    the_day_before = starts_on - timedelta(days=1)
    assert member.member
    assert member.employer
    with acting_as(Actor(role=Role.OPERATOR)):
        Plan.objects.filter(employer_id=member.employer).update(ends_on=the_day_before)
    with benefits.changing_roster(member.employer):
        Enrollment.objects.filter(member_id=member.member).update(ends_on=the_day_before)
    cover(member, starts_on=starts_on, **terms)


def id_of(member: Actor) -> UUID:
    """Return the member's id."""
    assert member.member
    return member.member


YESTERDAY = NOW.date() - timedelta(days=1)


def end_cover(member: Actor, on: date = YESTERDAY) -> None:
    """The member's cover ends on a day, or ended yesterday."""
    assert member.member
    with benefits.changing_roster(member.employer):
        Enrollment.objects.filter(member_id=member.member).update(ends_on=on)


def course_of(member: Actor, *prices: int) -> Course:
    """Return a planned course of three sessions of 175 dollars, or of three `prices` in cents.

    Its request is over, so that there may be more.
    """
    course = make_course(member=member, prices=prices) if prices else make_course(member=member)
    with acting_as(WORKER):
        request = Request.objects.filter(pk=course.request_id)
        for status in ("offered", "accepted", "completed"):
            request.update(status=status, clinic_id=None if status == "offered" else course.clinic_id)
    return course


def now_is(status: str, course: Course, *places: int) -> None:
    """Some of a course's sessions, by their places, are completed, cancelled, …"""
    completed_at = NOW if status == "completed" else None
    with acting_as(WORKER):
        sessions = Session.objects.filter(course=course, sequence__in=places)
        sessions.update(status=status, completed_at=completed_at)


def quoted(member: Actor, course: Course, now: datetime) -> Quote:
    """Have a member ask for a quote of their course."""
    assert member.member
    with acting_as(member):
        return quoting.create(member_id=member.member, course_id=course.pk, now=now)


def agreed(member: Actor, quote: Quote, now: datetime) -> Quote:
    """Have a member agree to a quote."""
    assert member.member
    with acting_as(member):
        return agreeing.accept(quote_id=quote.pk, member_id=member.member, now=now)


def declared(
    member: Actor, now: datetime, *, income_cents: int, household: int = 4, region: str = "contiguous"
) -> IncomeDeclaration:
    """Have a member declare an income."""
    assert member.member
    assert member.employer
    with acting_as(member):
        return declaring.declare(
            member_id=member.member,
            employer_id=member.employer,
            annual_income_cents=income_cents,
            household_size=household,
            region=region,
            now=now,
        )
