"""Consents: who agreed to which version, in which language, when; replaced, expired, taken back."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from referrals.screening.models import Consent, ScreeningDraft
from referrals.screening.queries import consents_in_force
from referrals.screening.rules.consents import ConsentKind
from referrals.screening.services import consents, reading
from tests.factories.benefits import make_user, signed_in
from tests.factories.referrals import consents_to, make_member, make_screening
from tests.racing import at_once
from tests.referrals.screening.conftest import Tab, client_of
from workers.kernel import clock
from workers.kernel.actor import WORKER, Actor, acting_as
from workers.kernel.ids import new_id

URL = "/api/v1/consents/"


def agree(browser: Client, kind: str = "clinic", version: str = "", language: str = "en") -> Any:
    body = {"kind": kind, "version": version or consents_to(kind)[kind]}
    return browser.post(URL, body, content_type="application/json", headers={"Accept-Language": language})


def in_force(member: Actor, now: datetime) -> set[str]:
    assert member.member
    with acting_as(WORKER):
        return set(consents_in_force(member.member, now=now))


def test_a_consent_is_recorded_with_version_language_and_time(browser: Client, member: Actor) -> None:
    given = agree(browser, language="es")
    assert given.status_code == 201
    with acting_as(WORKER):
        row = Consent.objects.get()
    assert (row.member_id, row.kind, row.version, row.language) == (member.member, "clinic", "2026-01", "es")
    assert given.json()["given_at"] == "2026-03-02T15:00:00Z"
    assert given.json()["expires_at"] == "2027-03-02T15:00:00Z"
    shown = browser.get(URL).json()
    assert [one["id"] for one in shown["given"]] == [str(row.pk)]
    assert [text["kind"] for text in shown["texts"]] == ["screening", "clinic", "substance_use"]


def test_agreeing_again_changes_nothing_and_in_another_language_replaces(browser: Client) -> None:
    first, same, other = agree(browser), agree(browser), agree(browser, language="es")
    assert first.json() == same.json()
    assert other.json()["id"] != first.json()["id"]
    endings = {one["id"]: one["ending"] for one in browser.get(URL).json()["given"]}
    assert endings == {first.json()["id"]: "replaced", other.json()["id"]: ""}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"kind": "clinic", "version": "2025-12"}, 409, "consent_outdated"),
        ({"kind": "marketing", "version": "2026-01"}, 422, "invalid"),
        ({"kind": "clinic"}, 422, "invalid"),
        ({"kind": "clinic", "version": "2026-01", "given_at": "2020-01-01T00:00:00Z"}, 422, "invalid"),
    ],
)
def test_a_text_that_was_not_shown_cannot_be_agreed_to(browser: Client, body: Any, status: int, code: str) -> None:
    answer = browser.post(URL, body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    with acting_as(WORKER):
        assert not Consent.objects.exists()


def test_a_withdrawn_consent_ends_at_once_and_stays_on_record(browser: Client, member: Actor, now: datetime) -> None:
    agree(browser)
    given = agree(browser, "substance_use").json()
    for _ in range(2):
        ended = browser.post(f"{URL}{given['id']}/withdraw/").json()
        assert (ended["ending"], ended["ended_at"]) == ("withdrawn", "2026-03-02T15:00:00Z")
    assert in_force(member, now) == {"clinic"}
    with acting_as(WORKER):
        assert Consent.objects.count() == 2


def test_who_wants_nothing_kept_has_nothing_shown(browser: Client, member: Actor, now: datetime) -> None:
    screening = make_screening(member, consents=("clinic", "substance_use"))
    Tab(browser).start()
    [kept] = [one for one in browser.get(URL).json()["given"] if one["kind"] == "screening"]
    browser.post(f"{URL}{kept['id']}/withdraw/")
    assert in_force(member, now) == set()
    with acting_as(WORKER):
        assert not ScreeningDraft.objects.exists()
        assert reading.read_by_clinic(screening_id=screening.pk, clinic_id=new_id(), reader_id=None, now=now) is None
    operator = signed_in(make_user("operator"))
    refused = operator.get(f"/api/v1/operator/screenings/{screening.pk}/answers/?reason=audit")
    assert (refused.status_code, refused.json()["code"]) == (409, "consent_missing")


def test_a_consent_holds_until_it_expires_and_can_be_given_anew(browser: Client, member: Actor, now: datetime) -> None:
    agree(browser)
    year = now + timedelta(days=365)
    assert in_force(member, year - timedelta(seconds=1)) == {"clinic"}
    assert in_force(member, year) == set()
    clock.freeze(year)
    agree(browser)
    assert in_force(member, year) == {"clinic"}


def test_another_members_consent_is_not_there(browser: Client) -> None:
    mine = agree(browser).json()
    other = client_of(make_member())
    assert other.post(f"{URL}{mine['id']}/withdraw/").status_code == 404
    assert other.get(URL).json()["given"] == []


def test_of_many_tabs_that_agree_at_once_one_is_recorded(committed_db: str, now: datetime) -> None:
    member = make_member()
    assert member.member is not None
    member_id = member.member

    def give() -> Any:
        with acting_as(member):
            return consents.give(
                member_id=member_id, kind=ConsentKind.CLINIC, version="2026-01", language="en", now=now
            ).pk

    assert len(set(at_once(*[give] * 4))) == 1
