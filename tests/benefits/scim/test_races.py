"""Identity providers do several things at one moment: one wins, the others are told, nothing is half done."""

from collections.abc import Callable
from typing import Any

import pytest

from benefits.employers.models import Employer
from benefits.enrollment.models import Member
from benefits.scim.models import ScimUser
from tests.factories.benefits import hr_of, make_employer, make_hr, make_person, make_plan, signed_in
from tests.factories.scim import IdentityProvider, make_provider, user_body
from tests.racing import at_once
from workers.kernel.actor import acting_as

pytestmark = pytest.mark.usefixtures("committed_db", "now")
ANA = make_person("E1")


def together(*calls: Callable[[], Any]) -> list[int]:
    """The statuses of calls made at one moment."""
    return sorted(answer.status_code for answer in at_once(*calls))


@pytest.fixture
def employer() -> Employer:
    employer = make_employer()
    make_plan(employer.pk)
    return employer


@pytest.fixture
def provider(employer: Employer) -> IdentityProvider:
    return make_provider(employer.pk)


def test_of_two_creations_of_one_person_one_wins(provider, employer):
    assert together(*[lambda: provider.create(user_body(ANA))] * 3) == [201, 409, 409]
    with acting_as(hr_of(employer.pk)):
        assert (Member.objects.count(), ScimUser.objects.count()) == (1, 1)


def test_of_two_users_of_one_name_one_wins_and_the_other_is_no_member(provider, employer):
    bodies = [user_body(make_person(number), userName="same") for number in ("E1", "E2")]
    assert together(*[lambda body=body: provider.create(body) for body in bodies]) == [201, 409]
    with acting_as(hr_of(employer.pk)):
        assert Member.objects.count() == 1


def test_of_two_changes_of_one_version_one_wins(provider):
    ana = provider.create(user_body(ANA)).json()

    def rename(name: str) -> Callable[[], Any]:
        operation = {"op": "replace", "path": "name.familyName", "value": name}
        return lambda: provider.patch(ana["id"], operation, **{"If-Match": ana["meta"]["version"]})

    assert together(rename("Ruiz"), rename("Sanz")) == [200, 412]


def test_changes_of_different_attributes_at_once_are_both_kept(provider):
    ana = provider.create(user_body(ANA)).json()
    changes = [("name.familyName", "Ruiz"), ("name.givenName", "Eva"), ("userName", "new")]
    calls = [
        lambda path=path, value=value: provider.patch(ana["id"], {"op": "replace", "path": path, "value": value})
        for path, value in changes
    ]
    assert together(*calls) == [200, 200, 200]
    after = provider.get(f"/Users/{ana['id']}").json()
    assert (after["name"], after["userName"]) == ({"familyName": "Ruiz", "givenName": "Eva"}, "new")


def test_of_two_rotations_one_makes_the_successor(employer):
    admin = signed_in(make_hr(employer.pk))
    path = "/api/v1/scim-tokens/"
    made = admin.post(path, {"name": "Okta"}, content_type="application/json").json()
    rotate = f"{path}{made['record']['id']}/rotate/"
    sessions = [signed_in(make_hr(employer.pk)) for _ in range(2)]
    calls = [lambda one=one: one.post(rotate, {}, content_type="application/json") for one in sessions]
    assert together(*calls) == [201, 409]
