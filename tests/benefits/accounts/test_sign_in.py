"""Signing in through allauth's headless API."""

import re
from itertools import repeat

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client

from benefits.accounts.models import Session, User
from benefits.accounts.services import disable_user
from tests.factories.benefits import PASSWORD, make_user, signed_in
from workers.emails.models import Email
from workers.kernel.actor import AUTH, WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id

BASE = "/_allauth/browser/v1"
PERIOD = 59_000_000  # a number of 30-second periods since 1970, in which these tests take place


@pytest.fixture(autouse=True)
def _in_one_period(monkeypatch):
    """No period ends between reading a code and sending it; no attempt of another test counts."""
    cache.clear()
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.yield_hotp_counters_from_time", lambda: repeat(PERIOD, 1))


def post(client, path, **body):
    return client.post(path, body, content_type="application/json")


def code(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, PERIOD)))


def test_an_employee_signs_in_by_password(committed_db, now):
    user = make_user("employee", email="ana@example.com", employer_id=new_id(), member_id=new_id())
    client = Client()
    answer = post(client, f"{BASE}/auth/login", email="Ana@Example.com", password=PASSWORD)
    assert answer.status_code == 200, answer.content
    me = client.get("/api/v1/me/")
    assert me.json()["id"] == str(user.pk)
    with acting_as(AUTH):
        assert Session.objects.get().user_id == user.pk
    assert client.delete(f"{BASE}/auth/session").status_code == 401
    assert client.get("/api/v1/me/").status_code == 401


def test_staff_need_a_second_factor_and_can_set_it_up(committed_db, now):
    make_user("operator", email="op@example.com")
    client = Client()
    post(client, f"{BASE}/auth/login", email="op@example.com", password=PASSWORD)
    refused = client.get("/api/v1/me/")
    assert (refused.status_code, refused.json()["code"]) == (403, "mfa_required")

    secret = client.get(f"{BASE}/account/authenticators/totp").json()["meta"]["secret"]
    activated = post(client, f"{BASE}/account/authenticators/totp", code=code(secret))
    assert activated.status_code == 200, activated.content
    assert client.get("/api/v1/me/").json()["code"] == "mfa_required"
    assert post(client, f"{BASE}/auth/2fa/reauthenticate", code=code(secret)).status_code == 200
    assert client.get("/api/v1/me/").status_code == 200
    with acting_as(WORKER):
        assert Email.objects.get().template == "benefits/sign_in_changed"


def test_a_later_sign_in_asks_for_a_code_and_takes_it_once(committed_db, now):
    make_user("operator", email="op@example.com")
    first = Client()
    post(first, f"{BASE}/auth/login", email="op@example.com", password=PASSWORD)
    secret = first.get(f"{BASE}/account/authenticators/totp").json()["meta"]["secret"]
    post(first, f"{BASE}/account/authenticators/totp", code=code(secret))

    second = Client()
    half = post(second, f"{BASE}/auth/login", email="op@example.com", password=PASSWORD)
    assert half.status_code == 401
    assert second.get("/api/v1/me/").status_code == 401
    used = code(secret)
    assert post(second, f"{BASE}/auth/2fa/authenticate", code=used).status_code == 200
    assert second.get("/api/v1/me/").status_code == 200
    third = Client()
    post(third, f"{BASE}/auth/login", email="op@example.com", password=PASSWORD)
    assert post(third, f"{BASE}/auth/2fa/authenticate", code=used).status_code == 400


def test_an_old_session_sets_up_no_second_factor_without_the_password(db, now):
    client = signed_in(make_user("employee", employer_id=new_id(), member_id=new_id()))
    secret = client.get(f"{BASE}/account/authenticators/totp").json()["meta"]["secret"]
    refused = post(client, f"{BASE}/account/authenticators/totp", code=code(secret))
    assert refused.status_code == 401
    assert post(client, f"{BASE}/auth/reauthenticate", password=PASSWORD).status_code == 200
    assert post(client, f"{BASE}/account/authenticators/totp", code=code(secret)).status_code == 200


def test_nobody_signs_up(db, now):
    answer = post(Client(), f"{BASE}/auth/signup", email="new@example.com", password=PASSWORD)
    assert answer.status_code == 403
    with acting_as(AUTH):
        assert not User.objects.exists()


@pytest.mark.parametrize("door", ["email", "phone"])
def test_an_address_cannot_be_added(db, now, door):
    client = signed_in(make_user("employee", employer_id=new_id(), member_id=new_id()))
    assert post(client, f"{BASE}/account/{door}", email="other@example.com").status_code == 404


def test_known_and_unknown_addresses_answer_alike(db, now):
    make_user(email="known@example.com")
    bodies = set()
    for email in ("known@example.com", "unknown@example.com"):
        answer = post(Client(), f"{BASE}/auth/login", email=email, password="not-the-password-9")
        bodies.add((answer.status_code, answer.content))
    assert len(bodies) == 1


def test_guessing_is_limited(db, now):
    make_user(email="known@example.com")
    codes = [
        post(Client(), f"{BASE}/auth/login", email="known@example.com", password="no-such-password").json()["errors"][
            0
        ]["code"]
        for _ in range(6)
    ]
    assert codes == ["email_password_mismatch"] * 5 + ["too_many_login_attempts"]


def test_a_new_password_is_set_by_mail(committed_db, now):
    make_user(email="known@example.com")
    client = Client()
    for email in ("known@example.com", "stranger@example.com"):
        assert post(client, f"{BASE}/auth/password/request", email=email).status_code == 200
    with acting_as(WORKER):
        message = Email.objects.get().message
    assert message["to"] == "known@example.com"
    [key] = re.findall(r"key=(\S+)", message["text"])
    post(client, f"{BASE}/auth/password/reset", key=key, password="another-bicycle-8")
    answer = post(Client(), f"{BASE}/auth/login", email="known@example.com", password="another-bicycle-8")
    assert answer.status_code == 200


def test_a_disabled_user_is_out_at_once(db, now):
    user = make_user("employee", employer_id=new_id(), member_id=new_id())
    client = signed_in(user)
    assert client.get("/api/v1/me/").status_code == 200
    with acting_as(Actor(role=Role.OPERATOR)):
        disable_user(user_id=user.pk)
    assert client.get("/api/v1/me/").status_code == 401
    with acting_as(AUTH):
        User.objects.filter(pk=user.pk).update(is_active=True)
    assert client.get("/api/v1/me/").status_code == 401


def test_a_large_body_is_refused_unread(db, now):
    answer = Client().post("/api/v1/invitations/accept/", "x" * (1024 * 1024 + 1), content_type="application/json")
    assert answer.status_code == 413
