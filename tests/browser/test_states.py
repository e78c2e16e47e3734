"""Every page in the states in which there is least to see: nothing there yet, and a form sent with nothing in it.

Looked at when pages are changed (`SCREENSHOTS=states`, or `all` in more sizes), and not in every run: it takes as long
as all other pages do.
"""

import os
from collections import defaultdict
from contextlib import closing
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from playwright.sync_api import Page

from tests.architecture.pages import build_world, pages
from tests.browser import CHROMIUM, MISSING, serving
from tests.browser.looking import faults, is_seen, page_of, watch
from tests.factories import benefits
from tests.factories.referrals import make_clinic

pytestmark = [
    pytest.mark.skipif(not CHROMIUM, reason=MISSING),
    pytest.mark.skipif(not os.environ.get("SCREENSHOTS"), reason="looked at with SCREENSHOTS=states or all"),
]
NIL = UUID(int=0)
# Answers 422 to what is not valid, and the browser writes that down.
_REFUSED = "the server responded with a status of 4"
_SEND_EMPTY = """() => {
  const form = [...document.querySelectorAll("main form[method=post]")].find((one) =>
    one.querySelector("input:not([type=hidden]), select, textarea"));
  if (!form) return false;
  for (const field of form.querySelectorAll("input:not([type=hidden]), textarea")) {
    if (["checkbox", "radio"].includes(field.type)) field.checked = false; else field.value = "";
  }
  form.noValidate = true;
  form.requestSubmit();
  return true;
}"""


def nothing_yet() -> dict[str, Client]:
    """A browser of each role, of an employer, a clinic and a member of whom there is nothing but themselves."""
    employer = benefits.make_employer()
    benefits.make_plan(employer.pk)
    return {
        "hr_admin": benefits.signed_in(benefits.make_hr(employer.pk)),
        "employee": benefits.signed_in(benefits.activate(benefits.make_member(employer.pk))),
        "clinic_staff": benefits.signed_in(benefits.make_user("clinic_staff", clinic_id=make_clinic().pk)),
        "operator": benefits.signed_in(benefits.make_user("operator")),
    }


def test_every_page_on_which_nothing_is_yet(browser: Any, committed_db: str, now: Any, settings: Any) -> None:
    wrong: list[tuple[str, str]] = []
    clients = nothing_yet()
    ids: dict[str, UUID] = defaultdict(lambda: NIL)
    with serving(settings) as address:
        for role, client in clients.items():
            with closing(page_of(browser, client, address)) as page:
                watch(page, address, wrong)
                for shown in pages(ids):
                    if str(NIL) not in shown.path and is_seen(shown, role):
                        page.goto(address + shown.path, wait_until="load")
                        wrong += [(shown.path, fault) for fault in faults(page, f"empty_{role}{shown.path}")]
    assert not wrong, "\n".join(map(str, wrong))


def test_every_form_that_was_sent_with_nothing_in_it(browser: Any, committed_db: str, now: Any, settings: Any) -> None:
    ids, clients = build_world(now)
    wrong: list[tuple[str, str]] = []
    sent = 0
    with serving(settings) as address:
        for role in ("hr_admin", "employee", "clinic_staff", "operator", "anonymous"):
            with closing(page_of(browser, clients[role], address)) as page:
                watch(page, address, wrong)
                for shown in pages(ids):
                    if is_seen(shown, role) and _send_empty(page, address + shown.path):
                        sent += 1
                        wrong += [(shown.path, fault) for fault in faults(page, f"wrong_{role}{shown.path}")]
    wrong = [(path, fault) for path, fault in wrong if _REFUSED not in fault]
    assert not wrong, "\n".join(map(str, wrong))
    assert sent > 10


def _send_empty(page: Page, url: str) -> bool:
    """Open a page and send its first form with fields, whatever the browser thinks of them; False where is none."""
    if (answer := page.goto(url, wait_until="load")) is None or answer.status != 200:
        return False
    if not page.evaluate(_SEND_EMPTY):
        return False
    page.wait_for_load_state("load")
    return True
