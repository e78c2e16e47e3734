"""Signing in, setting up an authenticator and accepting an invitation, as a person does it: in forms."""

import re
from datetime import timedelta
from itertools import repeat
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client

from benefits.accounts import services
from benefits.accounts.models import User, UserRole
from tests.factories.benefits import PASSWORD, make_employer, make_member, make_plan, make_user, signed_in
from workers.emails.models import Email
from workers.kernel.actor import AUTH, WORKER, acting_as
from workers.kernel.ids import new_id

PERIOD = 59_000_000  # a number of 30-second periods since 1970, in which these tests take place
SET_UP = "/accounts/2fa/totp/activate/"
LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def _in_one_period(monkeypatch):
    """No period ends between reading a code and sending it; no attempt of another test counts."""
    cache.clear()
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.yield_hotp_counters_from_time", lambda: repeat(PERIOD, 1))


def sign_in(client, email, password=PASSWORD):
    return client.post(LOGIN, {"login": email, "password": password}, follow=True)


def text(answer):
    return answer.content.decode()


def code_of(page):
    [secret] = re.findall(r'id="authenticator_secret">(\w+)<', text(page))
    return str(format_hotp_value(hotp_value(secret, PERIOD)))


def set_up(client, email):
    """Sign in for the first time, as staff."""
    page = sign_in(client, email)
    assert page.request["PATH_INFO"] == SET_UP
    return client.post(SET_UP, {"code": code_of(page)}, follow=True), code_of(page)


def invite(now, role=UserRole.EMPLOYEE, **ids):
    ids = ids or {"employer_id": new_id(), "member_id": new_id()}
    with acting_as(WORKER):
        return services.issue(role=role, email="ana@example.com", now=now, **ids)


def test_whoever_is_not_signed_in_is_led_to_the_sign_in_page_and_back(db, now):
    make_user("employee", email="ana@example.com", employer_id=new_id(), member_id=new_id())
    client = Client()
    door = client.get("/")
    assert (door.status_code, door["Location"]) == (302, f"{LOGIN}?next=/")
    home = sign_in(client, "ana@example.com")
    assert (home.status_code, home.request["PATH_INFO"]) == (200, "/")
    assert "Signed in as ana@example.com." in text(home)
    assert client.post("/accounts/logout/")["Location"] == LOGIN
    assert client.get("/").status_code == 302


def test_a_wrong_password_says_so_on_the_page(db, now):
    make_user(email="op@example.com")
    page = sign_in(Client(), "op@example.com", "not-the-password-9")
    assert page.request["PATH_INFO"] == LOGIN
    assert "errorlist" in text(page)


def test_staff_set_up_an_authenticator_keep_their_recovery_codes_and_are_in(db, now):
    make_user("operator", email="op@example.com")
    client = Client()
    assert sign_in(client, "op@example.com").request["PATH_INFO"] == SET_UP
    assert client.get("/")["Location"] == f"{SET_UP}?next=/"
    assert client.get("/api/v1/me/").json()["code"] == "mfa_required"
    codes, _ = set_up(Client(), "op@example.com")
    assert codes.request["PATH_INFO"] == "/accounts/2fa/recovery-codes/"
    assert len(re.findall(r"^(?:<textarea[^>]*>)?[0-9a-f]{8}$", text(codes), re.MULTILINE)) == 10
    assert codes.client.get("/").status_code == 200
    assert codes.client.get("/api/v1/me/").status_code == 200


def test_who_had_to_set_up_an_authenticator_goes_on_to_the_page_asked_for(db, now):
    make_user("operator", email="op@example.com")
    asked = {"login": "op@example.com", "password": PASSWORD, "next": "/operator/engine/?since=1"}
    page = Client().post(LOGIN, asked, follow=True)
    assert page.request["PATH_INFO"] == SET_UP
    codes = page.client.post(SET_UP, {"code": code_of(page)}, follow=True)
    assert 'class="button" href="/operator/engine/?since=1"' in text(codes)


def test_a_later_sign_in_asks_for_a_code(db, now):
    make_user("operator", email="op@example.com")
    _, code = set_up(Client(), "op@example.com")
    client = Client()
    asked = sign_in(client, "op@example.com")
    assert asked.request["PATH_INFO"] == "/accounts/2fa/authenticate/"
    assert client.get("/").status_code == 302
    home = client.post("/accounts/2fa/authenticate/", {"code": code}, follow=True)
    assert (home.status_code, home.request["PATH_INFO"]) == (200, "/")


def test_a_session_without_a_code_is_asked_for_one_and_not_for_a_new_authenticator(db, now):
    user = make_user("operator", email="op@example.com")
    _, code = set_up(Client(), "op@example.com")
    client = signed_in(user, mfa=False)
    asked = client.get("/operator/engine/", follow=True)
    assert asked.request["PATH_INFO"] == "/accounts/2fa/reauthenticate/"
    [(_, way_back)] = re.findall(r'name="(next)"[^>]*value="([^"]+)"', text(asked))
    there = client.post("/accounts/2fa/reauthenticate/", {"code": code, "next": way_back}, follow=True)
    assert (there.status_code, there.request["PATH_INFO"]) == (200, "/operator/engine/")
    straight = signed_in(user, mfa=False).get("/accounts/2fa/")["Location"]
    assert straight == "/accounts/2fa/reauthenticate/?next=/accounts/2fa/", "back to the page that was asked for"


@pytest.mark.parametrize(
    "path",
    ["signup/", "email/", "confirm-email/", "password/set/", "login/code/confirm/", "3rdparty/", "sessions/", "x/"],
)
def test_allauths_other_doors_are_shut(db, now, path):
    page = Client().get(f"/accounts/{path}")
    assert page.status_code == 404
    assert "There is nothing here" in text(page)


def test_an_invitation_becomes_an_account_by_a_form(db, now):
    _, token = invite(now)
    client = Client()
    assert "ana@example.com" in text(client.get(f"/activate/?token={token}"))
    form = {"token": token, "password": PASSWORD}
    page = client.post("/activate/", form, follow=True)
    assert page.request["PATH_INFO"] == LOGIN
    assert "Your account is ready" in text(page)
    assert sign_in(client, "ana@example.com").request["PATH_INFO"] == "/"


def test_another_address_gets_a_link_first(db, now):
    _, token = invite(now)
    client = Client()
    form = {"token": token, "password": PASSWORD, "email": "ana@home.example"}
    page = client.post("/activate/", form, follow=True)
    assert "We have written to that address" in text(page)
    with acting_as(WORKER):
        [path] = re.findall(r"https?://[^/]+(/activate/\S+)", Email.objects.get().message["text"])
    assert "ana@home.example" in text(client.get(path))
    token = path.partition("token=")[2]
    page = client.post("/activate/", {"token": token, "password": PASSWORD}, follow=True)
    assert "Your account is ready" in text(page)
    assert sign_in(client, "ana@home.example").request["PATH_INFO"] == "/"


def test_staff_are_offered_no_other_address(db, now):
    _, token = invite(now, UserRole.HR_ADMIN, employer_id=new_id())
    page = text(Client().get(f"/activate/?token={token}"))
    assert 'name="password"' in page
    assert 'name="email"' not in page
    Client().post("/activate/", {"token": token, "password": PASSWORD, "email": "other@example.com"})
    with acting_as(AUTH):
        assert User.objects.get().email == "ana@example.com"


def test_a_weak_password_and_a_taken_address_are_explained_and_leave_the_invitation_open(db, now):
    make_user(email="ana@example.com")
    _, token = invite(now)
    weak = Client().post("/activate/", {"token": token, "password": "short"})
    assert (weak.status_code, "at least 12 characters" in text(weak)) == (422, True)
    taken = Client().post("/activate/", {"token": token, "password": PASSWORD})
    assert (taken.status_code, "choose another one" in text(taken)) == (422, True)
    assert Client().get(f"/activate/?token={token}").status_code == 200


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_used_an_old_and_an_unknown_link_answer_alike_and_say_what_to_do(db, now, method):
    _, used = invite(now)
    Client().post("/activate/", {"token": used, "password": PASSWORD})
    _, old = invite(now - timedelta(days=15))
    pages = {getattr(Client(), method)("/activate/", {"token": token}).content for token in (used, old, "x", "")}
    assert len(pages) == 1
    assert b"This link no longer works" in pages.pop()


def test_an_invitation_to_somebody_who_has_an_account_is_asked_about_and_then_answers_like_an_old_one(db, now):
    ids: dict[str, Any] = {"employer_id": new_id(), "member_id": new_id()}
    make_user("employee", email="ana@home.example", **ids)
    _, token = invite(now, **ids)
    assert b"This link no longer works" not in Client().get("/activate/", {"token": token}).content
    page = Client().post("/activate/", {"token": token, "password": PASSWORD})
    assert (page.status_code, page.content) == (404, Client().get("/activate/?token=x").content)


def test_accepting_signs_out_whoever_was_in(db, now):
    client = signed_in(make_user())
    _, token = invite(now)
    client.post("/activate/", {"token": token, "password": PASSWORD})
    assert client.get("/").status_code == 302


def test_no_line_of_the_log_holds_a_token(db, now, caplog):
    _, token = invite(now - timedelta(days=15))
    Client().get(f"/activate/?token={token}")
    assert "route=activate/" in caplog.text
    assert token not in caplog.text


def test_the_mailed_link_takes_a_new_password(db, now):
    make_user("employee", email="ana@example.com", employer_id=new_id(), member_id=new_id())
    client = Client()
    page = client.get("/reset/", follow=True)
    client.post(page.request["PATH_INFO"], {"email": "ana@example.com"})
    with acting_as(WORKER):
        [path] = re.findall(r"https?://[^/]+(/reset/\S+)", Email.objects.get().message["text"])
    form = client.get(path, follow=True)
    assert form.status_code == 200
    new = {"password1": "another-bicycle-8", "password2": "another-bicycle-8"}
    client.post(form.request["PATH_INFO"], new)
    assert sign_in(Client(), "ana@example.com", "another-bicycle-8").request["PATH_INFO"] == "/"


def test_a_reset_is_mailed_in_the_language_in_which_it_was_asked_for(db, now):
    make_user("employee", email="ana@example.com", employer_id=new_id(), member_id=new_id())
    Client().post("/accounts/password/reset/", {"email": "ana@example.com"}, headers={"Accept-Language": "es-US"})
    with acting_as(WORKER):
        assert Email.objects.get().message["language"] == "es"


def test_a_mangled_reset_link_leads_to_a_new_one(db, now):
    assert Client().get("/reset/?key=../-x")["Location"] == "/accounts/password/reset/"


@pytest.mark.parametrize(
    ("role", "tenants", "links"),
    [
        (
            "employee",
            ("employer_id", "member_id"),
            ["/care/", "/find-a-clinic/", "/referrals/", "/courses/", "/payments/", "/what-my-employer-sees/"],
        ),
        (
            "hr_admin",
            ("employer_id",),
            [
                "/employees/",
                "/eligibility-files/",
                "/plans/",
                "/invoices/",
                "/enrollment/",
                "/admins/",
                "/sign-on-settings/",
                "/history/",
            ],
        ),
        (
            "clinic_staff",
            ("clinic_id",),
            [
                "/clinic/offers/",
                "/clinic/sessions/",
                "/clinic/places/",
                "/clinic/prices/",
                "/clinic/credentials/",
                "/clinic/statements/",
                "/endpoints/",
                "/clinic/api-clients/",
            ],
        ),
        (
            "operator",
            (),
            [
                "/operator/",
                "/operator/screenings/",
                "/operator/referrals/",
                "/operator/members/",
                "/operator/credentials/",
                "/operator/work-items/",
                "/operator/plans/",
                "/operator/engine/",
                "/endpoints/",
                "/operator/mails/",
            ],
        ),
    ],
)
def test_home_leads_everybody_to_their_own_pages(db, now, role, tenants, links):
    ids: dict[str, Any] = {name: new_id() for name in tenants}
    if role == "employee":
        member = make_member(make_plan(make_employer().pk).employer_id)
        ids = {"employer_id": member.employer_id, "member_id": member.pk}
    home = text(signed_in(make_user(role, **ids)).get("/"))
    assert re.findall(r'<li><a href="([^"]+)"', home.partition("</nav>")[0]) == ["/", *links]
    assert ("tel:988" in home) == (role == "employee")


def test_home_speaks_spanish(db, now):
    client = signed_in(make_user("operator"))
    home = text(client.get("/", headers={"Accept-Language": "es-MX,es;q=0.9"}))
    assert '<html lang="es">' in home
    assert "Lo que hoy necesita a una persona" in home


def test_a_chosen_language_counts_more_than_the_browsers(db, now):
    client = Client()
    here = "http://testserver/accounts/login/?next=/payments/"
    chosen = client.post("/language/", {"language": "es"}, headers={"Referer": here})
    assert (chosen.status_code, chosen["Location"]) == (302, here)
    assert '<html lang="es">' in text(client.get(LOGIN, headers={"Accept-Language": "en"}))
    away = client.post("/language/", {"language": "en"}, headers={"Referer": "https://elsewhere.example/"})
    assert away["Location"] == "/"


def test_leaving_signs_out_and_leads_to_the_weather_without_a_token_or_a_script(db, now):
    user = make_user("employee", employer_id=new_id(), member_id=new_id())
    client = signed_in(user)
    client.handler.enforce_csrf_checks = True
    away = client.post("/leave/")
    assert (away.status_code, away["Refresh"]) == (200, "0; url=https://www.weather.gov/")
    assert "Benefit" not in text(away)
    assert client.get("/")["Location"] == f"{LOGIN}?next=/"
    assert client.get("/leave/").status_code == 405
