"""Answering the questionnaire, and who hears of an urgent answer."""

import json
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from referrals.screening import services
from referrals.screening.models import Screening
from referrals.screening.queries import CURRENT, get_screening, list_disclosable_findings
from tests.factories.benefits import make_user, signed_in
from tests.factories.referrals import SAFE, make_member, make_screening, run_workers
from workers.emails.models import Email
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.errors import NotFound
from workers.kernel.ids import new_id

URL = "/api/v1/screenings/"


@pytest.fixture
def member(db: None, now: datetime) -> Any:
    return make_member()


def client_of(member: Actor) -> Any:
    return signed_in(make_user("employee", employer_id=member.employer, member_id=member.member))


def submit(client: Client, questionnaire: Any = CURRENT, **answers: Any) -> Any:
    body = {"questionnaire": questionnaire, "answers": SAFE | answers}
    return client.post(URL, body, content_type="application/json")


def test_the_questionnaire_comes_in_the_readers_language(member: Actor) -> None:
    client = client_of(member)
    english = client.get("/api/v1/questionnaires/current/").json()
    spanish = client.get("/api/v1/questionnaires/current/", headers={"Accept-Language": "es-MX"}).json()
    assert (english["id"], spanish["id"]) == (CURRENT, CURRENT)
    assert english["sections"][0]["title"] == "Your safety"
    assert spanish["sections"][0]["title"] == "Su seguridad"
    assert english["sections"][0]["required"] is True


def test_a_plain_screening_proceeds_and_offers_no_crisis_help(member: Actor) -> None:
    answer = submit(client_of(member))
    assert answer.status_code == 201
    assert set(answer.json()) == {"id", "result"}
    assert answer.json()["result"] == "proceed"


def test_an_urgent_one_is_answered_with_help_first_and_operators_are_told(member: Actor) -> None:
    care = make_user("operator", permissions=["care"])
    make_user("operator", permissions=["finance"])
    answer = submit(client_of(member), suicidality=True)
    assert next(iter(json.loads(answer.content))) == "crisis_help"
    assert "988" in answer.json()["crisis_help"]
    assert "911" in answer.json()["crisis_help"]
    assert answer.json()["result"] == "urgent"
    run_workers()
    with acting_as(WORKER):
        email = Email.objects.get()
    assert email.message["to"] == care.email
    text = (email.message["subject"] + email.message["text"]).lower()
    assert not [word for word in ("zoraida", "suicid", "ketamin", "referral", "screening") if word in text]


def test_a_plain_one_alerts_nobody(member: Actor) -> None:
    make_user("operator")
    submit(client_of(member), hypertension=True)
    run_workers()
    with acting_as(WORKER):
        assert not Email.objects.exists()


def test_operators_who_care_see_urgent_ones_until_they_take_them_up(member: Actor) -> None:
    urgent = make_screening(member, phq9_9=2)
    make_screening(member)
    client = signed_in(make_user("operator"))
    listed = client.get("/api/v1/operator/urgent-screenings/").json()["results"]
    assert [(one["id"], one["member_id"]) for one in listed] == [(str(urgent.pk), str(member.member))]
    for _ in range(2):
        taken = client.post(f"/api/v1/operator/urgent-screenings/{urgent.pk}/acknowledge/")
        assert taken.json()["acknowledged_at"] == "2026-03-02T15:00:00Z"
    assert client.get("/api/v1/operator/urgent-screenings/").json()["results"] == []


@pytest.mark.parametrize(
    ("role", "ids"),
    [("operator", {"permissions": ["finance"]}), ("employee", {"employer_id": new_id(), "member_id": new_id()})],
)
def test_nobody_else_sees_the_list(db: None, now: datetime, role: str, ids: Any) -> None:
    client = signed_in(make_user(role, **ids))
    assert client.get("/api/v1/operator/urgent-screenings/").status_code == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"questionnaire": CURRENT}, 422),
        ({"questionnaire": CURRENT, "answers": {}}, 422),
        ({"questionnaire": CURRENT, "answers": SAFE | {"mania": "no"}}, 422),
        ({"questionnaire": CURRENT, "answers": [1]}, 422),
        ({"questionnaire": CURRENT, "answers": SAFE, "member_id": str(new_id())}, 422),
        ({"questionnaire": "../../etc/passwd", "answers": SAFE}, 404),
        ({"questionnaire": "readiness.1999-01", "answers": SAFE}, 404),
        ([], 422),
    ],
)
def test_bad_input_is_refused_and_nothing_stored(member: Actor, body: Any, status: Any) -> None:
    answer = client_of(member).post(URL, body, content_type="application/json")
    assert answer.status_code == status, answer.content
    with acting_as(WORKER):
        assert not Screening.objects.exists()


def test_a_replaced_questionnaire_is_refused_with_the_new_ones_name(
    member: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "CURRENT", "readiness.2027-01")
    with acting_as(member), pytest.raises(services.QuestionnaireOutdated) as refusal:
        services.submit(member_id=member.member or new_id(), questionnaire_id=CURRENT, answers=SAFE, now=now)
    assert refusal.value.extra == {"current": "readiness.2027-01"}


def test_what_is_stored_is_sealed_and_names_the_consent(member: Actor) -> None:
    screening = make_screening(member, substance_use=True, hypertension=True)
    with acting_as(WORKER):
        stored = Screening.objects.get(pk=screening.pk)
        raw = bytes(Screening.objects.values_list("answers", flat=True)[0])
        assert (stored.consent_version, stored.answers["substance_use"]) == ("2026-01", True)
        assert list_disclosable_findings(stored) == ["hypertension"]
    assert b"substance" not in raw


def test_a_member_cannot_read_anothers(member: Actor) -> None:
    screening = make_screening(member)
    with acting_as(Actor(role=Role.EMPLOYEE, member=new_id())):
        assert not Screening.objects.filter(pk=screening.pk).exists()
        with pytest.raises(NotFound):
            get_screening(screening.pk)
