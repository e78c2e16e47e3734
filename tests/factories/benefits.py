"""People who sign in, employers, plans and members, for tests."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.test import Client

from benefits.accounts import services as accounts
from benefits.accounts.models import ALL_HR, Invitation, User, UserRole
from benefits.eligibility import services as eligibility
from benefits.eligibility.models import Kind
from benefits.eligibility.rules.rows import Row
from benefits.employers import services as employers
from benefits.employers.models import Employer
from benefits.enrollment.models import Door, Member
from benefits.enrollment.rules import Person
from benefits.enrollment.services import recorded
from benefits.plans import services as plans
from benefits.plans.models import Plan
from benefits.plans.rules import Terms
from tests.conftest import NOW
from workers.kernel.actor import AUTH, WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id

OPERATOR = Actor(role=Role.OPERATOR)
_EVERYTHING = {"operator": ("finance", "care"), "hr_admin": ALL_HR}

PASSWORD = "ride-a-bicycle-7"


def make_user(role: str = "operator", *, email: str = "", now: datetime = NOW, **ids: Any) -> User:
    """A user with PASSWORD; `ids` as the role needs them."""
    if role in _EVERYTHING:
        ids.setdefault("permissions", list(_EVERYTHING[role]))
    with acting_as(AUTH):
        return User.objects.create_user(
            email=email or f"{new_id()}@example.com", password=PASSWORD, role=role, created_at=now, **ids
        )


def signed_in(user: User, *, mfa: bool = True) -> Client:
    """A client with the user's session, in which a second factor was seen."""
    client = Client()
    with acting_as(AUTH):
        client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa" if mfa else "password", "at": time.time()}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client


def make_hr(employer_id: UUID, *permissions: str, email: str = "") -> User:
    """An HR admin of an employer, who may do everything where nothing is said."""
    return make_user("hr_admin", employer_id=employer_id, email=email, permissions=list(permissions or ALL_HR))


def make_employer(name: str = "", *, now: datetime = NOW) -> Employer:
    """An employer under contract."""
    with acting_as(OPERATOR):
        return employers.create(name=name or f"Employer {new_id()}", now=now)


def make_plan(employer_id: UUID, *, now: datetime = NOW, **terms: Any) -> Plan:
    """A plan in force since 1 January 2026, open-ended, without waiting days; `terms` replace its terms."""
    with acting_as(OPERATOR):
        return plans.create(employer_id=employer_id, terms=terms_of(**terms), now=now)


def make_draft(employer_id: UUID, *, now: datetime = NOW, **terms: Any) -> Plan:
    """The same, not agreed so far."""
    with acting_as(OPERATOR):
        return plans.draft(employer_id=employer_id, terms=terms_of(**terms), by=None, now=now)


def terms_of(**terms: Any) -> Terms:
    """The terms of a plan since 1 January 2026, open-ended, without waiting days, but for `terms`."""
    defaults: dict[str, Any] = {
        "name": "Standard",
        "starts_on": date(2026, 1, 1),
        "ends_on": None,
        "employer_share_percent": 50,
        "annual_cap_cents": 500_000,
        "deductible_cents": 25_000,
        "covered_routes": ["im", "sublingual"],
        "waiting_days": 0,
        "run_out_days": 0,
    }
    return Terms(**(defaults | terms))


def hr_of(employer_id: UUID) -> Actor:
    """The actor of an employer's HR admin."""
    return Actor(role=Role.HR, employer=employer_id, user=new_id(), permissions=ALL_HR)


@contextmanager
def changing_roster(employer_id: UUID | None, *, now: datetime = NOW) -> Iterator[None]:
    """Act as HR, and be recorded: members and cover are changed in no other way."""
    assert employer_id is not None
    with acting_as(hr_of(employer_id)), recorded(door=Door.FILE, now=now):
        yield


def make_person(number: str = "", **facts: Any) -> Person:
    """Somebody as their employer describes them."""
    number = number or str(new_id())
    defaults: dict[str, Any] = {
        "employee_number": number,
        "first_name": "Ana",
        "last_name": "García",
        "date_of_birth": date(1985, 5, 17),
        "postal_code": "94110",
        "state": "CA",
        "language": "en",
        "timezone": "America/Los_Angeles",
        "hire_date": date(2020, 3, 1),
        "personal_email": f"{number}@home.example",
    }
    return Person(**(defaults | facts))


def apply_people(employer_id: UUID, *people: Person, now: datetime = NOW) -> None:
    """Bring the roster in line with `people` as a file would, as HR."""
    rows = [Row(number, person) for number, person in enumerate(people, start=2)]
    with acting_as(hr_of(employer_id)):
        change_set, _ = eligibility.stage(
            employer_id=employer_id, door=Door.FILE, kind=Kind.CHANGES, rows=rows, by=new_id(), now=now
        )
        eligibility.apply(change_set_id=change_set.pk, by=new_id(), now=now)


def make_member(employer_id: UUID, number: str = "", *, now: datetime = NOW, **facts: Any) -> Member:
    """A member of an employer that has a plan, enrolled as a file would do it; no account yet."""
    person = make_person(number, **facts)
    apply_people(employer_id, person, now=now)
    with acting_as(WORKER):
        return Member.objects.get(employer_id=employer_id, employee_number=person.employee_number)


def activate(member: Member, *, email: str = "", now: datetime = NOW) -> User:
    """The member accepts an invitation; returns their account."""
    with acting_as(WORKER):
        Invitation.objects.filter(member_id=member.pk, claimed_at=None).update(superseded_at=now)
        _, token = accounts.issue(
            role=UserRole.EMPLOYEE,
            email=email or f"{new_id()}@home.example",
            employer_id=member.employer_id,
            member_id=member.pk,
            now=now,
        )
    with acting_as(AUTH):
        user = accounts.accept(token=token, password=PASSWORD, now=now)
    assert user is not None
    return user
