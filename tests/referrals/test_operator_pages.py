"""Operators at work: a stuck referral resolved, and a member's whole story behind a reason."""

import re
from datetime import date, timedelta

import pytest

from referrals.clinics.models import Clinic
from referrals.offers.models import Offer
from referrals.requests.models import Request, RequestNote
from referrals.screening.models import UrgentCase
from referrals.stories.models import MemberSearch, StoryLook
from tests.conftest import NOW
from tests.factories.benefits import make_hr, make_user, signed_in
from tests.factories.referrals import make_clinic, make_member, make_request, make_screening, offers_of, run_workers
from workers.kernel import clock
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(now):
    return signed_in(make_user("operator"))


def text(answer, status=200):
    assert answer.status_code == status, answer.content
    return answer.content.decode()


def stored(model, **where):
    with acting_as(WORKER):
        return model.objects.get(**where)


def test_an_urgent_referral_is_found_on_the_board_called_and_released(operator):
    make_clinic()
    member = make_member()
    request = make_request(member, screening=make_screening(member, suicidality=True))
    run_workers()
    board = text(operator.get("/operator/referrals/?status=review"))
    assert f"/operator/referrals/{request.pk}/" in board
    path = f"/operator/referrals/{request.pk}/"
    assert "Call them, then decide" in text(operator.get(path))
    told = {"act": "note", "text": "Nobody answers.", "channel": "phone", "party": "member"}
    operator.post(path, told)
    assert not stored(UrgentCase).acknowledged_at, "nobody was reached"
    told |= {"text": "Spoke to them, safe.", "reached": "on"}
    assert "Spoke to them, safe." in text(operator.post(path, told, follow=True))
    assert stored(RequestNote, reached=True).kind == "contact"
    assert stored(UrgentCase).acknowledged_by == stored(RequestNote, reached=True).author_id, "nobody calls them again"
    operator.post(path, {"act": "release"})
    run_workers()
    assert stored(Request, pk=request.pk).status == "offered"
    assert "It has moved on meanwhile" in text(operator.post(path, {"act": "release"}, follow=True))


def test_a_clinic_that_telephones_is_answered_for_and_another_one_asked(operator):
    make_clinic(), make_clinic(1, name="Second Clinic")
    request = make_request(make_member())
    run_workers()
    [first] = offers_of(request)
    path = f"/operator/referrals/{request.pk}/"
    with acting_as(WORKER):
        second = Clinic.objects.exclude(pk=first.clinic_id).get()
    assert f'value="{second.pk}"' in text(operator.get(path))
    assert "This field is required" in text(operator.post(path, {"act": "reassign", "clinic_id": second.pk}), 422)
    operator.post(path, {"act": "reassign", "clinic_id": second.pk, "why": "nearer to their work"})
    with acting_as(WORKER):
        asked = Offer.objects.get(request=request, clinic=second)
    said = {"act": "phone", "offer_id": asked.pk, "answer": "yes", "note": "Maria at the desk"}
    operator.post(path, said)
    assert stored(Request, pk=request.pk).status == "accepted"
    assert "Maria at the desk" in text(operator.get(path))
    text(operator.post(path, said), 422)  # nobody is asked any more


def test_a_story_opens_for_a_reason_which_is_kept_for_the_member(operator):
    member = make_member()
    make_clinic()
    make_request(member)
    run_workers()
    path = f"/operator/members/{member.member}/"
    closed = text(operator.get(path))
    assert "Quiñones" not in closed
    assert "Give a reason first" in text(operator.get(f"/panels/story-money/{member.member}/"))
    assert "Quiñones" not in text(operator.post(path, {"reason": "complaint"}), 422)
    assert operator.post(path, {"reason": "complaint", "words": "ticket 4711"}).status_code == 302
    page = text(operator.get(path))
    for said in ("Quiñones", "Choosing whom to ask", "A clinic is asked", "Prices and payments", "ticket 4711"):
        assert said in page
    with acting_as(Actor(role=Role.EMPLOYEE, member=member.member, employer=member.employer, user=new_id())):
        look = StoryLook.objects.get()
    assert (look.reason, look.words, look.at) == ("complaint", "ticket 4711", NOW)


def test_a_reason_counts_for_its_giver_alone_and_for_half_an_hour(operator):
    member = make_member()
    path = f"/operator/members/{member.member}/"
    operator.post(path, {"reason": "audit", "words": "yearly"})
    assert "Quiñones" not in text(signed_in(make_user("operator", email="o2@benefit.example")).get(path))
    clock.freeze(NOW + timedelta(minutes=29))
    assert "Quiñones" in text(operator.get(path))
    clock.freeze(NOW + timedelta(minutes=31))
    assert "Quiñones" not in text(operator.get(path))
    assert "yearly" in text(operator.get("/operator/members/"))


def test_nobody_is_a_member_of_that_number(operator):
    told = {"reason": "audit", "words": "x"}
    assert operator.post(f"/operator/members/{new_id()}/", told).status_code == 404
    assert operator.post("/operator/members/", {"member_id": "x"}).status_code == 422


def test_members_are_found_by_name_for_a_reason_which_is_kept(operator):
    make_member()
    mine = make_member(first_name="Ana", date_of_birth=date(1971, 2, 3))
    told = {"reason": "member_asked", "words": "on the phone", "name": "QUIÑ"}
    assert "Zoraida" not in text(operator.post("/operator/members/", {**told, "reason": ""}), 422)
    assert "Zoraida" not in text(operator.post("/operator/members/", {**told, "name": "q"}), 422)
    found = text(operator.post("/operator/members/", told))
    assert found.index("Quiñones, Ana") < found.index("Quiñones, Zoraida")
    assert "Zoraida" not in text(operator.post("/operator/members/", {**told, "born_on": "1971-02-03"}))
    assert "Nobody whose name begins so" in text(operator.post("/operator/members/", {**told, "name": "uiñ"}))
    kept = "on the phone" in text(operator.get("/operator/members/"))
    with acting_as(WORKER):
        searches = [(one.sought, one.found) for one in MemberSearch.objects.order_by("id")]
    assert (kept, searches[:2]) == (
        True,
        [({"name": "QUIÑ", "born_on": None}, 2), ({"name": "QUIÑ", "born_on": "1971-02-03"}, 1)],
    )
    [way_in] = re.findall(rf'action="(/operator/members/{mine.member}/)"', found)
    assert operator.post(way_in, {"reason": "member_asked", "words": "on the phone"}).status_code == 302
    assert "Ana Quiñones" in text(operator.get(way_in))


def test_whoever_does_not_care_for_members_looks_for_nobody(now):
    told = {"reason": "audit", "words": "x", "name": "quiñones"}
    employer_id = make_member().employer
    assert employer_id is not None
    for user in (make_user("operator", permissions=["finance"]), make_hr(employer_id)):
        assert signed_in(user).post("/operator/members/", told).status_code == 404
    with acting_as(WORKER):
        assert not MemberSearch.objects.exists()


def test_credentials_of_the_network_that_run_out_stand_in_their_order(operator):
    make_clinic(name="Soon Clinic", malpractice_expires_on=NOW.date() + timedelta(days=20))
    make_clinic(1, name="Late Clinic", malpractice_expires_on=NOW.date() + timedelta(days=400))
    page = text(operator.get("/operator/credentials/"))
    assert "Soon Clinic" in page
    assert "20 days left" in page
    assert "Late Clinic" not in page
