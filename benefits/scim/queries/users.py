"""Provisioned users, and how a SCIM client sees them."""

import hashlib
import json
from datetime import date
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from scim2_models import Context, Meta

from benefits.enrollment.models import DESCRIBED, Member
from benefits.enrollment.rules import Person
from benefits.scim.models import ScimUser
from benefits.scim.queries.filters import condition_of
from benefits.scim.rules.describing import Names, user_of
from benefits.scim.rules.resources import Employee
from workers.kernel.errors import NotFound

BASE = "/scim/v2"


def provisioned() -> QuerySet[ScimUser]:
    """Return the users of the actor's employer that were neither deleted nor, by undoing their adding, removed."""
    there = ScimUser.objects.filter(deleted_at=None, member__removed_at=None)
    return there.select_related("member", "member__subscriber")


def list_users(*, filter: str = "", today: date) -> QuerySet[ScimUser]:
    """Return the users of the actor's employer whom a filter means, the first provisioned first.

    Raises InvalidFilterException (scim2-models).
    """
    users = provisioned().order_by("id")
    return users.filter(condition_of(filter, today=today)) if filter else users


def get_user(user_id: UUID) -> ScimUser:
    """Return a user of the actor's employer. Raises NotFound, also for one that was deleted or undone."""
    user = provisioned().filter(pk=user_id).first()
    if user is None:
        raise NotFound("There is no such user.")
    return user


def person_of(member: Member) -> Person:
    """Return a member as a door would describe them, without their e-mail addresses, which nobody here may read."""
    subscriber = member.subscriber.employee_number if member.subscriber is not None else ""
    facts = {name: getattr(member, name) for name in DESCRIBED}
    return Person(employee_number=member.employee_number, subscriber_number=subscriber, **facts)


def resource_of(user: ScimUser, *, today: date) -> Employee:
    """Return a user as SCIM shows them.

    `meta.version` is a hash of what is shown: it changes when an answer does, through whichever door, and then only.
    """
    names = Names(
        user_name=user.user_name,
        external_id=user.external_id,
        work_email=user.work_email,
        home_email=user.home_email,
        address_type=user.address_type,
    )
    resource = user_of(person_of(user.member), names, today=today)
    resource.id = str(user.pk)
    shown = json.dumps(resource.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE), sort_keys=True)
    resource.meta = Meta(
        resource_type="User",
        created=user.created_at,
        last_modified=user.changed_at,
        location=f"{settings.BASE_URL}{BASE}/Users/{user.pk}",
        version=f'W/"{hashlib.sha256(shown.encode()).hexdigest()[:32]}"',
    )
    return resource
