"""The published catalogue of what clinics are told."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from tests.factories.benefits import make_user, signed_in
from workers.kernel.ids import new_id

URL = "/api/v1/webhook-events/"


@pytest.mark.django_db
def test_staff_of_clinics_and_operators_read_it(now: Any) -> None:
    for user in (make_user("clinic_staff", clinic_id=new_id()), make_user("operator")):
        answer = signed_in(user).get(URL)
        assert answer.status_code == 200
        page = answer.json()
        assert (page["next"], page["previous"]) == (None, None)
        types = [one["type"] for one in page["results"]]
        assert types == [
            "course.updated",
            "endpoint.test",
            "referral.confirmed",
            "referral.offered",
            "referral.withdrawn",
        ]
        for one in page["results"]:
            Draft202012Validator.check_schema(one["schema"])
            Draft202012Validator(one["schema"], format_checker=FormatChecker()).validate(one["example"])
            assert (one["example"]["type"], one["version"]) == (one["type"], 1)
            assert one["description"]


@pytest.mark.django_db
def test_nobody_else_does(client: Any, now: Any) -> None:
    member = signed_in(make_user("employee", employer_id=new_id(), member_id=new_id()))
    hr = signed_in(make_user("hr_admin", employer_id=new_id()))
    assert [one.get(URL).status_code for one in (client, member, hr)] == [401, 403, 403]
