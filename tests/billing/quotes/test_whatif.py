"""What courses would cost at several clinics, before a choice."""

from uuid import UUID

import pytest
from django.core.cache import cache

from billing.quotes.models import BenefitUse, Quote
from billing.sliding_scale.models import IncomeDeclaration
from tests.factories.billing import agreed, course_of, declared, end_cover, quoted, signed_in
from tests.factories.referrals import make_clinic
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id

URL = "/api/v1/quotes/what-if/"
COURSE = {"protocol": "separated", "route": "im"}
INCOME = {"annual_income_cents": 6_600_000, "household_size": 4, "region": "contiguous"}


@pytest.fixture
def browser(member):
    return signed_in("employee", member_id=member.member, employer_id=member.employer)


def _ask(browser, *clinics, **more):
    body = {"clinic_ids": [str(one) for one in clinics]} | COURSE | more
    return browser.post(URL, body, content_type="application/json")


def test_several_clinics_are_priced_at_once_by_plan_and_income(browser, member, now):
    clinics = [make_clinic(number).pk for number in range(2)]
    answer = _ask(browser, *clinics)
    assert answer.status_code == 200, answer.content
    first, second = answer.json()["estimates"]
    assert [first["clinic_id"], second["clinic_id"]] == [str(one) for one in clinics]
    sessions = len(first["lines"])
    assert sessions > 5
    assert first["total_list_cents"] == 10_000 * sessions
    assert first["employer_cents"] == 6_000 * sessions
    assert first["member_cents"] == 4_000 * sessions == sum(first["instalments"][3])
    assert {step["rule"] for step in first["lines"][0]["steps"]} >= {"list_price", "no_income", "member_share"}
    declared(member, now, income_cents=6_600_000)
    assert _ask(browser, *clinics).json()["estimates"][0]["discount_cents"] == 5_000 * sessions


def test_an_income_can_be_tried_out_and_nothing_is_kept(browser, member, now):
    clinic = make_clinic().pk
    estimate = _ask(browser, clinic, income=INCOME).json()["estimates"][0]
    assert estimate["discount_cents"] == estimate["total_list_cents"] // 2
    with acting_as(WORKER):
        for model in (IncomeDeclaration, Quote, BenefitUse):
            assert not model.objects.exists()


def test_what_agreed_prices_have_used_is_not_promised_again(browser, member, now):
    clinic = make_clinic().pk
    agreed(member, quoted(member, course_of(member, 10**6, 10**6, 10**6), now), now)
    estimate = _ask(browser, clinic).json()["estimates"][0]
    assert estimate["employer_cents"] == 0
    assert "annual_cap" in {step["rule"] for step in estimate["lines"][0]["steps"]}


def test_a_clinic_without_a_price_for_the_whole_course_is_named(browser, member, now):
    clinic, unknown = make_clinic(routes=["sublingual"]).pk, new_id()
    answer = _ask(browser, clinic, unknown, clinic).json()
    assert answer == {"estimates": [], "unpriced": [str(clinic), str(unknown)]}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"clinic_ids": []}, "clinic_ids"),
        ({"clinic_ids": [str(UUID(int=n)) for n in range(21)]}, "clinic_ids"),
        ({"clinic_ids": ["x"]}, "clinic_ids"),
        ({"protocol": "none"}, "protocol"),
        ({"route": "oral"}, "route"),
        ({"format": "crowd"}, "format"),
        ({"income": INCOME | {"household_size": 0}}, "income"),
        ({"income": INCOME | {"annual_income_cents": None}}, "income"),
        ({"income": INCOME | {"annual_income_cents": 0.5}}, "income"),
        ({"currency": "eur"}, "currency"),
    ],
)
def test_a_wrong_question_is_a_422_that_names_the_field(browser, now, wrong, field):
    answer = _ask(browser, new_id(), **wrong)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]


def test_without_cover_there_is_nothing_to_compare(browser, member, now):
    end_cover(member)
    answer = _ask(browser, new_id())
    assert (answer.status_code, answer.json()["code"]) == (409, "not_covered")


def test_it_is_asked_thirty_times_a_minute_at_most(browser, now):
    answers = [_ask(browser, new_id()) for _ in range(31)]
    assert [answer.status_code for answer in answers] == [200] * 30 + [429]
    assert answers[-1].json()["code"] == "throttled"
    assert answers[-1]["Retry-After"] == "60"


def test_while_the_cache_is_away_nobody_is_held_up(browser, now, settings, caplog):
    settings.CACHES = settings.CACHES | {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}}
    cache.close()
    assert _ask(browser, new_id()).status_code == 200
    assert "limit not counted name=what-if" in caplog.text


@pytest.mark.parametrize("role", ["hr_admin", "clinic_staff", "operator"])
def test_nobody_else_asks(db, now, role):
    assert _ask(signed_in(role), new_id()).status_code == 403
