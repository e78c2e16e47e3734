"""Pages for developers in a real browser: the reference lists every operation by our own files alone; code copies."""

from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import CHROMIUM, MISSING, serving
from tests.browser.looking import faults, page_of, watch
from tests.factories.benefits import make_user, signed_in
from tests.factories.referrals import make_clinic

pytestmark = pytest.mark.skipif(not CHROMIUM, reason=MISSING)
METHODS = ("get", "post", "put", "patch", "delete")


def test_the_reference_lists_every_operation_and_asks_nobody_else(
    browser: Any, committed_db: str, now: Any, settings: Any
) -> None:
    wrong: list[tuple[str, str]] = []
    staff = signed_in(make_user("clinic_staff", clinic_id=make_clinic().pk))
    with serving(settings) as address, closing(page_of(browser, staff, address)) as page:
        watch(page, address, wrong)
        with page.expect_response("**/api/v1/schema/") as document:
            page.goto(f"{address}/api/v1/docs/")
        page.wait_for_selector(".opblock-tag")
        paths = document.value.json()["paths"].values()
        operations = [one[method] for one in paths for method in METHODS if method in one]
        tags = page.locator(".opblock-tag").evaluate_all("all => all.map((one) => one.dataset.tag)")
        assert set(tags) == {tag for one in operations for tag in one["tags"]}
        section = page.locator(".opblock-tag-section", has=page.locator('[data-tag="member-changes"]'))
        section.locator(".opblock-tag").click()
        expect(section.locator(".opblock-summary-path")).to_have_text(["/api/v1/member-changes/"])
        section.locator(".opblock-summary-control").click()
        page.wait_for_selector(".opblock-body .responses-wrapper")
        wrong += [(page.url, fault) for fault in faults(page, "clinic_staff/api_docs")]
        page.click('header a[href="/developers/"]')
        expect(page.locator("h1")).to_have_text("For developers")
    assert not wrong, "\n".join(map(str, wrong))


def test_code_is_copied_by_a_button_and_is_there_without_a_script(
    browser: Any, committed_db: str, now: Any, settings: Any
) -> None:
    staff = signed_in(make_user("clinic_staff", clinic_id=make_clinic().pk))
    with serving(settings) as address, closing(page_of(browser, staff, address)) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
        page.goto(f"{address}/developers/")
        button = page.locator('pre[data-step="offer"] + p button')
        button.click()
        expect(button).to_have_text("Copied")
        assert page.evaluate("navigator.clipboard.readText()") == _code(page)


def _code(page: Page) -> str | None:
    return page.locator('pre[data-step="offer"]').text_content()
