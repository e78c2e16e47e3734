"""What a reader does without: by one click of a mail program, by the page, in the portal."""

from typing import Any

import pytest
from django.test import Client

from tests.factories.benefits import make_user, signed_in
from tests.factories.referrals import make_member
from tests.workers.emails.conftest import AGAIN, Box, queue
from workers.emails.addresses import Reader, hash_of, preferences_url, read_token, token_for
from workers.emails.models import Unsubscription
from workers.emails.sending import send_due
from workers.kernel.actor import WORKER, acting_as

ADA = hash_of("ada@home.example")
APPOINTMENTS = Reader(address_hash=ADA, kind="appointments")
URL = "/api/v1/mail-preferences/"


def path(reader: Reader) -> str:
    return "/" + preferences_url(reader).split("/", 3)[3]


def unwanted() -> set[tuple[str, str]]:
    with acting_as(WORKER):
        return set(Unsubscription.objects.values_list("address_hash", "kind"))


def test_one_click_without_a_cookie_ends_one_kind(box: Box) -> None:
    for _ in range(2):
        answer = Client(enforce_csrf_checks=True).post(path(APPOINTMENTS), {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    queue()
    queue(AGAIN, key="again")
    queue("referrals/session_practice", key="practice")
    send_due()
    assert {mail["subject"] for mail in box.mails()} == {
        "The way you sign in has changed",
        "A quarter of an hour for yourself",
    }


@pytest.mark.django_db
def test_opening_the_page_changes_nothing() -> None:
    answer = Client().get(path(APPOINTMENTS))
    assert answer.status_code == 200
    assert 'value="appointments" checked' in answer.content.decode()
    assert 'value="payments" checked disabled' in answer.content.decode()
    assert 'value="work"' not in answer.content.decode()
    assert unwanted() == set()


@pytest.mark.django_db
def test_the_page_says_what_is_wanted_and_takes_it_back() -> None:
    token = token_for(APPOINTMENTS)
    Client().post("/mail/", {"token": token, "kind": ["news", "appointments"]})
    assert unwanted() == {(ADA, "practice"), (ADA, "questions")}
    Client().post("/mail/", {"token": token, "kind": ["news", "practice", "questions"]})
    assert unwanted() == {(ADA, "appointments")}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["payments", "no-such-kind", "<script>"])
def test_what_everybody_gets_nobody_can_end(kind: str) -> None:
    token = token_for(Reader(address_hash=ADA, kind=kind))
    assert Client().post("/mail/", {"token": token, "List-Unsubscribe": "One-Click"}).status_code == 422
    assert Client().post("/mail/", {"token": token_for(APPOINTMENTS), "kind": [kind]}).status_code == 422
    assert unwanted() == set()


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["", "x", "a:b", token_for(APPOINTMENTS)[:-1], "\x00", "ñ:1"])
def test_a_token_that_is_not_ours_opens_nothing(token: str) -> None:
    assert Client().get("/mail/", {"token": token}).status_code == 404
    assert Client().post("/mail/", {"token": token, "List-Unsubscribe": "One-Click"}).status_code == 404
    assert read_token(token) is None


@pytest.mark.django_db
def test_whoever_is_signed_in_the_token_says_whose_wishes_are_meant() -> None:
    client = signed_in(make_user("operator"))
    assert client.post(path(APPOINTMENTS), {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert unwanted() == {(ADA, "appointments")}


@pytest.mark.django_db
def test_a_member_chooses_in_the_portal() -> None:
    member = make_member()
    user = make_user("employee", email="ada@home.example", employer_id=member.employer, member_id=member.member)
    client = signed_in(user)
    before: list[dict[str, Any]] = client.get(URL, headers={"Accept-Language": "es"}).json()
    assert {"kind": "payments", "title": "Pagos y recibos", "is_optional": False, "is_wanted": True} in before
    assert all(wish["is_wanted"] for wish in before)
    after = client.put(URL, {"wanted": ["appointments"]}, content_type="application/json").json()
    assert {wish["kind"] for wish in after if not wish["is_wanted"]} == {"news", "practice", "questions"}
    assert {address for address, _ in unwanted()} == {ADA}
    refused = client.put(URL, {"wanted": ["payments"]}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_kind")


@pytest.mark.django_db
def test_the_portal_has_a_page_of_it_without_any_link_from_a_mail() -> None:
    member = make_member()
    user = make_user("employee", email="ada@home.example", employer_id=member.employer, member_id=member.member)
    client = signed_in(user)
    assert 'href="/what-we-write/"' in client.get("/").content.decode()
    done = client.post("/what-we-write/", {"kind": ["appointments"]}, follow=True)
    assert "Saved." in done.content.decode()
    assert unwanted() == {(ADA, kind) for kind in ("news", "practice", "questions")}
    assert client.post("/what-we-write/", {"kind": ["payments"]}).status_code == 422
    assert signed_in(make_user("operator")).get("/what-we-write/").status_code == 404


def test_addresses_are_compared_without_case_and_say_nothing() -> None:
    assert hash_of(" Ada@Home.Example ") == ADA
    assert "ada" not in token_for(APPOINTMENTS)
    assert read_token(token_for(APPOINTMENTS)) == APPOINTMENTS
