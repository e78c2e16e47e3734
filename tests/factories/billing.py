"""Sign-ins and actors for tests of billing."""

from typing import Any

from django.test import Client

from tests.factories import benefits
from workers.kernel.actor import Actor, Role
from workers.kernel.ids import new_id

_TENANTS = {
    "hr_admin": ["employer_id"],
    "employee": ["employer_id", "member_id"],
    "clinic_staff": ["clinic_id"],
}


def signed_in(role: str, **fields: Any) -> Client:
    """Return a browser of a new user of `role`, with new ids for the tenants that are not given."""
    ids = {name: new_id() for name in _TENANTS.get(role, []) if name not in fields}
    return benefits.signed_in(benefits.make_user(role, **ids, **fields))


def member_actor() -> Actor:
    """Return an employee of an employer, both with new ids."""
    return Actor(role=Role.EMPLOYEE, user=new_id(), member=new_id(), employer=new_id())
