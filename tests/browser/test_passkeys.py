"""A passkey in a real browser: Chromium's own virtual authenticator makes one, and signs in by it."""

from contextlib import closing
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Page, expect

from tests.browser import CHROMIUM, MISSING, serving
from tests.browser.looking import faults, page_of, watch
from tests.factories import benefits

pytestmark = pytest.mark.skipif(not CHROMIUM, reason=MISSING)


def test_a_passkey_is_added_and_is_all_that_is_needed_to_come_in(
    browser: Any,
    committed_db: str,
    now: Any,
    settings: Any,
) -> None:
    cache.clear()
    member = benefits.make_member(benefits.make_plan(benefits.make_employer().pk).employer_id)
    user = benefits.activate(member)
    wrong: list[tuple[str, str]] = []
    with serving(settings) as served, closing(page_of(browser, Client(), served)) as page:
        address = served.replace("127.0.0.1", "localhost")  # a passkey belongs to a name
        watch(page, address, wrong)
        device = with_device(page)
        page.goto(f"{address}/accounts/login/?next=/signed-in/")
        page.fill("#id_login", user.email)
        page.fill("#id_password", benefits.PASSWORD)
        page.click("form[action='/accounts/login/'] button")
        page.goto(f"{address}/accounts/2fa/webauthn/add/")
        page.fill("#id_name", "My phone")
        page.click("text=Add it on this device")
        expect(page.locator("h1")).to_have_text("Recovery Codes")
        wrong += [(page.url, fault) for fault in faults(page, "employee/accounts/2fa-recovery-codes")]
        page.goto(f"{address}/accounts/2fa/")
        expect(page.locator("main")).to_contain_text("My phone")
        wrong += [(page.url, fault) for fault in faults(page, "employee/accounts/2fa-with-passkey")]
        page.click("header .who form button")
        page.goto(f"{address}/accounts/login/?next=/signed-in/")
        page.click("text=Use a passkey")
        expect(page.locator("h1")).to_have_text("Where you are signed in")
        page.click("header .who form button")
        device("WebAuthn.setUserVerified", isUserVerified=False)
        page.click("text=Use a passkey")
        expect(page.locator("[role=alert]")).to_contain_text("No passkey was used")
    assert not wrong, "\n".join(map(str, wrong))


def with_device(page: Page) -> Any:
    """Give the browser a device that unlocks by itself; return how it is told otherwise."""
    talk = page.context.new_cdp_session(page)
    talk.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device = talk.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
    return lambda command, **facts: talk.send(command, {"authenticatorId": device, **facts})
