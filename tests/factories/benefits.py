"""People who sign in, employers, plans and members, for tests."""

import time
from datetime import datetime
from typing import Any
from uuid import UUID

from django.test import Client

from benefits.accounts.models import User, UserRole
from tests.conftest import NOW
from workers.kernel.actor import AUTH, acting_as
from workers.kernel.ids import new_id

PASSWORD = "ride-a-bicycle-7"


def make_user(role: str = "operator", *, email: str = "", now: datetime = NOW, **ids: Any) -> User:
    """A user with PASSWORD; `ids` as the role needs them."""
    if role == UserRole.OPERATOR:
        ids.setdefault("permissions", ["finance", "care"])
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


def make_hr(employer_id: UUID) -> User:
    """An HR admin of an employer."""
    return make_user("hr_admin", employer_id=employer_id)
