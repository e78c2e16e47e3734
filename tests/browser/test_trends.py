"""How sums moved, in a real browser: drawn by our own files where scripts run, said by the table where they do not."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as project
from playwright.sync_api import Browser, expect

from benefits.enrollment.models import Member
from referrals.courses.models import Session
from tests.browser import CHROMIUM, MISSING, serving
from tests.browser.looking import PICTURES, faults, page_of, watch
from tests.conftest import NOW
from tests.factories.benefits import make_user, signed_in
from tests.factories.courses import make_course, make_outcome, sessions_of
from workers.kernel.actor import WORKER, acting_as

pytestmark = pytest.mark.skipif(not CHROMIUM, reason=MISSING)
# How many pixels of the canvas something was drawn on.
_DRAWN = """(canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data
  .filter((value, place) => place % 4 === 3 && value > 0).length"""


def test_a_trend_is_drawn_from_its_table_which_stands_alone_without_scripts(
    browser: Browser, committed_db: str, now: Any, settings: Any
) -> None:
    course = make_course()
    with acting_as(WORKER):
        member = Member.objects.get(pk=course.member_id)
        for number, session in enumerate(sessions_of(course)):
            Session.objects.filter(pk=session.pk).update(status="completed", completed_at=session.ends_at)
            if number == 1:
                make_outcome(course, "before", answered_at=NOW, phq9=17, gad7=13)
                after = session.ends_at + timedelta(days=1)
                make_outcome(course, "after_dosing", answered_at=after, session_id=session.pk, phq9=11, gad7=9)
    make_outcome(course, "month_1", answered_at=NOW + timedelta(days=45), phq9=6, gad7=7)
    client = signed_in(make_user("employee", employer_id=member.employer_id, member_id=member.pk))
    wrong: list[tuple[str, str]] = []
    with serving(settings) as address:
        page = page_of(browser, client, address)
        watch(page, address, wrong)
        path = f"{address}/courses/{course.pk}/outcomes/"
        page.goto(path, wait_until="load")
        wrong += [("trend", fault) for fault in faults(page, "trend")]
        assert page.eval_on_selector("#trend canvas", _DRAWN) > 1_000
        assert page.locator("#trend canvas").bounding_box()["height"] > 200  # type: ignore[index] # it is seen
        plain = browser.new_context(java_script_enabled=False)
        cookie = client.cookies[project.SESSION_COOKIE_NAME].value
        plain.add_cookies([{"name": project.SESSION_COOKIE_NAME, "value": cookie, "url": address}])
        alone = plain.new_page()
        alone.goto(path)
        expect(alone.locator("#trend")).to_be_hidden()
        expect(alone.locator("#sums tbody tr")).to_have_count(4)
        alone.screenshot(path=PICTURES / "no-script" / "trend.png", full_page=True)
    assert wrong == []
