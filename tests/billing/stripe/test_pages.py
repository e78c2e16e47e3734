"""The member's whole way by pages alone: store a method, confirm with the bank, pay now. No JavaScript."""

import re
from typing import Any

import httpx
import pytest
from django.test import Client

from billing.payment_plans.models import Instalment
from billing.payment_plans.rules import ChangeKind
from tests.billing.stripe.world import World
from tests.factories.payments import browser_of, paying_member


@pytest.fixture
def browser(world: World) -> Client:
    """The member's."""
    return browser_of(world.member)


def link(page: Any, words: str) -> str:
    """Where a link with these words leads."""
    found = re.search(rf'href="([^"]+)"[^>]*>(?:{words})', page.content.decode())
    assert found, page.content.decode()
    return found[1].replace("&amp;", "&")


@pytest.mark.parametrize(("kind", "like"), [("card", "pm_card_visa"), ("us_bank_account", "pm_usBankAccount_success")])
def test_a_method_is_stored_and_what_is_due_is_charged(world: World, browser: Client, kind: str, like: str) -> None:
    world.agree(9_000)
    world.run()
    assert link(browser.get("/payments/"), "Store a payment method") == "/payments/methods/new/"
    assert "I allow my bank account" in browser.get("/payments/methods/new/").content.decode()
    waiting = browser.post("/payments/methods/new/", {"kind": kind, "accepted": "yes"})["Location"]
    assert 'http-equiv="refresh"' in browser.get(waiting).content.decode()
    world.work()
    stripes_page = link(browser.get(waiting), "Go to Stripe&#x27;s page|Go to Stripe's page")
    assert httpx.post(stripes_page, data={"outcome": "save", "payment_method": like}).status_code == 303
    world.run()
    assert "It is stored" in browser.get(waiting).content.decode()
    assert "They are paid with" in browser.get("/payments/").content.decode()
    world.run_for(days=5)
    world.assert_charged(9_000)


@pytest.mark.parametrize("wish", [{}, {"kind": "card"}, {"kind": "gold", "accepted": "yes"}])
def test_nothing_is_stored_without_permission(world: World, browser: Client, wish: dict[str, str]) -> None:
    answer = browser.post("/payments/methods/new/", wish)
    assert answer.status_code == 422
    assert "without your permission nothing is stored" in answer.content.decode()


def test_a_payment_is_confirmed_on_the_banks_page(world: World, browser: Client) -> None:
    world.store_card()
    world.turn_bad("pm_card_authenticationRequired")
    world.agree(9_000)
    world.run()
    page = f"/pay/{world.read(Instalment.objects.get).pk}/"
    assert "Confirm with my bank" in browser.get(page).content.decode()
    asked = browser.post(page, {"action": "confirm"})["Location"]
    assert "One moment" in browser.get(asked).content.decode()
    world.run()
    banks_page = link(browser.get(asked), "Go to your bank&#x27;s page|Go to your bank's page")
    back = httpx.post(banks_page, data={"outcome": "succeed"})
    assert back.status_code == 303
    assert page in back.headers["location"]
    world.run()
    assert "It is paid" in browser.get(page).content.decode()
    world.assert_charged(9_000)


def test_an_instalment_that_waits_for_its_payer_is_paid_by_a_button(world: World, browser: Client) -> None:
    world.store_card()
    world.agree(9_000, 2)
    world.run()
    world.ask_change(ChangeKind.AUTOPAY_OFF)
    world.run_for(days=7)
    assert world.instalments() == ["paid", "due"]
    assert world.mails()[-1] == "billing/payment_due"
    second = world.read(lambda: Instalment.objects.get(number=2))
    browser.post(f"/pay/{second.pk}/", {"action": "pay"})
    world.run()
    world.assert_charged(4_500, 4_500)
    late = browser.post(f"/pay/{second.pk}/", {"action": "pay"}, follow=True)
    assert "completed" in late.content.decode()


def test_anothers_pages_answer_like_unknown_ones(world: World, browser: Client) -> None:
    setup = world.request_setup()
    stranger = browser_of(paying_member())
    assert stranger.get(f"/payments/methods/{setup.pk}/").status_code == 404
    assert browser.get(f"/payments/methods/{setup.pk}/").status_code == 200
