"""A clinic without software answers by a link, once; what only opens the link changes nothing."""

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from referrals.clinic_updates.models import ClinicUpdate
from referrals.clinic_updates.services.storing import store
from referrals.offer_links.models import OfferLink
from referrals.offers.models import Offer
from referrals.requests import services as requests
from tests.conftest import NOW
from tests.factories.benefits import make_user
from tests.factories.courses import message
from tests.factories.referrals import make_clinic, make_member, make_request, open_offer, run_workers
from tests.racing import at_once
from workers.emails.models import Email
from workers.kernel import clock
from workers.kernel.actor import AUTH, WORKER, Actor, acting_as
from workers.kernel.ids import new_id
from workers.outbox.draining import drain
from workers.outbox.models import EventRecord

DESK = "desk@clinic.example"
TELLING = re.compile(r"ketamin|clinic|clínica|therap|terapia|referral|patient|paciente|depress|quiñones|zoraida", re.I)


def make_asked(*emails: str, **clinic: Any) -> tuple[Offer, Actor]:
    """An offer to a clinic that has no software, and whose staff has these addresses; and the member."""
    row = make_clinic(has_endpoint=False, **clinic)
    for email in emails or (DESK,):
        make_user("clinic_staff", email=email, clinic_id=row.pk)
    member = make_member()
    request = make_request(member)
    run_workers()
    return open_offer(request), member


def mails() -> list[dict[str, str]]:
    with acting_as(WORKER):
        return [mail.message for mail in Email.objects.filter(template="referrals/offer_link").order_by("id")]


def token_in(mail: dict[str, str]) -> str:
    found = re.search(r"/answer/\?token=([\w-]+)", mail["text"])
    assert found, mail["text"]
    return found[1]


@pytest.fixture
def offer(db: None, now: datetime) -> Offer:
    return make_asked()[0]


@pytest.fixture
def token(offer: Offer) -> str:
    return token_in(mails()[0])


def opened(token: str, client: Client | None = None, language: str = "en") -> Any:
    return (client or Client()).get("/answer/", {"token": token}, headers={"Accept-Language": language})


def answered(token: str, choice: str = "accept", reason: str = "", client: Client | None = None) -> Any:
    return (client or Client()).post("/answer/", {"token": token, "choice": choice, "reason": reason})


def status_of(offer: Offer) -> str:
    with acting_as(WORKER):
        return Offer.objects.get(pk=offer.pk).status


def channels() -> list[str]:
    with acting_as(WORKER):
        return list(ClinicUpdate.objects.order_by("id").values_list("channel", flat=True))


def test_the_mail_is_neutral_and_holds_a_link(offer: Offer, token: str) -> None:
    [mail] = mails()
    assert mail["to"] == DESK
    assert not TELLING.search(mail["subject"] + mail["text"])
    with acting_as(WORKER):
        assert token not in OfferLink.objects.get().token_hash
        assert Email.objects.get(template="referrals/offer_link").drop_after == offer.respond_by


def test_a_yes_by_link_is_a_yes(offer: Offer, token: str) -> None:
    page = opened(token).content.decode()
    assert "Can you take this person?" in page
    answer = answered(token)
    assert (answer.status_code, status_of(offer), channels()) == (200, "accepted", ["link"])
    assert "Your yes is noted" in answer.content.decode()


def test_a_no_by_link_needs_a_reason(offer: Offer, token: str) -> None:
    for reason in ("", "mood"):
        assert answered(token, "decline", reason).status_code == 422
    assert status_of(offer) == "requested"
    assert answered(token, "decline", "not_a_fit").status_code == 200
    with acting_as(WORKER):
        row = Offer.objects.get(pk=offer.pk)
    assert (row.status, row.reason) == ("rejected", "not_a_fit")


def test_a_link_works_once(offer: Offer, token: str) -> None:
    assert answered(token).status_code == 200
    for again in (answered(token), answered(token, "decline", "other"), opened(token)):
        assert again.status_code == 404
        assert "Each one works once" in again.content.decode()
    assert status_of(offer) == "accepted"
    assert channels() == ["link"]


def test_opening_a_link_changes_nothing(offer: Offer, token: str) -> None:
    """Mail scanners open links, some ask for the head only, some follow everything they find."""
    with acting_as(WORKER):
        before = list(EventRecord.objects.order_by("id").values_list("id", flat=True))
    client = Client()
    for ask in (client.get, client.head, client.options, client.get):
        assert ask("/answer/", {"token": token}).status_code < 400
    assert client.put("/answer/", {"token": token}).status_code == 405
    assert client.get("/answer/", {"token": token, "choice": "accept"}).status_code == 200
    with acting_as(WORKER):
        assert list(EventRecord.objects.order_by("id").values_list("id", flat=True)) == before
        assert OfferLink.objects.get().used_at is None
    assert status_of(offer) == "requested"
    assert answered(token).status_code == 200


def test_a_post_needs_the_pages_own_token(offer: Offer, token: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert answered(token, client=strict).status_code == 403
    assert status_of(offer) == "requested"
    page = opened(token, strict)
    csrf = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())
    assert csrf
    body = {"token": token, "choice": "accept", "csrfmiddlewaretoken": csrf[1]}
    assert strict.post("/answer/", body).status_code == 200


def test_the_page_shows_the_least_and_runs_no_script(offer: Offer, token: str) -> None:
    answer = opened(token)
    page = answer.content.decode()
    assert "35-44" in page
    assert "NY" in page
    assert "<script" not in page
    assert answer["Cache-Control"] == "no-store"
    assert answer["Referrer-Policy"] == "same-origin"
    for telling in ("Zoraida", "Quiñones", "10025", "1990", str(offer.member_id), str(offer.request_id), "Clinic 0"):
        assert telling not in page


def test_the_page_and_the_mail_speak_spanish(db: None, now: datetime) -> None:
    make_asked(languages=["es"])
    [mail] = mails()
    assert mail["subject"] == "Una pregunta espera su respuesta"
    assert not TELLING.search(mail["subject"] + mail["text"])
    page = opened(token_in(mail), language="es").content.decode()
    assert "¿Puede atender a esta persona?" in page
    assert "No hay plazas libres" in page


def test_a_link_ends_with_its_offer(offer: Offer, token: str) -> None:
    clock.freeze(offer.respond_by)
    assert opened(token).status_code == 404
    assert answered(token).status_code == 404
    assert status_of(offer) == "requested"


@pytest.mark.parametrize("token", ["", "x", "\0", "é" * 50, "a" * 5_000])
def test_a_guess_opens_nothing(offer: Offer, token: str) -> None:
    assert opened(token).status_code == 404
    assert answered(token).status_code in (404, 422)


def test_after_the_member_withdrew_nobody_answers(db: None, now: datetime) -> None:
    offer, member = make_asked()
    token = token_in(mails()[0])
    assert member.member
    with acting_as(member):
        requests.withdraw(request_id=offer.request_id, member_id=member.member, now=now)
    at_once = answered(token)  # before a worker closed the offer
    assert at_once.status_code == 409
    assert "no longer needs it" in at_once.content.decode()
    run_workers()
    assert opened(token).status_code == 409
    assert answered(token).status_code == 409
    assert status_of(offer) == "cancelled"


def test_each_of_the_staff_gets_a_link_and_one_answer_counts(db: None, now: datetime) -> None:
    offer, _ = make_asked("one@clinic.example", "two@clinic.example")
    first, second = (token_in(mail) for mail in mails())
    assert first != second
    assert answered(first, "decline", "no_capacity").status_code == 200
    late = answered(second)
    assert late.status_code == 409
    assert status_of(offer) == "rejected"


def test_a_clinic_with_software_gets_no_link(db: None, now: datetime) -> None:
    row = make_clinic()
    make_user("clinic_staff", email=DESK, clinic_id=row.pk)
    make_request(make_member())
    run_workers()
    assert mails() == []


def test_a_clinic_that_nobody_can_ask_is_passed_over(db: None, now: datetime) -> None:
    make_clinic(has_endpoint=False)
    request = make_request(make_member())
    run_workers()
    with acting_as(WORKER):
        assert list(Offer.objects.filter(request=request).values_list("status", "reason")) == [
            ("failed", "no_endpoint")
        ]


def test_a_late_mail_makes_no_link_for_a_closed_offer(db: None, now: datetime) -> None:
    row = make_clinic(has_endpoint=False)
    make_user("clinic_staff", email=DESK, clinic_id=row.pk)
    member = make_member()
    request = make_request(member)
    drain("domain")
    assert member.member
    with acting_as(member):
        requests.withdraw(request_id=request.pk, member_id=member.member, now=now)
    drain("domain")
    run_workers()
    assert mails() == []


# Races, with real connections.


def accepted_events(offer: Offer) -> int:
    with acting_as(WORKER):
        return EventRecord.objects.filter(type="referrals.offer.accepted.v1", aggregate_id=offer.pk).count()


def by_webhook(clinic_id: UUID, offer: Offer) -> None:
    """The clinic's system accepts, and a worker applies it."""
    with acting_as(AUTH):
        body = message("referral.accepted", {"offer_id": str(offer.pk)})
        store(clinic_id=clinic_id, message_id=f"msg_{new_id()}", body=body, now=NOW)
    drain("domain")


def test_a_link_and_a_webhook_that_accept_at_once_make_one_acceptance(committed_db: str, now: datetime) -> None:
    offer, _ = make_asked()
    token = token_in(mails()[0])
    answer, _ = at_once(lambda: answered(token), lambda: by_webhook(offer.clinic_id, offer))
    assert answer.status_code == 200
    run_workers()
    assert (status_of(offer), accepted_events(offer)) == ("accepted", 1)
    assert sorted(channels()) == ["link", "webhook"]


def test_a_link_that_is_sent_twice_at_once_answers_once(committed_db: str, now: datetime) -> None:
    make_asked()
    token = token_in(mails()[0])
    answers = at_once(*[lambda: answered(token)] * 4)
    assert sorted(answer.status_code for answer in answers) == [200, 404, 404, 404]
    assert channels() == ["link"]


def test_a_yes_and_a_no_at_once_make_one_of_them(committed_db: str, now: datetime) -> None:
    offer, _ = make_asked("one@clinic.example", "two@clinic.example")
    first, second = (token_in(mail) for mail in mails())
    answers = at_once(lambda: answered(first), lambda: answered(second, "decline", "other"))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    winner = "accepted" if answers[0].status_code == 200 else "rejected"
    assert status_of(offer) == winner


def test_a_link_is_of_one_offer(offer: Offer, token: str, now: datetime) -> None:
    clock.freeze(now + timedelta(seconds=1))
    with acting_as(WORKER):
        assert OfferLink.objects.get().offer_id == offer.pk
        assert OfferLink.objects.get().expires_at == offer.respond_by
