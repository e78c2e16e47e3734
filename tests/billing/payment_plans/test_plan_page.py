"""The page on which a member changes a plan: what the API takes, without a program."""

from datetime import timedelta

import pytest

from billing.payment_plans.models import Instalment, PaymentPlan, PlanChange
from billing.payment_plans.rules import ChangeKind
from billing.payment_plans.services import changing
from billing.payment_plans.web.changing import WORDS
from tests.factories.payments import agree, browser_of, card_of, paying_member
from workers.kernel import bells
from workers.kernel.actor import WORKER, acting_as


@pytest.fixture
def member(db, now, monkeypatch):
    """Somebody who pays 90 dollars in three parts."""
    monkeypatch.setattr(bells, "_strike", None)
    member = paying_member()
    card_of(member, now)
    agree(member, cents=9_000, count=3, now=now)
    return member


def plan():
    with acting_as(WORKER):
        return PaymentPlan.objects.get()


def ask(browser, **wish):
    return browser.post(f"/payments/plans/{plan().pk}/", wish)


def done(now):
    """Apply what was asked for, and return the plan."""
    with acting_as(WORKER):
        for change in PlanChange.objects.order_by("requested_at"):
            changing.apply(change_id=change.pk, now=now)
    return plan()


def second():
    with acting_as(WORKER):
        return Instalment.objects.get(number=2)


def test_payments_lead_to_it_and_it_offers_every_change(member):
    browser = browser_of(member)
    assert f'href="/payments/plans/{plan().pk}/"' in browser.get("/payments/").content.decode()
    page = browser.get(f"/payments/plans/{plan().pk}/").content.decode()
    for kind in ("pause", "move", "spread", "pay_off", "autopay_off"):
        assert f'name="kind" value="{kind}"' in page
    assert 'max="2026-06-02"' in page  # a pause of three months


def test_every_kind_of_change_has_words_in_both_languages():
    assert all(set(ChangeKind) <= set(words) for words in WORDS.values())
    assert set(WORDS["en"]) == set(WORDS["es"])


def test_a_pause_moves_the_dates_and_is_ended_again(member, now):
    browser, due = browser_of(member), second().due_at
    assert ask(browser, kind="pause", until="2026-03-12").status_code == 302
    assert done(now).paused_until is not None
    assert second().due_at == due + timedelta(days=10)
    page = browser.get(f"/payments/plans/{plan().pk}/").content.decode()
    assert "Paused until March 12, 2026" in page
    assert "Pause – done" in page
    ask(browser, kind="resume")
    assert done(now).paused_until is None


def test_a_date_is_moved_and_the_rest_is_spread(member, now):
    browser = browser_of(member)
    ask(browser, kind="move", instalment_id=str(second().pk), due_on="2026-04-20")
    done(now)
    assert f"{second().due_at:%m-%d}" == "04-20"
    ask(browser, kind="spread", instalments="1", interval="weekly")
    done(now)
    with acting_as(WORKER):
        assert [each.amount_cents for each in Instalment.objects.exclude(status="cancelled")] == [9_000]


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"kind": "pause", "until": "2027-03-12"}, "A pause can last until a day from 2026-03-03 to 2026-06-02"),
        ({"kind": "pause"}, "Fill in every field"),
        ({"kind": "pause", "until": "soon"}, "Fill in every field"),
        ({"kind": "resume"}, "This plan does not pause"),
        ({"kind": "forgive"}, "Fill in every field"),
        ({}, "Fill in every field"),
    ],
)
def test_what_cannot_be_is_said_with_what_is_possible(member, wish, words):
    answer = ask(browser_of(member), **wish)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    with acting_as(WORKER):
        assert not PlanChange.objects.exists()


def test_anothers_plan_answers_like_an_unknown_one(member):
    stranger = browser_of(paying_member())
    assert [stranger.get(f"/payments/plans/{plan().pk}/").status_code, ask(stranger, kind="pay_off").status_code] == [
        404,
        404,
    ]
