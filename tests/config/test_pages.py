"""What every page and answer carries, and the pages of the house itself."""

import pytest
from django.test import Client

from tests.factories.benefits import make_user, signed_in
from workers.kernel.ids import new_id

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/nothing/", "/api/v1/me/", "/api/v1/docs/"])
def test_pages_load_only_ours_and_are_kept_nowhere(path, now):
    answer = Client().get(path)
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert "unsafe-inline" not in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "no-store"


def test_the_sheet_is_served_and_may_be_kept(now):
    answer = Client().get("/static/site/tokens.css")
    sheet = b"".join(answer)
    answer.close()
    assert b"prefers-color-scheme" in sheet
    assert "no-store" not in answer.get("Cache-Control", "")


def test_an_unknown_address_is_a_page_for_people_and_a_problem_for_programs(now):
    assert "There is nothing here" in Client().get("/nothing/").content.decode()
    assert Client().get("/api/v1/nothing/").json()["code"] == "not_found"


def test_a_form_without_its_token_is_explained(now):
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a@example.com", "password": "x"})
    assert (answer.status_code, "Please try again" in answer.content.decode()) == (403, True)


def test_operators_see_what_waits_in_the_engine(now):
    page = signed_in(make_user("operator")).get("/operator/engine/").content.decode()
    for queue in ("Jobs", "Deliveries", "E-mails"):
        assert queue in page
    employee = signed_in(make_user("employee", employer_id=new_id(), member_id=new_id()))
    assert employee.get("/operator/engine/").status_code == 404
