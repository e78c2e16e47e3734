"""A session that nobody uses ends; one that is used goes on, and is not written at every request."""

import pytest

from benefits.accounts.models import Session
from benefits.accounts.sessions import SEEN_AT
from tests.factories.benefits import make_user, signed_in
from workers.kernel import clock
from workers.kernel.actor import AUTH, acting_as


@pytest.fixture
def browser(db, now):
    return signed_in(make_user())


def seen(browser, *, minutes):
    """Somebody was last there so many minutes ago."""
    session = browser.session
    session[SEEN_AT] = clock.real_now().timestamp() - minutes * 60
    session.save()


def minutes_ago(browser):
    return (clock.real_now().timestamp() - browser.session[SEEN_AT]) / 60


@pytest.mark.parametrize(("minutes", "status"), [(59, 200), (61, 401)])
def test_an_hour_without_a_request_ends_it(browser, minutes, status):
    seen(browser, minutes=minutes)
    assert browser.get("/api/v1/me/").status_code == status
    with acting_as(AUTH):
        assert Session.objects.exists() == (status == 200)


@pytest.mark.parametrize(("minutes", "is_noted"), [(15, False), (25, True)])
def test_a_request_is_noted_now_and_then(browser, minutes, is_noted):
    seen(browser, minutes=minutes)
    browser.get("/api/v1/me/")
    assert (minutes_ago(browser) < 1) == is_noted


def test_a_new_session_knows_when_it_began(browser):
    assert minutes_ago(browser) < 1
