"""Quotes over HTTP."""

import pytest

from tests.factories.billing import declared, signed_in
from tests.factories.courses import make_course
from workers.kernel.ids import new_id

URL = "/api/v1/quotes/"


@pytest.fixture
def browser(member):
    return signed_in("employee", member_id=member.member, employer_id=member.employer)


def _post(browser, url, body=None):
    return browser.post(url, body or {}, content_type="application/json")


def test_a_member_asks_reads_and_accepts(browser, course, now):
    answer = _post(browser, URL, {"course_id": str(course.pk)})
    assert answer.status_code == 201
    quote = answer.json()
    assert (quote["status"], quote["currency"], quote["expires_at"]) == ("offered", "usd", "2026-03-16T15:00:00Z")
    assert quote["total_list_cents"] == 52_500
    assert [line["member_cents"] for line in quote["lines"]] == [7_000, 7_000, 7_000]
    assert quote["lines"][0]["steps"][0]["en"] == "The clinic's list price for this session is $175.00."
    assert quote["lines"][0]["steps"][0]["es"] == "El precio de lista de la clínica para esta sesión es $175.00."
    assert quote["lines"][0]["steps"][-1]["figures"] == {"member_cents": 7_000}
    assert quote["instalments"] == [[21_000], [10_500, 10_500], [7_000, 7_000, 7_000], [5_250, 5_250, 5_250, 5_250]]
    assert quote["change"] is None
    accepted = _post(browser, f"{URL}{quote['id']}/accept/")
    assert (accepted.status_code, accepted.json()["status"]) == (200, "accepted")
    assert browser.get(f"{URL}{quote['id']}/").json() == accepted.json()
    assert [one["id"] for one in browser.get(URL).json()["results"]] == [quote["id"]]


def test_an_outdated_quote_says_what_has_changed_and_the_next_one_by_how_much(browser, member, course, now):
    quote = _post(browser, URL, {"course_id": str(course.pk)}).json()
    declared(member, now, income_cents=6_600_000)
    refused = _post(browser, f"{URL}{quote['id']}/accept/")
    assert (refused.status_code, refused.json()["code"]) == (409, "quote_outdated")
    assert refused.json()["changed"][0]["code"] == "income"
    change = _post(browser, URL, {"course_id": str(course.pk)}).json()["change"]
    assert change["difference"]["member_cents"] == -10_500
    assert change["lines"][0]["es"] == "Usted paga $35.00 y no $70.00."
    assert browser.get(f"{URL}{quote['id']}/").json()["status"] == "replaced"


def test_refusals_are_problems_with_a_code(browser, course, now):
    quote = _post(browser, URL, {"course_id": str(course.pk)}).json()
    _post(browser, f"{URL}{quote['id']}/accept/")
    again = _post(browser, URL, {"course_id": str(course.pk)})
    assert (again.status_code, again.json()["code"]) == (409, "price_already_agreed")


@pytest.mark.parametrize("body", [{}, {"course_id": "x"}, {"course_id": str(new_id()), "discount": 5}])
def test_bad_input_is_a_422(browser, now, body):
    assert _post(browser, URL, body).status_code == 422


def test_anothers_course_and_quote_are_unknown(browser, course, now):
    assert _post(browser, URL, {"course_id": str(make_course().pk)}).status_code == 404
    quote = _post(browser, URL, {"course_id": str(course.pk)}).json()
    other = signed_in("employee")
    assert other.get(f"{URL}{quote['id']}/").status_code == 404
    assert _post(other, f"{URL}{quote['id']}/accept/").status_code == 404
    assert browser.get(f"{URL}{quote['id']}/").json()["status"] == "offered"


@pytest.mark.parametrize("role", ["hr_admin", "clinic_staff", "operator"])
def test_nobody_else_has_quotes(db, now, role):
    browser = signed_in(role)
    assert _post(browser, URL, {"course_id": str(new_id())}).status_code == 403
    assert browser.get(f"{URL}{new_id()}/").status_code == 403
    assert _post(browser, f"{URL}{new_id()}/accept/").status_code == 403
