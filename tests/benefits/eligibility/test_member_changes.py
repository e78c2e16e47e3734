"""The API's own door: members changed one by one or many at once."""

import pytest

from benefits.eligibility.models import ChangeSet
from tests.factories.benefits import make_employer, make_hr, make_plan, signed_in
from tests.factories.census import ANA
from workers.kernel.actor import WORKER, acting_as

URL = "/api/v1/member-changes/"


@pytest.fixture
def hr(db, now):
    employer = make_employer()
    make_plan(employer.pk)
    return signed_in(make_hr(employer.pk))


def post(hr, *members, key="", **options):
    headers = {"Idempotency-Key": key} if key else {}
    return hr.post(URL, {"members": list(members), **options}, "application/json", headers=headers)


def numbers(hr):
    return sorted(member["employee_number"] for member in hr.get("/api/v1/members/").json()["results"])


def test_one_member_or_many_are_changed_at_once(hr):
    answer = post(hr, ANA)
    assert (answer.status_code, answer.json()["status"], answer.json()["door"]) == (201, "applied", "api")
    many = post(hr, ANA | {"last_name": "Soto"}, ANA | {"employee_number": "E2"})
    assert (many.json()["diff"]["changed"], many.json()["diff"]["added"]) == (1, 1)
    assert numbers(hr) == ["E1", "E2"]


def test_a_key_lets_it_happen_once(hr):
    first, again = post(hr, ANA, key="k"), post(hr, ANA, key="k")
    assert (again.status_code, again.content) == (201, first.content)
    with acting_as(WORKER):
        assert ChangeSet.objects.count() == 1
    assert post(hr, ANA | {"state": "NY"}, key="k").status_code == 422


def test_errors_name_the_member_by_its_place_and_nothing_is_kept(hr):
    answer = post(hr, ANA, ANA | {"employee_number": "E2", "state": "ZZ"})
    assert (answer.status_code, answer.json()["code"]) == (422, "rows_with_errors")
    assert [(e["row"], e["column"], e["code"]) for e in answer.json()["errors"]] == [(2, "state", "unknown_state")]
    assert numbers(hr) == []
    with acting_as(WORKER):
        assert not ChangeSet.objects.exists()
    assert post(hr, ANA, {**ANA, "employee_number": "E2", "state": "ZZ"}, skip_rows_with_errors=True).status_code == 201
    assert numbers(hr) == ["E1"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"members": []},
        {"members": [{}]},
        {"members": [ANA | {"ssn": "123-45-6789"}]},
        {"members": [dict.fromkeys(ANA, "")]},
        {"members": [ANA | {"first_name": ["Ana"]}]},
        {"members": [ANA] * 1_001},
        {"members": [ANA, ANA]},
    ],
)
def test_what_describes_nobody_is_refused(hr, body):
    answer = hr.post(URL, body, "application/json")
    assert answer.status_code == 422, answer.content
    assert numbers(hr) == []
