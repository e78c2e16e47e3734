"""A clinic's office from an offer to an appointment that took place."""

from datetime import timedelta
from typing import Any

import pytest

from referrals.courses.models import Session
from referrals.offers.models import Offer
from referrals.requests.models import Request
from tests.browser import CHROMIUM, MISSING, serving
from tests.browser.walks import Walk, in_both_languages, walking
from tests.factories.benefits import make_user, signed_in
from tests.factories.referrals import make_clinic, make_member, make_request, open_offer, run_workers
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as

pytestmark = pytest.mark.skipif(not CHROMIUM, reason=MISSING)


@in_both_languages
def test_from_an_offer_to_a_completed_session(
    language: str, browser: Any, committed_db: str, now: Any, settings: Any
) -> None:
    clinic = make_clinic(name="Midtown Practice")
    refused, taken = (make_request(make_member(last_name=name)) for name in ("Abreu", "Quiñones"))
    run_workers()
    staff = signed_in(make_user("clinic_staff", clinic_id=clinic.pk))
    with serving(settings) as address, walking(browser, address, "clinic", language, staff) as walk:
        walk.go("/")
        walk.switch()
        walk.look("start", "Offers wait for your answer", "Las ofertas esperan su respuesta")
        walk.press('main a[href="/clinic/offers/"]')
        walk.look("offers", "Waiting for your answer", "Esperan su respuesta")
        _decline(walk, open_offer(refused))
        _accept(walk, open_offer(taken))
        _treat(walk, taken)


def _decline(walk: Walk, offer: Offer) -> None:
    walk.press(f'a[href="/clinic/offers/{offer.pk}/"]')
    walk.look("offer", "Can you take this person?", "¿Puede atender a esta persona?")
    walk.press('button[value="decline"]')
    walk.look("no-without-reason", "Choose a reason", "Elija un motivo")
    walk.select('select[name="reason"]', "schedule")
    walk.press('button[value="decline"]')
    walk.look("declined", "Your no is noted", "Su no está anotado")


def _accept(walk: Walk, offer: Offer) -> None:
    walk.press(f'a[href="/clinic/offers/{offer.pk}/"]')
    walk.press('button[value="accept"]')
    walk.says("h1", "Quiñones", "Quiñones")
    run_workers()
    walk.page.reload()
    walk.look("referral", "Their appointments", "Sus citas")


def _treat(walk: Walk, request: Request) -> None:
    """Confirm the first appointment, and say once it is over that it took place."""
    with acting_as(WORKER):
        session = Session.objects.filter(course__request_id=request.pk).earliest("starts_at")
    walk.go(f"/clinic/sessions/?week={session.starts_at:%Y-%m-%d}")
    walk.look("week", "Waiting for your word", "Esperan su palabra")
    walk.press(f'.week a[href="/clinic/sessions/{session.pk}/"]')
    walk.look("proposed", "It is only proposed", "Solo está propuesta")
    walk.press('button[value="confirm"]')
    walk.look("confirmed", "Confirmed. The member is told.", "Confirmada. Se avisa a la persona.")
    clock.freeze(session.ends_at + timedelta(minutes=1))
    walk.page.reload()
    walk.look("over", "Did it take place?", "¿Tuvo lugar?")
    walk.press('button[value="complete"]')
    walk.look("completed", "Noted: it took place.", "Anotado: tuvo lugar.")
    walk.press(f'main a[href="/clinic/referrals/{request.pk}/"]')
    walk.press('button[value="confirm_all"]')
    walk.look("all-confirmed", "Confirmed. The member is told.", "Confirmada. Se avisa a la persona.")
    with acting_as(WORKER):
        others = Session.objects.exclude(pk=session.pk).values_list("status", flat=True)
        assert Session.objects.get(pk=session.pk).status == "completed"
        assert set(others) == {"scheduled"}
