"""A member sees what a course costs them, line by line, agrees, and chooses how to pay; nothing happens by itself."""

import re

import pytest

from billing.payment_plans.models import PaymentPlan
from billing.quotes.models import Quote
from tests.factories.benefits import make_user, signed_in
from tests.factories.billing import course_of, covered_member
from tests.factories.referrals import make_member
from workers.kernel.actor import WORKER, acting_as

pytestmark = pytest.mark.django_db


def browser(member):
    return signed_in(make_user("employee", employer_id=member.employer, member_id=member.member))


def text(answer, status=200):
    assert answer.status_code == status, answer.content
    return answer.content.decode()


@pytest.fixture
def member(now):
    return covered_member(share_percent=60)


def test_a_price_is_asked_for_explained_agreed_to_and_paid_in_parts(member):
    client, path = browser(member), f"/prices/{course_of(member).pk}/"
    assert "There is no price yet" in text(client.get(path))
    page = text(client.post(path, {"action": "quote"}, follow=True))
    assert "Your employer&#x27;s plan pays 60 %" in page
    quote_id = re.findall(r'name="quote_id" value="([^"]+)"', page)[0]
    told = {"action": "plan", "quote_id": quote_id, "count": "2"}
    assert "Agree to the price first." in text(client.post(path, told, follow=True))
    page = text(client.post(path, {"action": "accept", "quote_id": quote_id}, follow=True))
    assert "You agreed to this price." in page
    assert "Choose in how many parts" in text(client.post(path, {**told, "count": "many"}, follow=True))
    assert "It cannot be paid in so many parts" in text(client.post(path, {**told, "count": "99"}, follow=True))
    assert client.post(path, told)["Location"] == "/payments/methods/new/", "nothing is debited without a method"
    with acting_as(WORKER):
        assert PaymentPlan.objects.get(quote_id=quote_id).instalments.count() == 2
    assert "You chose how to pay." in text(client.get(path))


def test_an_income_lowers_the_price_and_the_page_says_why_it_differs(member):
    client, path = browser(member), f"/prices/{course_of(member).pk}/"
    client.post(path, {"action": "quote"})
    assert "You have declared none so far" in text(client.get("/income/"))
    wrong = text(client.post("/income/", {"annual_income": "-1", "household_size": "0", "region": "alaska"}), 422)
    assert wrong.count("errorlist") == 2
    assert '<option value="alaska" selected' in wrong
    told = {"annual_income": "14000.50", "household_size": "2", "region": "contiguous"}
    page = text(client.post("/income/", told, follow=True))
    assert "% off" in page
    assert "14000" not in page, "the amount is not shown again"
    page = text(client.post(path, {"action": "quote"}, follow=True))
    assert "The income that counts is another one" in page
    assert "Taken off for your income" in page
    spanish = text(client.get(path, headers={"Accept-Language": "es"}))
    assert "Los ingresos que cuentan son otros" in spanish


def test_anothers_course_has_no_price(member):
    path = f"/prices/{course_of(member).pk}/"
    stranger = browser(make_member())
    assert [stranger.get(path).status_code, stranger.post(path, {"action": "quote"}).status_code] == [404, 404]
    with acting_as(WORKER):
        assert not Quote.objects.exists()
