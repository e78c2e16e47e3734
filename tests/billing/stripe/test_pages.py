"""The member's whole way by pages: store a method, confirm with the bank, pay now, take the method away.

All of it without JavaScript, and storing also by Stripe's fields on a page of ours, whose script is played here.
"""

import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
import stripe
from django.conf import settings
from django.test import Client
from stripe import StripeClient

from billing.payment_plans.models import Instalment, PaymentMethod, PaymentMethodSetup
from billing.payment_plans.rules import ChangeKind
from tests.billing.stripe.world import World
from tests.factories.payments import browser_of, paying_member
from tests.simulators_tests.stripe.bench import PUBLISHABLE_KEY


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
    assert 'hx-trigger="every 2s"' in browser.get(waiting).content.decode()
    assert "HX-Refresh" not in browser.get(waiting, headers={"HX-Request": "true"})
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
    assert "All of this plan is paid" in late.content.decode()


@pytest.fixture
def elements(world: World, browser: Client, settings: Any) -> str:
    """The address of a page with Stripe's fields, ready to be typed into."""
    settings.STRIPE_PUBLISHABLE_KEY = PUBLISHABLE_KEY
    form = {"kind": "card", "accepted": "yes", "way": "elements"}
    address: str = browser.post("/payments/methods/new/", form)["Location"]
    world.work()
    return address


def typed(page: Any, like: str) -> str:
    """Where Stripe.js sends the browser, once it has confirmed what was typed with the page's own key and secret."""
    data = dict(re.findall(r'data-(key|secret|back)="([^"]*)"', page.content.decode()))
    client = StripeClient(data["key"], base_addresses={"api": settings.STRIPE_API_BASE})
    params: Any = {"payment_method": like, "client_secret": data["secret"], "return_url": data["back"]}
    intent = client.v1.setup_intents.confirm(data["secret"].partition("_secret_")[0], params)
    if intent.next_action and intent.next_action.redirect_to_url:
        answer = httpx.post(str(intent.next_action.redirect_to_url.url), data={"outcome": "fail"})
        return str(answer.headers["location"])
    added = {"setup_intent_client_secret": data["secret"], "redirect_status": intent.status}
    return f"{data['back']}?{urlencode(added)}"


def test_a_method_is_typed_into_stripes_fields(world: World, browser: Client, elements: str) -> None:
    page = browser.get(elements)
    base = world.bench.url
    assert f'<script src="{base}/js/stripe.js"></script>' in page.content.decode()
    assert httpx.get(f"{base}/js/stripe.js").status_code == 200
    back = urlsplit(typed(page, "pm_card_visa"))
    assert back.path == elements
    clean = browser.get(back.path, dict(parse_qsl(back.query)))
    assert clean["Location"] == f"{elements}?confirmed=1"  # no secret stays in the browser's history
    assert 'hx-trigger="every 2s"' in browser.get(clean["Location"]).content.decode()
    world.run()
    assert "It is stored" in browser.get(clean["Location"]).content.decode()


def test_a_bank_that_does_not_confirm_leaves_the_fields_open(world: World, browser: Client, elements: str) -> None:
    back = urlsplit(typed(browser.get(elements), "pm_card_authenticationRequired"))
    again = browser.get(browser.get(back.path, dict(parse_qsl(back.query)))["Location"])
    assert "Your bank did not confirm it" in again.content.decode()
    assert 'id="payment-form"' in again.content.decode()
    assert world.read(PaymentMethod.objects.count) == 0


def test_only_the_page_with_the_fields_loads_anything_of_stripes(
    world: World, browser: Client, elements: str, settings: Any
) -> None:
    others = ("/payments/", "/payments/methods/new/", f"{elements}?confirmed=1")
    assert all("stripe" not in browser.get(path)["Content-Security-Policy"] for path in others)
    assert all("script-src" not in browser.get(path)["Content-Security-Policy"] for path in others)
    policy = browser.get(elements)["Content-Security-Policy"]
    assert f"script-src 'self' {world.bench.url};" in policy
    assert "'unsafe-inline'" not in policy
    settings.STRIPE_API_BASE = "https://api.stripe.com"
    page = browser.get(elements)
    assert f"https://js.stripe.com/{stripe.api_version.partition('.')[2]}/stripe.js" in page.content.decode()
    for allowed in (
        "script-src 'self' https://js.stripe.com https://*.js.stripe.com;",
        "frame-src https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com;",
        "connect-src 'self' https://api.stripe.com",
    ):
        assert allowed in page["Content-Security-Policy"]


def test_without_a_key_for_browsers_stripes_own_page_is_used(world: World, browser: Client, settings: Any) -> None:
    settings.STRIPE_PUBLISHABLE_KEY = ""
    assert 'value="elements"' not in browser.get("/payments/methods/new/").content.decode()
    browser.post("/payments/methods/new/", {"kind": "card", "accepted": "yes", "way": "elements"})
    assert world.read(PaymentMethodSetup.objects.get).way == "checkout"


def test_a_mandate_is_read_and_kept_in_the_members_language(world: World, browser: Client) -> None:
    spanish: Any = {"headers": {"Accept-Language": "es"}}
    page = browser.get("/payments/methods/new/", **spanish).content.decode()
    told = browser.get("/api/v1/payment-methods/mandates/", **spanish).json()
    assert [each["kind"] for each in told] == ["card", "us_bank_account"]
    assert all(each["text"] in page for each in told)
    browser.post("/payments/methods/new/", {"kind": "us_bank_account", "accepted": "yes"}, **spanish)
    assert world.read(PaymentMethodSetup.objects.get).mandate_text == told[1]["text"]
    assert "débito" in told[1]["text"]


def test_a_permission_is_withdrawn_on_the_payments_page(world: World, browser: Client) -> None:
    world.store_card()
    card = world.active_card()
    assert "Withdraw my permission" in browser.get("/payments/").content.decode()
    assert browser.post("/payments/")["Location"] == "/payments/"
    world.run()
    assert world.bench.stripe.v1.payment_methods.retrieve(card).customer is None
    assert "Withdraw my permission" not in browser.get("/payments/").content.decode()
    assert browser.post("/payments/").status_code == 302  # once more changes nothing


def test_pay_leads_to_what_is_to_be_paid_next(world: World, browser: Client) -> None:
    assert browser.get("/pay/")["Location"] == "/payments/"
    world.agree(9_000, 2)
    first = world.read(lambda: Instalment.objects.get(number=1))
    assert browser.get("/pay/")["Location"] == f"/pay/{first.pk}/"


def test_anothers_pages_answer_like_unknown_ones(world: World, browser: Client) -> None:
    setup = world.request_setup()
    stranger = browser_of(paying_member())
    assert stranger.get(f"/payments/methods/{setup.pk}/").status_code == 404
    assert browser.get(f"/payments/methods/{setup.pk}/").status_code == 200
