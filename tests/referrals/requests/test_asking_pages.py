"""An employee asks for care by pages, without a script: from home to a requested referral, and what comes after."""

import re
from urllib.parse import quote

import pytest

from referrals.requests.models import Request
from referrals.requests.web.shown import drawing_of
from referrals.screening.models import Consent, Screening, ScreeningDraft, UrgentCase
from referrals.screening.queries import CURRENT, get_questionnaire
from tests.factories.benefits import make_user, signed_in
from tests.factories.referrals import (
    cover,
    make_clinic,
    make_member,
    make_request,
    make_screening,
    open_offer,
    run_workers,
    status_of,
)
from workers.kernel.actor import WORKER, acting_as

pytestmark = pytest.mark.django_db

SECTIONS = get_questionnaire(CURRENT).sections
SAFELY = {f"q-{item.id}": "yes" if item.id == "age_18" else "no" for item in SECTIONS[0].items}


@pytest.fixture
def member(now):
    member = make_member()
    cover(member)
    return member


def browser(member, **headers):
    client = signed_in(make_user("employee", employer_id=member.employer, member_id=member.member))
    client.defaults |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    return client


def text(answer, status=200):
    assert answer.status_code == status, answer.content
    return answer.content.decode()


def hidden(page, name):
    return re.findall(rf'name="{name}" value="([^"]*)"', page)[0]


def begin(client):
    """Agree and start, or go on where one stopped."""
    page = text(client.get("/screening/"))
    if 'name="version"' in page:
        page = text(client.post("/screening/", {"action": "begin", "version": hidden(page, "version")}, follow=True))
    return page


def answer_all(client, **answers):
    """Through every section; what may be left out is left out."""
    page = begin(client)
    for section in SECTIONS:
        given = (SAFELY if section.is_required else {}) | answers
        sent = {"action": "next", "step": section.id, "seen": hidden(page, "seen"), **given}
        page = text(client.post("/screening/", sent, follow=True))
        answers = {}
    return client.post("/screening/", {"action": "send", "step": "send", "seen": hidden(page, "seen")}, follow=True)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("What the care is", "You can look for a clinic now", "Your choice", "Choosing a clinic")),
        ("es", ("Qué es el tratamiento", "Ya puede buscar una clínica", "Su elección", "Eligiendo una clínica")),
    ],
)
def test_from_home_to_a_requested_referral(member, language, words):
    near, other = make_clinic(1, name="Hudson Clinic"), make_clinic(2, name="Ferry Clinic", latitude=40.70)
    client = browser(member, accept_language=language)
    assert 'href="/care/"' in text(client.get("/"))
    assert words[0] in text(client.get("/care/"))
    assert words[1] in text(answer_all(client))
    page = text(client.get("/find-a-clinic/"))
    assert page.index("1. Hudson Clinic") < page.index("2. Ferry Clinic"), "the nearest first"
    page = text(client.get(f"/find-a-clinic/?add={other.pk}", follow=True))
    page = text(client.get(f"/find-a-clinic/?clinic={other.pk}&add={near.pk}", follow=True))
    assert words[2] in page
    assert page.index("<strong>Ferry Clinic") < page.index("<strong>Hudson Clinic")
    form = {"kind": "assisted_therapy", "near": "", "miles": "25", "then_others": "on"}
    asked = f"/ask/?clinic={other.pk}&clinic={near.pk}"
    assert text(client.get(asked)).count('name="clinic"') == 2
    turned = text(client.post("/ask/", form | {"clinic": [other.pk, near.pk], "up": near.pk}))
    assert turned.index("<strong>Hudson Clinic") < turned.index("<strong>Ferry Clinic")
    done = client.post("/ask/", form | {"clinic": [near.pk, other.pk]}, follow=True)
    assert words[3] in text(done)
    with acting_as(WORKER):
        wanted = Request.objects.get(member_id=member.member).preferences
    assert (wanted["clinics"], wanted["near"]) == ([str(near.pk), str(other.pk)], "10025")


def test_an_urgent_answer_shows_help_at_once_and_wherever_one_goes_on(member):
    client = browser(member)
    seen = hidden(begin(client), "seen")
    sent = {"action": "pause", "step": "safety", "seen": seen, "q-suicidality": "yes"}
    page = text(client.post("/screening/", sent, follow=True))
    assert page.index("You are not alone") < page.index("<h1>")
    with acting_as(WORKER):
        assert UrgentCase.objects.filter(member_id=member.member).count() == 1
    stale = text(client.post("/screening/", sent), 412)
    assert "You are not alone" in stale, "whatever else is wrong"
    assert "You are not alone" in text(answer_all(client, **{"q-suicidality": "yes"}))


def test_of_two_tabs_the_second_keeps_what_it_typed(member):
    client = browser(member)
    seen = hidden(begin(client), "seen")
    first = {"action": "next", "step": "safety", "seen": seen, "q-psychosis": "no"}
    assert "missing=1" in client.post("/screening/", first)["Location"], "an answer that is needed is missing"
    page = text(client.post("/screening/", {**first, "q-psychosis": "yes"}), 412)
    assert "What you answered here is still shown" in page
    assert 'name="q-psychosis" value="yes" checked' in page
    again = {**first, "q-psychosis": "yes", "seen": hidden(page, "seen")}
    assert client.post("/screening/", again).status_code == 302
    marked = text(client.get("/screening/?step=safety&missing=1"))
    assert marked.count("Please answer this one.") == len(SECTIONS[0].items) - 1


def test_nonsense_is_refused_and_what_was_saved_stays(member):
    client = browser(member)
    seen = hidden(begin(client), "seen")
    wrong = {"action": "next", "step": "safety", "seen": seen, "q-age_18": "perhaps", "q-nothing": "yes"}
    assert "Nothing was lost" in text(client.post("/screening/", wrong), 422)
    assert "Some answers are missing" in text(client.post("/screening/", {"action": "send", "seen": seen}), 422)
    nobody = [{"action": "next", "seen": "what", "q-age_18": "yes"}, {"action": "dance"}]
    assert [client.post("/screening/", sent).status_code for sent in nobody] == [404, 404]
    client.post("/screening/", {"action": "discard"})
    with acting_as(WORKER):
        assert not ScreeningDraft.objects.exists()


def test_consents_are_given_at_the_end_and_taken_back_on_their_page(member):
    client = browser(member)
    page = begin(client)
    client.post("/screening/", {"action": "next", "step": "safety", "seen": hidden(page, "seen"), **SAFELY})
    page = text(client.get("/screening/?step=send"))
    sent = {"action": "send", "seen": hidden(page, "seen"), "consent-clinic": hidden_value(page, "consent-clinic")}
    assert "Nobody so far." in text(client.post("/screening/", sent, follow=True))
    page = text(client.get("/consents/"))
    assert page.count("Take this back") == 2
    with acting_as(WORKER):
        screening = Consent.objects.get(member_id=member.member, kind="screening")
    assert "agreed to nothing that holds now" in text(
        client.post("/consents/", {"consent_id": screening.pk}, follow=True)
    )
    make_clinic()
    ask = {"kind": "assisted_therapy", "then_others": "on"}
    assert "You took back the consent" in text(client.post("/ask/", ask), 422)
    others = browser(make_member())
    assert others.post("/consents/", {"consent_id": screening.pk}).status_code == 404
    with acting_as(WORKER):
        mine = Screening.objects.get(member_id=member.member)
    assert others.get(f"/screening/{mine.pk}/").status_code == 404


def hidden_value(page, name):
    return re.findall(rf'name="{name}" value="([^"]+)"', page)[0]


def test_who_has_not_answered_is_led_to_the_questions_and_nothing_typed_is_lost(member):
    client = browser(member)
    assert "A few questions come first" in text(client.get("/ask/"))
    assert client.post("/ask/", {"kind": "assisted_therapy", "then_others": "on"}).status_code == 404
    make_screening(member)
    typed = {"kind": "infusion", "near": "00000", "times": ["saturday"], "max_price": "150", "then_others": "on"}
    page = text(client.post("/ask/", typed), 422)
    assert "This is not a ZIP code of the United States." in page
    for kept in ('value="00000"', 'value="saturday" id="id_times_3" checked', 'value="150"'):
        assert kept in page, kept
    nobody = {"kind": "assisted_therapy"}
    assert "Choose clinics, or let others be asked." in text(client.post("/ask/", nobody), 422)


def test_wishes_change_until_a_clinic_accepts_and_the_request_is_taken_back(member):
    make_clinic()
    request = make_request(member, times=("saturday",), max_distance_km=80.0)
    run_workers()
    client = browser(member)
    path = f"/referrals/{request.pk}/wishes/"
    assert path in text(client.get("/referrals/"))
    page = text(client.get(path))
    assert '<option value="50" selected' in page
    told = {"revision": hidden(page, "revision"), "miles": "25", "language": "es", "then_others": "on"}
    assert "Your wishes are changed" in text(client.post(path, told, follow=True))
    assert "The request was changed meanwhile" in text(client.post(path, told), 422)
    assert browser(make_member()).get(path).status_code == 404
    taken = client.post("/referrals/", {"action": "withdraw", "request_id": request.pk}, follow=True)
    assert "Your request is taken back" in text(taken)
    assert status_of(request.pk) == "withdrawn"
    assert "There is nothing to change any more" in text(client.get(path))
    strangers = browser(make_member())
    assert strangers.post("/referrals/", {"action": "withdraw", "request_id": request.pk}).status_code == 404


def test_who_leaves_a_clinic_is_referred_anew(member):
    clinic = make_clinic(name="Hudson Clinic")
    request = make_request(member)
    run_workers()
    signed_in(make_user("clinic_staff", clinic_id=clinic.pk)).post(
        f"/clinic/offers/{open_offer(request).pk}/", {"choice": "accept"}
    )
    client = browser(member)
    assert "Hudson Clinic" in text(client.get("/referrals/"))
    left = client.post("/referrals/", {"action": "change_clinic", "request_id": request.pk}, follow=True)
    assert "We look for another clinic" in text(left)
    assert status_of(request.pk) == "moved"
    again = client.post("/referrals/", {"action": "change_clinic", "request_id": request.pk}, follow=True)
    assert "That is no longer possible" in text(again)


def test_the_directory_shows_ones_own_price_and_counts_what_there_is(member):
    make_clinic(1, name="Hudson Clinic", languages=["en", "es"])
    make_clinic(2, name="Ferry Clinic", routes=["iv"])
    client = browser(member)
    page = text(client.get("/find-a-clinic/"))
    assert "2 clinics near 10025" in page
    assert "Infusion into a vein (1)" in page
    assert ">$50.00<" in page, "of 100 dollars the plan pays half"
    found = text(client.get("/find-a-clinic/?language=es&near=10001"))
    assert ("Hudson Clinic" in found, "Ferry Clinic" in found) == (True, False)
    assert "No clinic like this" in text(client.get("/find-a-clinic/?language=ja"))
    assert "not a ZIP code" in text(client.get(f"/find-a-clinic/?near={quote('<b>')}"))
    assert "Select a valid choice" in text(client.get("/find-a-clinic/?route=water"))


def test_a_drawing_keeps_its_dots_inside_and_north_up():
    centre = (40.0, -74.0)
    drawing = drawing_of(centre, [(40.2, -74.0), (40.0, -73.8), centre])
    (_, x, y), (_, east, level), middle = drawing.dots
    assert (x, y < 200) == (200, True)
    assert (east > 200, level) == (True, 200)
    assert middle == (3, 200, 200)
    assert all(0 < place < 400 for _, *places in drawing.dots for place in places)
    assert drawing_of(centre, []).dots == []
