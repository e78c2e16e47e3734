"""What people take with them on paper: the list before a dosing, to be ticked off there."""

from typing import Any

import pytest
from django.test import Client

from benefits.enrollment.models import Member
from tests.browser import CHROMIUM, MISSING, serving
from tests.browser.looking import page_of, printed_in_vain
from tests.factories import benefits
from tests.factories.courses import make_course, sessions_of
from workers.kernel.actor import WORKER, acting_as

pytestmark = pytest.mark.skipif(not CHROMIUM, reason=MISSING)


def test_the_list_before_a_dosing_is_printed_with_what_is_to_be_done(
    browser: Any, committed_db: str, now: Any, settings: Any
) -> None:
    course = make_course()
    dosing = sessions_of(course)[1]
    with serving(settings) as address:
        page = page_of(browser, _signed_in(course.member_id), address)
        page.goto(f"{address}/sessions/{dosing.pk}/preparation/")
        page.emulate_media(media="print", color_scheme="dark")
        assert page.locator("input[name=ticks]").filter(visible=True).count() == 4
        assert page.evaluate("getComputedStyle(document.body).colorScheme") == "light", "dark boxes on white paper"
        assert printed_in_vain(page) == []
        page.context.close()


def _signed_in(member_id: Any) -> Client:
    with acting_as(WORKER):
        member = Member.objects.get(pk=member_id)
    return benefits.signed_in(benefits.make_user("employee", employer_id=member.employer_id, member_id=member.pk))
