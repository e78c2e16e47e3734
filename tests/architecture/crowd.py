"""A tenant among many: 100,000 colleagues on its roster, and several of whatever a page lists."""

from datetime import date, datetime
from typing import Any

from django.db import connections

from benefits.enrollment.models import Member
from referrals.clinics.services.capacity import update_capacity
from tests.architecture import world
from tests.architecture.world import PLACES, Tenant
from tests.factories import benefits, books
from tests.factories.clinic_access import make_client
from tests.factories.courses import make_endpoint
from tests.factories.referrals import OPERATOR, make_member, make_request, run_workers
from tests.factories.rosters import filling, without_history
from workers.kernel.actor import Actor, Role, acting_as

COLLEAGUES = 100_000
MORE = 4  # of each other thing: by then it shows when a page asks once for each row
_COVER = """
INSERT INTO benefits_enrollment (id, version, employer_id, member_id, plan_id, starts_on)
SELECT uuidv7(), 0, member.employer_id, member.id, cover.plan_id, cover.starts_on
FROM benefits_member AS member JOIN benefits_enrollment AS cover ON cover.member_id = %(like)s
WHERE member.employee_number ~ '^[0-9]+$'
"""


def add_crowd(tenant: Tenant, now: datetime) -> None:
    """Fill a tenant's roster, and let there be more of everything that its own people, HR, clinic and we list."""
    _add_colleagues(tenant.member)
    with acting_as(OPERATOR):
        update_capacity(clinic_id=tenant.clinic.pk, open_slots=10 * MORE, now=now)
    user = Actor(role=Role.EMPLOYEE, member=tenant.member.pk, employer=tenant.employer_id, user=tenant.user.pk)
    for number in range(1, MORE + 1):
        _add_patient(tenant, number, now)
        make_request(make_member())  # that no clinic of theirs takes
        _add_papers(tenant, number, now)
        world.spare(user, tenant.clinic.pk, now)
    run_workers()


def _add_colleagues(like: Member) -> None:
    with connections["owner"].cursor() as owner, without_history(owner.execute), filling(like, COLLEAGUES) as cursor:
        cursor.execute(_COVER, {"like": like.pk})
        assert cursor.rowcount == COLLEAGUES


def _add_patient(tenant: Tenant, number: int, now: datetime) -> None:
    """A colleague in care at the same clinic, who pays, and one who waits for an operator."""
    place = PLACES[0]
    home: dict[str, Any] = {"postal_code": place.home, "state": place.state, "timezone": place.timezone}
    member = benefits.make_member(tenant.employer_id, **home)
    user = benefits.activate(member, now=now)
    employee = benefits.signed_in(user)
    ids = world.get_care(employee, tenant.clinic.pk, place, now)
    world.pay(employee, member.pk)
    world.write_to(tenant.clinic.pk, ids["course_id"], number, now)
    world.paid_before(Actor(role=Role.EMPLOYEE, member=member.pk, employer=tenant.employer_id, user=user.pk), now)
    world.wait_for_operator(tenant.employer_id, place)


def _add_papers(tenant: Tenant, number: int, now: datetime) -> None:
    """What HR, the clinic and operators keep."""
    hr = tenant.clients["hr_admin"]
    benefits.make_plan(tenant.employer_id, starts_on=date(2026 + number, 1, 1), ends_on=date(2026 + number, 12, 31))
    world.upload(
        hr, f"{world.HEADER}\nN{number},Nora,New,1990-01-01,n{number}@home.example,10025,NY,2024-01-01,en,active\n"
    )
    world.administer(tenant.employer_id, 100 + number, now)
    world.in_directory(tenant.clinic, 100 + number, now)
    world.fund_of(f"programme_{100 + number}", now)
    world.delivered(make_endpoint(tenant.clinic.pk), now)
    make_client(tenant.clinic.pk, "offers:read")
    world.told(world.send(hr, "scim-tokens", {"name": f"Token {number}"}))
    books.deliver(tenant.clinic.pk, 17_500)
