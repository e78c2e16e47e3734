"""Coming in: a password, an authenticator app, a recovery code, a passkey, a forgotten password, and one's company."""

import base64
from html import escape
from itertools import repeat
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from playwright.sync_api import Route

from benefits.employers import services as employers
from benefits.sign_on.models import SignOn
from tests.benefits.sign_on.test_saml import configured
from tests.browser import CHROMIUM, MISSING, serving
from tests.browser.test_passkeys import with_device
from tests.browser.walks import Walk, in_both_languages, walking
from tests.conftest import NOW
from tests.factories.benefits import OPERATOR, PASSWORD, hr_of, make_employer, make_hr, signed_in
from tests.factories.saml import SamlProvider
from workers.emails.models import Email
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id

pytestmark = pytest.mark.skipif(not CHROMIUM, reason=MISSING)
LOGIN = "form[action='/accounts/login/']"
OUT = "form[action='/accounts/logout/'] button"


@pytest.fixture
def period(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The 30 seconds in which a code is asked for, which last until a test says otherwise."""
    cache.clear()
    periods = [59_000_000]
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.yield_hotp_counters_from_time", lambda: repeat(periods[0], 1))
    return periods


@in_both_languages
def test_hr_comes_in_by_each_of_the_ways(
    language: str, browser: Any, committed_db: str, now: Any, settings: Any, period: list[int]
) -> None:
    admin = make_hr(make_employer().pk, email="owner@acme.example")
    with serving(settings) as served:
        address = served.replace("127.0.0.1", "localhost")  # a passkey belongs to a name
        with walking(browser, address, "sign-in", language) as walk:
            walk.go("/employees/")
            walk.look("sign-in", "Or without a password", "O sin contraseña")
            _by_password(walk, admin.email, "not-the-password-9")
            walk.look("wrong-password", "Or without a password", "O sin contraseña")
            _by_password(walk, admin.email)
            secret = _set_up_an_app(walk, period)
            _by_the_app(walk, admin.email, secret, period)
            _by_a_recovery_code(walk, admin.email)
            _by_a_passkey(walk)
            _forget_the_password(walk, admin.email)


def _by_password(walk: Walk, email: str, password: str = PASSWORD) -> None:
    walk.fill("#id_login", email)
    walk.fill("#id_password", password)
    walk.press(f"{LOGIN} button")


def _code(secret: str, period: list[int]) -> str:
    period[0] += 1  # a code works once
    return str(format_hotp_value(hotp_value(secret, period[0])))


def _set_up_an_app(walk: Walk, period: list[int]) -> str:
    walk.look("set-up-an-app", "six digits", "seis cifras")
    walk.fill("#id_code", "000000")
    walk.press("form[action='/accounts/2fa/totp/activate/'] button")
    walk.look("wrong-code", "six digits", "seis cifras")
    secret = walk.page.inner_text("#authenticator_secret")
    walk.fill("#id_code", _code(secret, period))
    walk.press("form[action='/accounts/2fa/totp/activate/'] button")
    walk.look("after-setting-it-up", "I kept them", "Los guardé")
    return secret


def _by_the_app(walk: Walk, email: str, secret: str, period: list[int]) -> None:
    walk.press(OUT)
    walk.look("signed-out", "Or without a password", "O sin contraseña")
    _by_password(walk, email)
    walk.look("one-more-step", "One more step", "Un paso más")
    walk.fill("#id_code", "000000")
    walk.press("form[action='/accounts/2fa/authenticate/'] button")
    walk.look("wrong-second-code", "One more step", "Un paso más")
    walk.fill("#id_code", _code(secret, period))
    walk.press("form[action='/accounts/2fa/authenticate/'] button")
    walk.look("in", "Your company’s benefit", "El beneficio de su empresa")
    walk.go("/accounts/2fa/")
    walk.look("passkeys-and-codes", "Passkeys and codes", "Llaves y códigos")


def _by_a_recovery_code(walk: Walk, email: str) -> None:
    walk.press("a[href='/accounts/2fa/recovery-codes/']")
    walk.look("recovery-codes", "each works once", "cada uno sirve una vez")
    code = walk.page.input_value("#recovery_codes").split()[0]
    walk.press(OUT)
    _by_password(walk, email)
    walk.fill("#id_code", code)
    walk.press("form[action='/accounts/2fa/authenticate/'] button")
    walk.go("/accounts/2fa/")
    walk.look("a-code-less", "Recovery codes", "Códigos")


def _by_a_passkey(walk: Walk) -> None:
    with_device(walk.page)
    walk.press("a[href='/accounts/2fa/webauthn/add/']")
    walk.look("add-a-passkey", "Add a passkey", "Añadir una llave")
    walk.fill("#id_name", "MacBook")
    walk.press("main form button")
    walk.go("/accounts/2fa/")
    walk.look("with-a-passkey", "MacBook", "MacBook")
    walk.press("a[href$='/edit/']")
    walk.look("rename", "Rename a passkey", "Cambiar el nombre")
    walk.fill("#id_name", "x" * 61)
    walk.page.eval_on_selector("#id_name", "field => field.form.noValidate = true")
    walk.page.eval_on_selector("#id_name", "field => { field.maxLength = 100; field.value = 'x'.repeat(61) }")
    walk.press("main form button")
    walk.look("too-long-a-name", "60", "60")
    walk.fill("#id_name", "iPad")
    walk.press("main form button")
    walk.look("renamed", "iPad", "iPad")
    walk.press("a[href$='/remove/']")
    walk.look("remove", "Remove a passkey", "Quitar una llave")
    walk.go("/signed-in/")
    walk.look("where-signed-in", "Where you are signed in", "Dónde tiene la sesión")
    walk.press(OUT)
    walk.press("main form:has(input[name=credential]) button")
    walk.look("in-by-passkey", "Your company’s benefit", "El beneficio de su empresa")
    walk.press(OUT)


def _forget_the_password(walk: Walk, email: str) -> None:
    walk.press("a[href='/accounts/password/reset/']")
    walk.look("forgotten", "Password Reset", "Restablecer")
    walk.fill("#id_email", email)
    walk.press("main form button")
    walk.look("mailed", "Password Reset", "Restablecer")
    with acting_as(WORKER):
        mail = Email.objects.get(template="benefits/password_reset")
    link = urlsplit(walk.read("mail", mail, "password", "contraseña"))
    walk.go(f"{link.path}?{link.query}")
    walk.look("new-password", "128", "128")


@in_both_languages
def test_hr_comes_in_by_their_company(language: str, browser: Any, committed_db: str, now: Any, settings: Any) -> None:
    employer, provider = make_employer(), SamlProvider()
    with acting_as(OPERATOR):
        employers.add_domain(employer_id=employer.pk, domain="acme.example", by=new_id(), now=NOW)
    admin = make_hr(employer.pk, email="owner@acme.example")
    with serving(settings) as address, walking(browser, address, "sign-on", language) as walk:
        starts_at = urlsplit(configured(signed_in(admin), provider).json()["starts_at"]).path
        with acting_as(hr_of(employer.pk)):
            SignOn.objects.update(is_required=True)
        walk.go("/")
        _by_password(walk, admin.email)
        walk.look("company-wanted", "at its own identity provider", "proveedor")
        walk.page.route("https://idp.acme.example/**", lambda route: _at_the_provider(route, provider))
        walk.page.route(f"**{starts_at}", _to_the_provider)
        walk.press(f"main a[href$='{starts_at}']")
        walk.press("a")
        walk.press("button")
        walk.look("almost-there", "Almost there", "Casi está")
        walk.press("main form button")
        walk.look("first-a-second-factor", "Set up an authenticator app", "Configurar una aplicación")
        walk.go(f"{starts_at}callback/")
        walk.look("not-signed-in", "You are not signed in", "No se pudo entrar")
        walk.wrong = [(where, fault) for where, fault in walk.wrong if "asks https://idp." not in fault]


def _to_the_provider(route: Route) -> None:
    """A redirect to another host, which Playwright cannot answer for, as a link that it can."""
    there = escape(route.fetch(max_redirects=0).headers["location"])
    route.fulfill(body=f'<a href="{there}">On</a>', content_type="text/html")


def _at_the_provider(route: Route, provider: SamlProvider) -> None:
    """Its page, which a person leaves by a button where no script does it."""
    asked = provider.asked(route.request.url)
    said = base64.b64encode(provider.signed(provider.says(asked, now=NOW))).decode()
    fields = {"SAMLResponse": said, "RelayState": asked["state"]}
    hidden = "".join(f'<input type="hidden" name="{name}" value="{value}">' for name, value in fields.items())
    form = f"<form method=post action={asked['acs']}>{hidden}<button>Go</button></form>"
    route.fulfill(body=form, content_type="text/html")
