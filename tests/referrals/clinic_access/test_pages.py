"""A clinic's staff keeps its software's access on pages, too."""

import re
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from referrals.clinic_access.models import ApiClient
from tests.factories.benefits import make_user, signed_in
from tests.factories.clinic_access import OPERATOR, bearer, make_client
from tests.factories.referrals import make_clinic
from workers.kernel.actor import acting_as
from workers.kernel.ids import new_id

pytestmark = pytest.mark.django_db

URL = "/clinic/api-clients/"
OFFERS = "/api/v1/clinic/offers/"


@pytest.fixture
def clinic_id(now: datetime) -> UUID:
    return make_clinic().pk


@pytest.fixture
def staff(clinic_id: UUID) -> Client:
    return signed_in(make_user("clinic_staff", clinic_id=clinic_id))


def secret_in(answer: Any) -> str:
    found = re.search(r"<code>(clinic_(?:key|secret)_[\w-]+)</code>", answer.content.decode())
    assert found, answer.content.decode()
    return found[1]


def only_client() -> ApiClient:
    with acting_as(OPERATOR):
        return ApiClient.objects.get()


def test_a_key_is_made_shown_once_replaced_and_ended(staff: Client) -> None:
    made = staff.post(URL, {"name": "Kiosk", "kind": "key", "scopes": ["offers:read"]})
    key = secret_in(made)
    assert bearer(key).get(OFFERS).status_code == 200
    page = f"{URL}{only_client().pk}/"
    for address in (URL, page):
        assert key not in staff.get(address).content.decode()
    assert "Kiosk" in staff.get(URL).content.decode()
    new = secret_in(staff.post(page, {"action": "leaked"}))
    assert [bearer(each).get(OFFERS).status_code for each in (key, new)] == [401, 200]
    newest = secret_in(staff.post(page, {"action": "rotate"}))
    assert [bearer(each).get(OFFERS).status_code for each in (new, newest)] == [200, 200]
    assert staff.post(page, {"action": "revoke"}).status_code == 302
    assert bearer(newest).get(OFFERS).status_code == 401
    shown = staff.get(page).content.decode()
    assert all(words in shown for words in ("ended", "API key", "Access given", "Got a new secret", "Access ended"))
    assert "Cómo se identifica" in staff.get(URL, headers={"Accept-Language": "es"}).content.decode()


def test_a_form_without_a_scope_is_shown_again(staff: Client) -> None:
    answer = staff.post(URL, {"name": "Kiosk", "kind": "key"})
    assert answer.status_code == 422
    assert "This field is required" in answer.content.decode()


@pytest.mark.parametrize("action", ["", "steal"])
def test_there_are_no_other_actions(staff: Client, clinic_id: UUID, action: str) -> None:
    client = make_client(clinic_id).client
    assert staff.post(f"{URL}{client.pk}/", {"action": action}).status_code == 404


def test_others_find_nothing_there(staff: Client, clinic_id: UUID) -> None:
    client = make_client(make_clinic(2).pk).client
    assert staff.get(f"{URL}{client.pk}/").status_code == 404
    for action in ("rotate", "leaked", "revoke"):
        assert staff.post(f"{URL}{client.pk}/", {"action": action}).status_code == 404
    member = signed_in(make_user("employee", employer_id=new_id(), member_id=new_id()))
    assert member.get(URL).status_code == 404
    assert Client().get(URL).status_code == 302
