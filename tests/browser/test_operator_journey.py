"""An operator from a referral that does not go on to one that a clinic took."""

from typing import Any

import pytest

from referrals.offers.models import Offer
from referrals.requests.models import Request
from tests.browser import CHROMIUM, MISSING, serving
from tests.browser.walks import Walk, in_both_languages, walking
from tests.factories.benefits import make_user, signed_in
from tests.factories.referrals import (
    make_clinic,
    make_member,
    make_request,
    make_screening,
    offers_of,
    run_workers,
    status_of,
)

pytestmark = pytest.mark.skipif(not CHROMIUM, reason=MISSING)


@in_both_languages
def test_from_a_stuck_referral_to_a_resolved_one(
    language: str, browser: Any, committed_db: str, now: Any, settings: Any
) -> None:
    make_clinic(name="Midtown Practice")
    make_clinic(1, name="Riverside Rooms")
    request = make_request(member := make_member(), screening=make_screening(member, suicidality=True))
    run_workers()
    operator = signed_in(make_user("operator"))
    with serving(settings) as address, walking(browser, address, "operator", language, operator) as walk:
        walk.go("/")
        walk.switch()
        walk.look("start", "What needs a person today.", "Lo que hoy necesita a una persona.")
        walk.press('main a[href="/operator/"]')
        walk.look("today", "The figures count on by themselves", "Las cifras se cuentan solas")
        _read_up(walk, member.member)
        _release(walk, request)
        run_workers()
        _resolve(walk, request, offers_of(request)[0])
    assert status_of(request.pk) == "accepted"


def _read_up(walk: Walk, member_id: Any) -> None:
    """Who has to be called, and, for a reason that is kept, who they are."""
    walk.press('#panel-live-referrals a[href="/operator/screenings/"]')
    walk.look("urgent", "Urgent screenings", "Cuestionarios urgentes")
    walk.go(f"/operator/members/{member_id}/")
    walk.look("reason", "Why do you need to look?", "¿Por qué necesita mirar?")
    walk.choose("reason", "safety")
    walk.fill("#id_words", "1234")
    walk.press("main form button")
    walk.look("story", "Open to you for half an hour", "Abierta para usted media hora")


def _release(walk: Walk, request: Request) -> None:
    """From the board to the referral; what was said is kept, and it looks for a clinic again."""
    walk.go("/operator/referrals/")
    walk.look("board", "What is late or does not go on comes first", "Primero lo que va tarde o no avanza")
    walk.press(f'a[href="/operator/referrals/{request.pk}/"]')
    walk.look("stuck", "Call them, then decide", "Llame, y luego decida")
    walk.fill('textarea[name="text"]', "OK, 14:05")
    walk.select('select[name="channel"]', "phone")
    walk.press('input[type="checkbox"][name="reached"]', stays=True)
    walk.press('button[value="note"]')
    walk.look("noted", "OK, 14:05", "OK, 14:05")
    walk.press('button[value="release"]')
    walk.look("released", "It looks for a clinic by itself again.", "Vuelve a buscar clínica por sí sola.")


def _resolve(walk: Walk, request: Request, offer: Offer) -> None:
    """The clinic says yes on the telephone."""
    walk.page.reload()
    walk.look("asked", "A clinic answered on the telephone", "Una clínica respondió por teléfono")
    walk.select('select[name="offer_id"]', str(offer.pk))
    walk.fill('textarea[name="note"]', "María, 14:20")
    walk.press('button[value="phone"]')
    walk.look("resolved", "Their answer is noted", "Su respuesta queda anotada")
    walk.press('.back a[href="/operator/referrals/"]')
    walk.look("board-after", "In this state for", "En este estado desde hace")
