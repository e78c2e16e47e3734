"""An employer requires its provider: no password lets its admins in, but for some hours that an operator gives."""

from datetime import timedelta
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from django.test import Client

from tests.benefits.sign_on.test_saml import URL, configured, enter
from tests.conftest import NOW
from tests.factories.benefits import (
    PASSWORD,
    activate,
    make_employer,
    make_hr,
    make_member,
    make_plan,
    make_user,
    signed_in,
)
from tests.factories.passkeys import Device, come_in, enroll
from tests.factories.saml import SamlProvider
from workers.kernel import clock
from workers.kernel.ids import new_id

MFA = "https://refeds.org/profile/mfa"


@pytest.fixture(scope="module")
def provider():
    return SamlProvider()


@pytest.fixture
def required(owner, provider):
    """The owner came in by the provider, and requires it; where admins begin."""
    client = signed_in(owner)
    starts_at = urlsplit(configured(client, provider, trusts_mfa=True).json()["starts_at"]).path
    _, browser = enter(starts_at, provider, context=MFA)
    assert require(browser).status_code == 200
    return starts_at


def require(client, **more):
    told = client.get(URL)
    fields = ("protocol", "issuer", "sso_url", "certificates", "trusts_mfa")
    body = {name: told.json()[name] for name in fields} | {"is_required": True} | more
    return client.put(URL, body, content_type="application/json", headers={"If-Match": told.headers["ETag"]})


def by_password(email, *, headless=False):
    browser = Client()
    said = {"email": email, "password": PASSWORD}
    if headless:
        return browser.post("/_allauth/browser/v1/auth/login", said, content_type="application/json"), browser
    return browser.post("/accounts/login/", {"login": email, "password": PASSWORD}), browser


def is_in(browser):
    """Signed in, if perhaps without a second factor."""
    return browser.get("/api/v1/me/").status_code != 401


def test_a_password_leads_to_the_provider_and_no_further(required):
    page, browser = by_password("owner@acme.example")
    assert (page.status_code, required in page.content.decode(), is_in(browser)) == (403, True, False)
    answer, browser = by_password("owner@acme.example", headless=True)
    assert (answer.status_code, answer.json()["code"], is_in(browser)) == (403, "sign_on_required", False)
    assert urlsplit(answer.json()["starts_at"]).path == required


def test_a_passkey_leads_to_the_provider_and_no_further(required, provider):
    _, browser = enter(required, provider, context=MFA)
    device = Device()
    enroll(browser, device)
    stranger = Client()
    assert required in come_in(stranger, device).content.decode()
    assert not is_in(stranger)


def test_a_wrong_password_does_not_say_that_there_is_a_provider(required):
    answer = Client().post("/accounts/login/", {"login": "owner@acme.example", "password": "another-password-9"})
    assert required not in answer.content.decode()


def test_the_provider_lets_them_in(required, provider):
    _, browser = enter(required, provider, context=MFA)
    assert browser.get("/api/v1/me/").json()["email"] == "owner@acme.example"


def test_nobody_else_is_touched(required, employer):
    make_plan(employer.pk)
    activate(make_member(employer.pk), email="employee@home.example")
    make_user("operator", email="operator@benefit.example")
    make_hr(make_employer().pk, email="hr@other.example")
    for email in ("employee@home.example", "operator@benefit.example", "hr@other.example"):
        assert (email, is_in(by_password(email)[1])) == (email, True)


def test_requiring_ends_every_session_that_a_password_began(owner, employer, provider):
    colleague = signed_in(make_hr(employer.pk, "people", email="people@acme.example"))
    starts_at = urlsplit(configured(signed_in(owner), provider, trusts_mfa=True).json()["starts_at"]).path
    _, browser = enter(starts_at, provider, context=MFA)
    assert is_in(colleague)
    require(browser)
    assert (is_in(colleague), is_in(browser)) == (False, False)


def test_whoever_has_not_come_in_by_it_does_not_require_it(owner, provider):
    client = signed_in(owner)
    refused = configured(client, provider, is_required=True)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_tried")
    assert client.get(URL).status_code == 404  # and nothing was set up
    starts_at = urlsplit(configured(client, provider).json()["starts_at"]).path
    enter(starts_at, provider)
    moved = require(client, issuer="https://other.example/saml")
    assert (moved.status_code, moved.json()["code"]) == (409, "not_tried")
    assert require(client).status_code == 200


def lifted(client, employer, hours=4):
    url = f"/api/v1/employers/{employer.pk}/sign-on/lift/"
    return client.post(url, {"hours": hours, "reason": "Okta is down."}, content_type="application/json")


def test_an_operator_lets_passwords_do_for_some_hours(required, employer, provider):
    operator = signed_in(make_user("operator", email="operator@benefit.example"))
    assert lifted(operator, employer).json() == {"is_required": True, "lifted_until": "2026-03-02T19:00:00Z"}
    assert is_in(by_password("owner@acme.example")[1])
    clock.freeze(NOW + timedelta(hours=4))
    assert not is_in(by_password("owner@acme.example")[1])


def test_a_lift_ends_at_once_and_owners_read_of_both(required, employer, provider):
    operator = signed_in(make_user("operator", email="operator@benefit.example"))
    lifted(operator, employer)
    lifted(operator, employer, hours=0)
    assert not is_in(by_password("owner@acme.example")[1])
    _, browser = enter(required, provider, context=MFA)
    changes = browser.get("/api/v1/employer-changes/").json()["results"]
    assert [one["change"] for one in changes][:2] == ["sign_on_lifted", "sign_on_lifted"]
    assert changes[1]["after"] == {"lifted_until": "2026-03-02T19:00:00+00:00", "reason": "Okta is down."}


def test_there_is_no_glass_to_break_where_nothing_is_required(owner, employer, provider):
    operator = signed_in(make_user("operator", email="operator@benefit.example"))
    assert lifted(operator, employer).status_code == 404
    configured(signed_in(owner), provider)
    assert lifted(operator, employer).json()["code"] == "not_required"
    assert lifted(operator, employer, hours=25).status_code == 422
    assert lifted(signed_in(owner), employer).status_code == 403
    assert lifted(operator, SimpleNamespace(pk=new_id())).status_code == 404
