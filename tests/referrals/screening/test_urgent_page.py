"""Operators take up on a page who answered that they may be in danger, and learn whether a colleague was first."""

from typing import Any

import pytest
from django.test import Client

from referrals.screening.models import UrgentCase
from tests.factories.benefits import make_user, signed_in
from tests.factories.referrals import make_member, make_screening
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id

pytestmark = pytest.mark.django_db

URL = "/operator/screenings/"


@pytest.fixture
def case(now: Any) -> UrgentCase:
    make_screening(make_member(), phq9_9=2)
    with acting_as(WORKER):
        return UrgentCase.objects.get()


def take_up(operator: Client, case_id: Any) -> Any:
    return operator.post(URL, {"case_id": str(case_id)})


def test_who_takes_one_up_is_led_to_the_member_and_the_next_one_is_told(case: UrgentCase) -> None:
    first, second = make_user("operator"), make_user("operator")
    assert str(case.pk) in signed_in(first).get(URL).content.decode()
    answer = take_up(signed_in(first), case.pk)
    assert (answer.status_code, answer["Location"]) == (302, f"/operator/members/{case.member_id}/")
    late = signed_in(second)
    assert take_up(late, case.pk)["Location"] == URL
    page = late.get(URL).content.decode()
    assert "A colleague has taken it up before you." in page
    assert "Nobody waits for you" in page
    with acting_as(WORKER):
        assert UrgentCase.objects.get().acknowledged_by == first.pk


@pytest.mark.parametrize("named", ["", "nobody", None])
def test_what_names_no_case_changes_nothing(case: UrgentCase, named: str | None) -> None:
    assert take_up(signed_in(make_user("operator")), new_id() if named is None else named).status_code == 404
    with acting_as(WORKER):
        assert UrgentCase.objects.get().acknowledged_by is None


def test_an_operator_without_care_takes_up_nobody(case: UrgentCase) -> None:
    assert take_up(signed_in(make_user("operator", permissions=["finance"])), case.pk).status_code == 404
    with acting_as(WORKER):
        assert UrgentCase.objects.get().acknowledged_by is None
