"""An employee from the invitation in their mail to the first reminder of an appointment."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from billing.payment_plans.models import PaymentMethod
from referrals.clinic_updates.rules import Channel
from referrals.clinic_updates.services.applying import answer
from referrals.courses.models import Course, Session
from referrals.messages import SessionScheduled
from referrals.offers import services as offers
from referrals.offers.models import Offer
from tests.billing.stripe.world import World, connect
from tests.browser import CHROMIUM, MISSING, serving
from tests.browser.looking import SCHEME
from tests.browser.walks import Walk, in_both_languages, walking
from tests.factories.benefits import PASSWORD, make_employer, make_member, make_plan, make_user
from tests.factories.referrals import SAFE, make_clinic
from tests.simulators_tests.stripe.bench import PUBLISHABLE_KEY, Bench, receiving, simulated
from workers.emails.models import Email
from workers.kernel import bells, clock
from workers.kernel.actor import WORKER, Actor, Role, acting_as

pytestmark = pytest.mark.skipif(not CHROMIUM, reason=MISSING)

EMAIL = "zoraida@home.example"
TOLD_TO_STRIPE = {  # the variables of its Appearance API, and our tokens (tokens.css)
    "colorPrimary": "--accent",
    "colorBackground": "--card",
    "colorText": "--ink",
    "colorTextSecondary": "--soft",
    "colorDanger": "--warn",
}
_CSS = "(element, name) => getComputedStyle(element)[name]"
_TOKENS = """(names) => names.map(
  (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim())"""


@pytest.fixture(scope="module")
def stripe() -> Iterator[Bench]:
    """Our stand-in for Stripe."""
    with simulated() as bench:
        yield bench


@pytest.fixture
def world(
    stripe: Bench, committed_db: str, now: datetime, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """Stripe and us at NOW; nobody is there yet."""
    monkeypatch.setattr(bells, "_strike", None)  # the test drains the lanes itself
    with receiving() as inbox:
        connect(stripe, inbox, settings, now)
        settings.STRIPE_PUBLISHABLE_KEY = PUBLISHABLE_KEY
        yield World(stripe, inbox, Actor(role=Role.EMPLOYEE))


@in_both_languages
def test_from_the_invitation_to_the_first_reminder(language: str, browser: Any, world: World, settings: Any) -> None:
    clinic = make_clinic(name="Midtown Practice", languages=["en", "es"], has_endpoint=False)
    make_user("clinic_staff", clinic_id=clinic.pk)  # who is asked by mail
    employer = make_employer("Northwind")
    make_plan(employer.pk)
    with serving(settings) as address, walking(browser, address, "employee", language) as walk:
        home: dict[str, Any] = {"postal_code": "10025", "state": "NY", "timezone": "America/New_York"}
        make_member(employer.pk, language=language, personal_email=EMAIL, last_name="Quiñones", **home)
        world.run()
        _come_in(walk)
        _look_around(walk)
        _answer_questions(walk)
        _ask(walk, clinic.pk)
        world.run()
        _wait_for_a_clinic(walk, world, clinic.pk)
        course = _agree_to_a_time(walk)
        _agree_to_a_price(walk, course)
        _store_a_card(walk, world)
        _look_after_the_money(walk)
        _be_reminded(walk, world, course)
        _only_the_fields_are_stripes(walk, world)
    with acting_as(WORKER):
        assert PaymentMethod.objects.get().status == "active"


def _mailed(template: str) -> Email:
    with acting_as(WORKER):
        return Email.objects.filter(template__startswith=template).earliest("id")


def _come_in(walk: Walk) -> None:
    """The link in the invitation, a password, and in."""
    invitation = _mailed("benefits/invitation")
    walk.go(walk.read("invitation", invitation, "An account has been prepared", "Hemos preparado una cuenta"))
    walk.look("activate", "Activate your account", "Active su cuenta")
    walk.fill("#id_password", "short")
    walk.press("main form button")
    walk.look("weak-password", "12", "12")
    walk.fill("#id_password", PASSWORD)
    walk.press("main form button")
    walk.look("sign-in", "Your account is ready", "Su cuenta está lista")
    walk.fill("#id_login", EMAIL)
    walk.fill("#id_password", PASSWORD)
    walk.press("main form button")
    walk.look("home-empty", "You have not asked for care yet", "Todavía no ha pedido atención")


def _look_around(walk: Walk) -> None:
    """What the care is, and who learns of it, before anything is asked for."""
    walk.press('main a[href="/what-my-employer-sees/"]')
    walk.look("employer-sees", "What they never learn", "Lo que nunca sabrán")
    walk.go("/care/")
    walk.look("care", "Three ways, side by side", "Tres formas, una al lado de otra")


def _answer_questions(walk: Walk) -> None:
    """With a slip of the finger that brings help at once, something left out, a pause, and on."""
    walk.press('main a[href="/screening/"]')
    walk.look("before", "What you agree to by beginning", "Lo que acepta al empezar")
    walk.press('button[value="begin"]')
    walk.choose("q-suicidality", "yes")
    walk.press('button[value="next"]')
    walk.look("help-and-missing", "Some answers are missing here", "Aquí faltan algunas respuestas")
    for item, is_so in SAFE.items():
        walk.choose(f"q-{item}", "yes" if is_so else "no")
    walk.press('button[value="pause"]')
    walk.look("paused", "Your answers are kept for 30 days", "Sus respuestas se conservan 30 días")
    walk.press('main a[href="/screening/"]')
    walk.press('main a[href="?step=phq9"]')
    walk.look("mood", "You may leave out any of these, or all.", "Puede dejar cualquiera sin responder, o todas.")
    walk.go("/screening/?step=send")
    walk.press('input[type="checkbox"][name="consent-clinic"]', stays=True)
    walk.look("send", "Look over your answers", "Repase sus respuestas")
    walk.press('button[value="send"]')
    walk.look("result", "Who has read your answers", "Quién ha leído sus respuestas")


def _ask(walk: Walk, clinic_id: UUID) -> None:
    """A clinic that one chose, wishes, and the request."""
    walk.press('main a[href="/find-a-clinic/"]')
    walk.look("clinics", "Midtown Practice", "Midtown Practice")
    walk.press(f'button[name="add"][value="{clinic_id}"]')
    walk.look("chosen", "Your choice, in this order", "Su elección, en este orden")
    walk.press(f'a[href="/find-a-clinic/{clinic_id}/"]')
    walk.look("clinic", "What each session costs", "Lo que cuesta cada sesión")
    walk.press(f'a[href="/ask/?clinic={clinic_id}"]')
    walk.look("ask", "What you wish for", "Lo que desea")
    walk.press("main form > .actions button")
    walk.look("asked", "Done. Here you see each step", "Hecho. Aquí ve cada paso")


def _wait_for_a_clinic(walk: Walk, world: World, clinic_id: UUID) -> None:
    with acting_as(WORKER):
        offers.accept(offer_id=Offer.objects.get().pk, clinic_id=clinic_id, now=clock.now())
    world.run()
    walk.go("/referrals/")
    walk.look("accepted", "Appointments and price", "Citas y precio")


def _agree_to_a_time(walk: Walk) -> Course:
    with acting_as(WORKER):
        course = Course.objects.get()
        first = Session.objects.filter(course=course).earliest("starts_at")
    walk.press('main a[href="/courses/"]')
    walk.look("courses", "Say which times suit you", "Decir qué horas le convienen")
    walk.press(f'a[href="/courses/{course.pk}/"]')
    walk.look("course", "This time suits me", "Esta hora me conviene")
    walk.press(f'a[href="/courses/{course.pk}/sessions/{first.pk}/times/"]')
    walk.look("other-times", "what is only proposed makes room for it", "lo que solo está propuesto")
    walk.press('.calendar a[href*="day=2026-03-05"]', stays=True)
    expect(walk.page.locator("#times")).to_be_focused()
    walk.look("another-day", "Thursday, March 5", "jueves, 5 de marzo")
    walk.choose("starts_at", "2026-03-05T16:00:00+00:00")
    walk.press("#booking form button")
    walk.press('button[value="agree_to_all"]')
    with acting_as(WORKER):
        assert not Session.objects.filter(course=course, agreed_at=None).exists()
    return course


def _agree_to_a_price(walk: Walk, course: Course) -> None:
    """Asked for, explained, agreed to, and split."""
    walk.press(f'a[href="/prices/{course.pk}/"]')
    walk.look("no-price", "There is no price yet", "Aún no hay precio")
    walk.press('button[value="quote"]')
    walk.look("price", "I agree to this price", "Acepto este precio")
    walk.press('button[value="accept"]')
    walk.look("how-to-pay", "In how many parts?", "¿En cuántas partes?")
    walk.choose("count", "2")
    walk.press('button[value="plan"]')


def _store_a_card(walk: Walk, world: World) -> None:
    """Into Stripe's fields: what is typed there, we never see."""
    walk.go("/payments/")
    walk.look("payments-without-method", "Store a payment method", "Guardar un método de pago")
    walk.press('main a[href="/payments/methods/new/"]')
    walk.look("new-method", "What do you want to pay with?", "¿Con qué quiere pagar?")
    walk.press('input[type="checkbox"][name="accepted"]', stays=True)
    walk.press('button[value="elements"]')
    walk.look("preparing", "is being prepared", "preparamos la página segura")
    world.run()  # the page asks by itself, and loads anew: it is waited for, since loading it here would race with that
    fields = walk.page.frame_locator("#payment-fields iframe").locator("select")
    fields.select_option("pm_card_visa")
    walk.look("fields", "goes directly to Stripe", "va directamente a Stripe")
    _follow_the_pages_colours(walk.page)
    walk.press("#payment-form button")
    walk.look("storing", "Stripe is storing it", "Stripe lo está guardando")
    world.run()
    walk.page.wait_for_selector("main .note.done")
    walk.look("stored", "It is stored.", "Está guardado.")


def _follow_the_pages_colours(page: Page) -> None:
    """Stripe's fields stand in a frame that no sheet of ours reaches: they look as the card that they stand in."""
    frame = page.frame_locator("#payment-fields iframe").locator("body")
    frame.evaluate("() => addEventListener('message', ({ data }) => { window.told = data.appearance; })")
    for scheme, theme in (("dark", "night"), ("light", "stripe"))[:: 1 if SCHEME == "light" else -1]:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type] # one of the two that there are
        for name, element in (("background-color", ".card"), ("color", "body")):
            expect(frame).to_have_css(name, page.locator(element).evaluate(_CSS, name))
        tokens = page.evaluate(_TOKENS, [*TOLD_TO_STRIPE.values()])
        assert frame.evaluate("() => window.told") == {
            "theme": theme,
            "variables": dict(zip(TOLD_TO_STRIPE, tokens, strict=True)),
        }


def _look_after_the_money(walk: Walk) -> None:
    walk.press('main a[href="/payments/"]')
    walk.look("payments", "They are paid with", "Se pagan con")
    walk.press('main a[href^="/payments/plans/"]')
    walk.look("plan", "Spread what is left differently", "Repartir de otro modo lo que queda")
    walk.go("/income/")
    walk.look("income", "You have declared none so far", "Hasta ahora no ha declarado ninguno")


def _be_reminded(walk: Walk, world: World, course: Course) -> None:
    """The clinic confirms, days go by, and a mail comes with a link that needs no sign-in."""
    with acting_as(WORKER):
        first = Session.objects.filter(course=course).earliest("starts_at")
        said = SessionScheduled(course_id=course.pk, session_id=first.pk, starts_at=first.starts_at)
        answer(clinic_id=course.clinic_id, data=said, channel=Channel.PORTAL, now=clock.now())
    world.run()
    walk.go("/")
    walk.look("home", "Add to my calendar", "Añadir a mi calendario")
    while clock.now() < first.starts_at and not _is_mailed("referrals/session_"):
        world.advance(hours=3)
        world.run()
    reminder = _mailed("referrals/session_")
    walk.go(walk.read("reminder", reminder, "appointment", "cita"))
    walk.look("link", "This link shows it once", "Este enlace la muestra una vez")
    walk.press("main form button")
    walk.look("appointment", "If something worries you", "Si algo le preocupa")


def _is_mailed(template: str) -> bool:
    with acting_as(WORKER):
        return Email.objects.filter(template__startswith=template).exists()


def _only_the_fields_are_stripes(walk: Walk, world: World) -> None:
    """Of all that this person opened, one page asked somebody else for something: Stripe, for its own fields."""
    asked = [where for where, what in walk.wrong if what.startswith(f"asks {world.bench.url}/")]
    walk.wrong[:] = [(where, what) for where, what in walk.wrong if not what.startswith(f"asks {world.bench.url}/")]
    assert asked
    assert all("/payments/methods/" in where for where in asked), asked
