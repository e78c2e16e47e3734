"""Sign-ins and actors for tests of billing."""

from datetime import date, timedelta
from typing import Any

from django.test import Client

from benefits.enrollment.models import Enrollment
from benefits.plans import services as plans
from referrals.courses.models import Course
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
    *, share_percent: int = 60, cap_cents: int = 500_000, deductible_cents: int = 0, routes: tuple[str, ...] = ("im",)
) -> Actor:
    """Return an employee who is covered this year by their employer's plan of these terms."""
    member = make_member()
    assert member.member
    assert member.employer
    with acting_as(Actor(role=Role.OPERATOR)):
        plan = plans.create(
            employer_id=member.employer,
            name="Plan",
            starts_on=date(2026, 1, 1),
            ends_on=None,
            employer_share_percent=share_percent,
            annual_cap_cents=cap_cents,
            deductible_cents=deductible_cents,
            covered_routes=routes,
            waiting_days=0,
            run_out_days=0,
            now=NOW,
        )
    with acting_as(Actor(role=Role.HR, employer=member.employer)):
        Enrollment.objects.create(
            employer_id=member.employer, member_id=member.member, plan=plan, starts_on=date(2026, 1, 1)
        )
    return member


def end_cover(member: Actor) -> None:
    """The member's cover ended yesterday."""
    assert member.member
    with acting_as(Actor(role=Role.HR, employer=member.employer)):
        Enrollment.objects.filter(member_id=member.member).update(ends_on=NOW.date() - timedelta(days=1))


def course_of(member: Actor) -> Course:
    """Return a planned course of three sessions of 175 dollars; its request is settled, so that there may be more."""
    course = make_course(member=member)
    with acting_as(WORKER):
        Request.objects.filter(pk=course.request_id).update(status="accepted", clinic_id=course.clinic_id)
    return course
