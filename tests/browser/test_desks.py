"""One person's way over two desks, in a real browser: stuck at the operator's, then treated at a clinic.

The operator works on a wide screen in English, the clinic on a phone in Spanish.
"""

from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect, sync_playwright

from referrals.courses.models import Session
from referrals.offers.models import Offer
from tests.browser import CHROMIUM, MISSING, serving
from tests.browser.test_pages import _launched, _page_of
from tests.factories.benefits import make_user, signed_in
from tests.factories.referrals import make_clinic, make_member, make_request, make_screening, run_workers
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as

pytestmark = pytest.mark.skipif(not CHROMIUM, reason=MISSING)


def test_a_stuck_referral_is_released_accepted_confirmed_and_completed(
    monkeypatch: Any, committed_db: str, now: Any, settings: Any
) -> None:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    clinic = make_clinic()
    request = make_request(member := make_member(), screening=make_screening(member, suicidality=True))
    run_workers()
    operator = signed_in(make_user("operator"))
    staff = signed_in(make_user("clinic_staff", clinic_id=clinic.pk))
    with sync_playwright() as playwright, closing(_launched(playwright)) as browser, serving(settings) as address:
        _release(_desk(browser, operator, address, 1280), request.pk)
        run_workers()
        page = _desk(browser, staff, address, 360)
        page.goto(f"{address}/clinic/offers/")
        page.click("text=Español")
        with acting_as(WORKER):
            offer = Offer.objects.get(request=request)
        page.click(f'a[href="/clinic/offers/{offer.pk}/"]')
        page.click("text=Sí, la atendemos")
        expect(page.locator("h1")).to_contain_text("Quiñones")
        run_workers()
        _treat(page, address)


def _desk(browser: Browser, client: Client, address: str, width: int) -> Page:
    page = _page_of(browser, client, address)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{address}/")
    return page


def _release(page: Page, request_id: Any) -> None:
    """From today's figures to the board, to the referral, and on."""
    page.click('main a[href="/operator/"]')
    page.click('#panel-live-referrals a[href="/operator/referrals/"]')
    page.click(f'a[href="/operator/referrals/{request_id}/"]')
    page.click("text=Let it look for a clinic")
    expect(page.locator(".messages")).to_contain_text("looks for a clinic by itself")


def _treat(page: Page, address: str) -> None:
    """Confirm the first appointment, and say once it is over that it took place."""
    with acting_as(WORKER):
        session = Session.objects.earliest("starts_at")
    page.goto(f"{address}/clinic/sessions/?week={session.starts_at:%Y-%m-%d}")
    page.click(f'.week a[href="/clinic/sessions/{session.pk}/"]')
    page.click("text=Confirmar esta hora")
    expect(page.locator(".messages")).to_contain_text("Confirmada")
    clock.freeze(session.ends_at + timedelta(minutes=1))
    page.reload()
    page.click("button[value=complete]")
    expect(page.locator(".messages")).to_contain_text("tuvo lugar")
    with acting_as(WORKER):
        assert Session.objects.get(pk=session.pk).status == "completed"
