"""HR's page of one employee: in words, with plans by their names, and an invitation sent once more."""

import re

import pytest

from benefits.accounts.models import HrPermission
from benefits.enrollment.forms import STATUS_WORDS, value_in_words
from benefits.letters.models import LetterOrder
from tests.factories.benefits import OPERATOR, activate, make_employer, make_hr, make_member, make_plan, signed_in
from workers.kernel.actor import acting_as

pytestmark = pytest.mark.django_db


@pytest.fixture
def employer(now):
    employer = make_employer()
    make_plan(employer.pk, name="Standard")
    return employer


@pytest.fixture
def hr(employer):
    return signed_in(make_hr(employer.pk))


def text(answer, status=200):
    assert answer.status_code == status, answer.content
    return answer.content.decode()


def test_an_invitation_is_sent_again_whoever_has_an_account(hr, employer):
    asked, active = make_member(employer.pk), make_member(employer.pk)
    activate(active)
    for by in ("email", "letter"):
        pages = []
        for member in (asked, active):
            path = f"/employees/{member.pk}/invitation/"
            assert path in text(hr.get(f"/employees/{member.pk}/"))
            page = text(hr.post(path, {"by": by}, follow=True))
            pages.append("Asked for." in page)
        assert pages == [True, True]
    with acting_as(OPERATOR):
        assert LetterOrder.objects.count() == 2
    assert hr.post(path, {"by": "pigeon"}).status_code == 404
    reader = signed_in(make_hr(employer.pk, HrPermission.BILLING))
    others = signed_in(make_hr(make_employer().pk))
    assert [one.post(path, {"by": "email"}).status_code for one in (reader, others)] == [404, 404]
    assert [one.get(path).status_code for one in (reader, others)] == [404, 404]


def test_history_names_plans_and_says_states_and_days_as_people_do(hr, employer):
    member = make_member(employer.pk)
    path = f"/employees/{member.pk}/"
    assert "Standard: " in text(hr.get(path))
    page = text(hr.get(path, headers={"Accept-Language": "es"}))
    told = {"step": "terminate", "day": "2026-02-27", "seen": re.findall(r'name="seen" value="([^"]*)"', page)[0]}
    page = text(hr.post(path, told, follow=True, headers={"Accept-Language": "es"}))
    assert "<ins>27 de febrero de 2026</ins>" in page
    assert "<ins>2026" not in page
    assert value_in_words("employment_status", "ended") == STATUS_WORDS["terminated"]
