"""Rows and sign-ins for tests of billing."""

from typing import Any

from django.test import Client

from benefits.accounts.models import User
from workers.kernel import clock
from workers.kernel.actor import AUTH, acting_as
from workers.kernel.ids import new_id

_TENANTS = {
    "hr_admin": ["employer_id"],
    "employee": ["employer_id", "member_id"],
    "clinic_staff": ["clinic_id"],
}


def user(role: str, **fields: Any) -> User:
    """Store a user of `role`, with new ids for the tenants that are not given."""
    ids = {name: new_id() for name in _TENANTS.get(role, []) if name not in fields}
    with acting_as(AUTH):
        return User.objects.create_user(
            email=f"{new_id()}@example.org", password=None, role=role, created_at=clock.now(), **ids, **fields
        )


def signed_in(role: str, **fields: Any) -> Client:
    """Return a browser in which a new user of `role` is signed in."""
    client = Client()
    client.force_login(user(role, **fields), backend="benefits.accounts.backend.Backend")
    return client
