"""Signing in by a passkey, adding, renaming and removing one; and what does not pass for one."""

import json

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client

from benefits.accounts.models import User
from benefits.accounts.services import disable_user
from tests.factories.benefits import PASSWORD, make_user, signed_in
from tests.factories.passkeys import ADD, SIGN_IN, Device, come_in, enroll, options_on
from workers.emails.models import Email
from workers.kernel.actor import AUTH, WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id

BASE = "/_allauth/browser/v1"


@pytest.fixture(autouse=True)
def _no_attempt_of_another_test_counts():
    cache.clear()


def employee() -> User:
    return make_user("employee", email="ana@example.com", employer_id=new_id(), member_id=new_id())


def keys_of(user):
    with acting_as(AUTH):
        return list(Authenticator.objects.filter(user_id=user.pk, type="webauthn"))


def text(answer):
    return answer.content.decode()


def test_a_passkey_is_added_named_used_renamed_and_removed(committed_db, now):
    user, device = employee(), Device()
    client = signed_in(user)
    codes = enroll(client, device)
    assert codes.request["PATH_INFO"] == "/accounts/2fa/recovery-codes/"
    [key] = keys_of(user)
    assert "My phone" in text(client.get("/accounts/2fa/"))
    path = f"/accounts/2fa/webauthn/keys/{key.pk}/"
    client.post(f"{path}edit/", {"name": "Old phone"})
    assert "Old phone" in text(client.get("/accounts/2fa/webauthn/"))
    client.post(f"{path}edit/", {"name": "x" * 61})
    assert [one.wrap().name for one in keys_of(user)] == ["Old phone"], "no longer than it could be at first"

    other = Client()
    home = come_in(other, device, "/payments/")
    assert home.request["PATH_INFO"] == "/payments/"
    assert other.get("/api/v1/me/").json()["id"] == str(user.pk)

    client.post(f"{path}remove/")
    assert keys_of(user) == []
    assert come_in(Client(), device).request["PATH_INFO"] == "/accounts/login/"
    with acting_as(WORKER):
        assert [mail.template for mail in Email.objects.order_by("id")] == ["benefits/sign_in_changed"] * 2


def test_staff_need_nothing_beside_a_passkey(db, now):
    user, device = make_user("operator", email="op@example.com"), Device()
    first = Client()
    first.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert first.get("/operator/").status_code == 302, "a password alone is not enough"
    enroll(first, device)
    assert first.get("/operator/").status_code == 200, "unlocked just now"
    second = Client()
    assert come_in(second, device, "/operator/").request["PATH_INFO"] == "/operator/"


def test_after_a_password_a_passkey_stands_for_the_code(db, now):
    user, device = employee(), Device()
    enroll(signed_in(user), device)
    client = Client()
    page = client.post("/accounts/login/", {"login": user.email, "password": PASSWORD}, follow=True)
    assert page.request["PATH_INFO"] == "/accounts/2fa/authenticate/"
    assert client.get("/").status_code == 302
    client.post("/accounts/2fa/authenticate/", {"credential": device.show(options_on(page))})
    assert client.get("/api/v1/me/").json()["email"] == user.email


@pytest.mark.parametrize("device", [Device(unlocks=False), Device(site="elsewhere.example")], ids=["locked", "foreign"])
def test_a_key_that_asks_for_nothing_or_is_of_another_site_is_not_added(db, now, device):
    user = employee()
    refused = enroll(signed_in(user), device)
    assert refused.request["PATH_INFO"] == ADD
    assert keys_of(user) == []


def test_what_was_shown_once_is_worth_nothing_again(db, now):
    user, device = employee(), Device()
    enroll(signed_in(user), device)
    client = Client()
    asked = client.get(SIGN_IN, headers={"Accept": "application/json"}).json()["request_options"]
    shown = device.show(asked)
    assert client.post(SIGN_IN, {"credential": shown})["Location"] == "/"
    client.post("/accounts/logout/")
    for again in (client, Client()):
        assert again.post(SIGN_IN, {"credential": shown})["Location"] == "/accounts/login/"
        assert again.get("/api/v1/me/").status_code == 401


def test_a_disabled_user_does_not_come_in_by_a_passkey(db, now):
    user, device = employee(), Device()
    enroll(signed_in(user), device)
    with acting_as(Actor(role=Role.OPERATOR)):
        disable_user(user_id=user.pk)
    client = Client()
    come_in(client, device)
    assert client.get("/api/v1/me/").status_code == 401


def test_nobody_adds_or_removes_a_factor_in_a_session_that_has_seen_none_of_theirs(db, now):
    user = employee()
    enroll(signed_in(user), Device())
    client = signed_in(user, mfa=False)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    for path in ("", "webauthn/add/", f"webauthn/keys/{keys_of(user)[0].pk}/remove/", "totp/activate/"):
        assert client.post(f"/accounts/2fa/{path}")["Location"].startswith("/accounts/2fa/webauthn/reauthenticate/")
    refused = client.get(f"{BASE}/account/authenticators/webauthn")
    assert (refused.status_code, refused.json()["code"]) == (403, "mfa_required")
    assert len(keys_of(user)) == 1


def test_a_passkey_re_authenticates(db, now):
    user, device = employee(), Device()
    enroll(signed_in(user), device)
    client = signed_in(user)
    assert "reauthenticate" in client.get(ADD)["Location"]
    page = client.get(f"/accounts/2fa/webauthn/reauthenticate/?next={ADD}")
    form = {"credential": device.show(options_on(page)), "next": ADD}
    assert client.post("/accounts/2fa/webauthn/reauthenticate/", form)["Location"] == ADD
    assert client.get(ADD).status_code == 200


SHAPES = [[], "x", 7, {}, {"response": []}, {"response": {"userHandle": 7}}, {"response": {"userHandle": "4pyT"}}]
SHAPES += [{"id": "x", "rawId": "!", "type": "public-key", "response": {"clientDataJSON": "e30", "userHandle": "eA"}}]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_what_is_no_passkey_is_refused_like_a_wrong_one(db, now, shape):
    client, user = Client(), employee()
    client.get(SIGN_IN, headers={"Accept": "application/json"})
    assert client.post(SIGN_IN, {"credential": json.dumps(shape)})["Location"] == "/accounts/login/"
    answer = client.post(f"{BASE}/auth/webauthn/login", {"credential": shape}, content_type="application/json")
    assert answer.status_code in (400, 401)
    mine = signed_in(user)
    mine.post("/accounts/reauthenticate/", {"password": PASSWORD})
    mine.get(ADD)
    assert mine.post(ADD, {"credential": json.dumps(shape)}).status_code == 200
    assert keys_of(user) == []
