"""Answering at once, who hears of an urgent answer, and who may read answers."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from referrals.screening.api.answering import ConsentVersions
from referrals.screening.models import AnswerRead, Consent, Screening, UrgentCase
from referrals.screening.queries import CURRENT, get_screening, shareable_result
from referrals.screening.rules.consents import ConsentKind
from referrals.screening.services import reading, submitting
from referrals.screening.services.consents import ConsentOutdated
from tests.factories.benefits import make_user, signed_in
from tests.factories.referrals import SAFE, consents_to, make_member, make_screening, run_workers
from tests.referrals.screening.conftest import client_of
from workers.emails.models import Email
from workers.kernel import clock
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.errors import NotFound
from workers.kernel.ids import new_id
from workers.timers.firing import fire_due
from workers.timers.models import Timer

URL = "/api/v1/screenings/"
TELLING = ("zoraida", "suicid", "ketamin", "referral", "screening", "questionnaire", "clinic", "health", "answer")


def submit(client: Client, questionnaire: Any = CURRENT, language: str = "en", **answers: Any) -> Any:
    body = {"questionnaire": questionnaire, "answers": SAFE | answers}
    return client.post(URL, body, content_type="application/json", headers={"Accept-Language": language})


def test_the_questionnaire_comes_in_the_readers_language(browser: Client) -> None:
    english = browser.get("/api/v1/questionnaires/current/").json()
    spanish = browser.get("/api/v1/questionnaires/current/", headers={"Accept-Language": "es-MX"}).json()
    assert (english["id"], spanish["id"]) == (CURRENT, CURRENT)
    assert english["sections"][0]["title"] == "Your safety"
    assert spanish["sections"][0]["title"] == "Su seguridad"
    assert english["sections"][0]["required"] is True
    assert english["consent"]["kind"] == "screening"
    assert [text["kind"] for text in spanish["other_consents"]] == ["clinic", "substance_use"]
    assert "42" in spanish["other_consents"][1]["text"]


def test_a_plain_screening_proceeds_and_offers_no_crisis_help(browser: Client) -> None:
    answer = submit(browser)
    assert answer.status_code == 201
    assert set(answer.json()) == {"id", "result"}
    assert answer.json()["result"] == "proceed"


@pytest.mark.parametrize("urgent", [{"suicidality": True}, {"phq9_9": 1}])
def test_an_urgent_one_is_answered_with_help_first_in_both_languages(browser: Client, urgent: Any) -> None:
    answer = submit(browser, language="es", **urgent)
    assert next(iter(json.loads(answer.content))) == "crisis_help"
    shown = answer.json()["crisis_help"]
    assert (shown["call"], shown["text"], shown["emergency"]) == ("988", "988", "911")
    assert [text["language"] for text in shown["texts"]] == ["es", "en"]
    assert all("988" in text["text"] and "911" in text["text"] for text in shown["texts"])
    assert answer.json()["result"] == "urgent"


@pytest.mark.parametrize(
    "body",
    [
        {"questionnaire": CURRENT, "answers": {"suicidality": True}},
        {"questionnaire": "readiness.1999-01", "answers": SAFE | {"suicidality": True}},
        {"questionnaire": CURRENT, "answers": SAFE | {"phq9_9": 3}, "consents": {"clinic": "1999-01"}},
    ],
)
def test_help_is_shown_whatever_else_is_wrong_with_the_answers(browser: Client, body: Any) -> None:
    answer = browser.post(URL, body, content_type="application/json")
    assert answer.status_code in (404, 409, 422)
    assert answer.json()["crisis_help"]["call"] == "988"


def test_operators_hear_that_somebody_needs_a_call_and_no_word_of_why(member: Actor) -> None:
    care = make_user("operator", permissions=["care"])
    make_user("operator", permissions=["finance"])
    submit(client_of(member), suicidality=True)
    run_workers()
    with acting_as(WORKER):
        email = Email.objects.get()
    assert email.message["to"] == care.email
    text = (email.message["subject"] + email.message["text"]).lower()
    assert not [word for word in TELLING if word in text]


def test_a_plain_one_alerts_nobody(browser: Client) -> None:
    make_user("operator")
    submit(browser, hypertension=True)
    run_workers()
    with acting_as(WORKER):
        assert not Email.objects.exists()
        assert not UrgentCase.objects.exists()


def test_operators_who_care_see_urgent_ones_until_one_takes_them_up(member: Actor) -> None:
    urgent = make_screening(member, phq9_9=2)
    make_screening(member)
    operators = [make_user("operator"), make_user("operator")]
    client, later = (signed_in(user) for user in operators)
    [listed] = client.get("/api/v1/operator/urgent-screenings/").json()["results"]
    assert listed == {
        "id": str(urgent.pk),
        "member_id": str(member.member),
        "raised_at": "2026-03-02T15:00:00Z",
        "acknowledged_at": None,
    }
    for who in (client, later):
        taken = who.post(f"/api/v1/operator/urgent-screenings/{urgent.pk}/acknowledge/")
        assert taken.json()["acknowledged_at"] == "2026-03-02T15:00:00Z"
    assert client.get("/api/v1/operator/urgent-screenings/").json()["results"] == []
    with acting_as(WORKER):
        assert UrgentCase.objects.get().acknowledged_by == operators[0].pk


def test_operators_hear_again_ever_less_often_until_somebody_takes_it_up(member: Actor, now: Any) -> None:
    operator = signed_in(make_user("operator"))
    urgent = make_screening(member, suicidality=True)
    told = []
    for hours in (0, 0.9, 1, 4.9, 5, 12.9, 13):
        clock.freeze(now + timedelta(hours=hours))
        fire_due()
        run_workers()
        with acting_as(WORKER):
            told.append(Email.objects.filter(template="referrals/operator_attention").count())
    assert told == [1, 1, 2, 2, 3, 3, 4]
    operator.post(f"/api/v1/operator/urgent-screenings/{urgent.pk}/acknowledge/")
    clock.freeze(now + timedelta(days=30))
    while fire_due():
        run_workers()
    with acting_as(WORKER):
        assert Email.objects.filter(template="referrals/operator_attention").count() == 4
        assert not Timer.objects.filter(subject_id=urgent.pk).exists()


def test_an_alert_that_comes_after_somebody_took_it_up_is_not_sent(member: Actor) -> None:
    operator = signed_in(make_user("operator"))
    urgent = make_screening(member, suicidality=True)
    operator.post(f"/api/v1/operator/urgent-screenings/{urgent.pk}/acknowledge/")
    run_workers()
    with acting_as(WORKER):
        assert not Email.objects.exists()


@pytest.mark.parametrize(
    ("role", "ids"),
    [("operator", {"permissions": ["finance"]}), ("employee", {"employer_id": new_id(), "member_id": new_id()})],
)
@pytest.mark.parametrize("path", ["urgent-screenings/", f"screenings/{UUID(int=1)}/answers/?reason=audit"])
def test_nobody_else_sees_lists_or_answers(db: None, now: Any, role: str, ids: Any, path: str) -> None:
    client = signed_in(make_user(role, **ids))
    assert client.get(f"/api/v1/operator/{path}").status_code == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"questionnaire": CURRENT}, 422),
        ({"questionnaire": CURRENT, "answers": {}}, 422),
        ({"questionnaire": CURRENT, "answers": SAFE | {"mania": "no"}}, 422),
        ({"questionnaire": CURRENT, "answers": [1]}, 422),
        ({"questionnaire": CURRENT, "answers": SAFE, "member_id": str(new_id())}, 422),
        ({"questionnaire": CURRENT, "answers": SAFE, "consents": {"everything": "2026-01"}}, 422),
        ({"questionnaire": CURRENT, "answers": SAFE, "consents": ["clinic"]}, 422),
        ({"questionnaire": CURRENT, "answers": SAFE, "consents": {"clinic": "2025-12"}}, 409),
        ({"questionnaire": "../../etc/passwd", "answers": SAFE}, 404),
        ({"questionnaire": "readiness.1999-01", "answers": SAFE}, 404),
        ([], 422),
    ],
)
def test_bad_input_is_refused_and_nothing_stored(browser: Client, body: Any, status: Any) -> None:
    answer = browser.post(URL, body, content_type="application/json")
    assert answer.status_code == status, answer.content
    with acting_as(WORKER):
        assert not Screening.objects.exists()
        assert not Consent.objects.exists()


def test_every_kind_of_consent_can_be_sent() -> None:
    assert set(ConsentVersions().fields) == set(ConsentKind)


def test_a_replaced_questionnaire_is_refused_with_the_new_ones_name(browser: Client, publish_version: Any) -> None:
    publish_version("readiness.2026-03", "2026-03-01")
    refused = submit(browser)
    assert (refused.status_code, refused.json()["code"]) == (409, "questionnaire_outdated")
    assert refused.json()["current"] == "readiness.2026-03"
    assert submit(browser, "readiness.2026-03").status_code == 201


def test_a_version_is_not_asked_before_its_day(browser: Client, publish_version: Any) -> None:
    publish_version("readiness.2026-04", "2026-04-01")
    assert browser.get("/api/v1/questionnaires/current/").json()["id"] == "readiness.2026-01"


def test_a_recalled_version_is_not_asked_any_more(browser: Client, publish_version: Any) -> None:
    publish_version("readiness.2026-03", "2026-03-01", recalled=True)
    assert browser.get("/api/v1/questionnaires/current/").json()["id"] == "readiness.2026-01"
    assert submit(browser, "readiness.2026-03").json()["current"] == "readiness.2026-01"


def test_what_is_stored_is_sealed_and_names_the_consent(member: Actor) -> None:
    screening = make_screening(member, substance_use=True, hypertension=True)
    with acting_as(WORKER):
        stored = Screening.objects.select_related("consent").get(pk=screening.pk)
        raw = bytes(Screening.objects.values_list("answers", flat=True)[0])
        assert stored.answers["substance_use"] is True
        assert (stored.consent.kind, stored.consent.version) == ("screening", "2026-01")
    assert b"substance" not in raw


def test_a_member_cannot_read_anothers(member: Actor) -> None:
    screening = make_screening(member)
    with acting_as(Actor(role=Role.EMPLOYEE, member=new_id())):
        assert not Screening.objects.filter(pk=screening.pk).exists()
        with pytest.raises(NotFound):
            get_screening(screening.pk)
    assert client_of(make_member()).get(f"{URL}{screening.pk}/").status_code == 404


def test_an_operators_read_is_recorded_and_the_member_sees_it(member: Actor) -> None:
    screening = make_screening(member, substance_use=True)
    operator = make_user("operator")
    client = signed_in(operator)
    path = f"/api/v1/operator/screenings/{screening.pk}/answers/"
    for query in ("", "?reason=", "?reason=curiosity", "?reason=treatment", "?reason=audit&note=x"):
        assert client.get(path + query).status_code == 422
    with acting_as(WORKER):
        assert not AnswerRead.objects.exists()
    for _ in range(2):
        answer = client.get(f"{path}?reason=clinician_review", headers={"Idempotency-Key": "k"}).json()
        assert (answer["answers"]["substance_use"], answer["findings"]) == (True, ["substance_use"])
        assert answer["redisclosure_notice"].startswith("42 CFR part 2 prohibits")
    with acting_as(WORKER):
        assert [(read.reader_id, read.clinic_id) for read in AnswerRead.objects.all()] == [(operator.pk, None)] * 2
    browser = client_of(member)
    own = browser.get(f"{URL}{screening.pk}/").json()
    assert [read["reason"] for read in own["reads"]] == ["clinician_review"] * 2
    assert (own["result"], own["questionnaire"]) == ("clinician_review", CURRENT)
    assert [one["id"] for one in browser.get(URL).json()["results"]] == [str(screening.pk)]


def test_a_record_of_a_read_cannot_be_changed(member: Actor) -> None:
    screening = make_screening(member)
    client = signed_in(make_user("operator"))
    client.get(f"/api/v1/operator/screenings/{screening.pk}/answers/?reason=audit")
    with acting_as(WORKER), pytest.raises(Exception, match=r"permission denied|append-only"):
        AnswerRead.objects.update(reason="complaint")


def clinic_reads(screening: Screening, member: Actor, now: Any) -> Any:
    with acting_as(WORKER):
        return reading.read_by_clinic(screening_id=screening.pk, clinic_id=new_id(), reader_id=None, now=now)


def test_a_clinic_reads_under_consent_only_and_each_read_is_recorded(member: Actor, now: Any) -> None:
    screening = make_screening(member, consents=(), hypertension=True)
    assert clinic_reads(screening, member, now) is None
    agreed = {"kind": "clinic", "version": consents_to("clinic")["clinic"]}
    client_of(member).post("/api/v1/consents/", agreed, content_type="application/json")
    seen = clinic_reads(screening, member, now)
    assert seen.disclosure.findings == ("hypertension",)
    assert (seen.disclosure.holds_substance_use, seen.redisclosure_notice) == (False, None)
    assert "substance_use" not in seen.disclosure.answers
    assert {text.kind for text in seen.consents} == {"screening", "clinic"}
    with acting_as(WORKER):
        assert [(read.reason, read.with_substance_use) for read in AnswerRead.objects.all()] == [("treatment", False)]


def test_substance_use_goes_out_with_its_consent_and_the_notice(member: Actor, now: Any) -> None:
    screening = make_screening(member, consents=("clinic", "substance_use"), substance_use=True)
    seen = clinic_reads(screening, member, now)
    assert seen.disclosure.answers["substance_use"] is True
    assert seen.redisclosure_notice["en"].startswith("42 CFR part 2 prohibits unauthorized use or disclosure")
    assert "substance_use" in {text.kind for text in seen.consents}
    with acting_as(WORKER):
        assert AnswerRead.objects.get().with_substance_use


def test_what_a_clinic_may_learn_before_it_accepts_tells_nothing_of_substance_use(member: Actor) -> None:
    screening = make_screening(member, consents=("clinic", "substance_use"), substance_use=True)
    assert (screening.result, shareable_result(screening)) == ("clinician_review", "proceed")


def test_answers_of_another_version_are_read_with_their_own_questions(
    member: Actor, publish_version: Any, now: Any
) -> None:
    screening = make_screening(member, consents=("clinic",), hypertension=True)
    publish_version("readiness.2026-03", "2026-03-01", ("id: hypertension", "id: blood_pressure"))
    assert clinic_reads(screening, member, now).disclosure.findings == ("hypertension",)


def test_submitting_takes_all_consents_or_stores_nothing(member: Actor, now: Any) -> None:
    assert member.member
    with acting_as(member), pytest.raises(ConsentOutdated):
        submitting.submit(
            member_id=member.member,
            questionnaire_id=CURRENT,
            answers=SAFE,
            consents={"clinic": consents_to("clinic")["clinic"], "substance_use": "none"},
            now=now,
        )
    with acting_as(WORKER):
        assert not Consent.objects.exists()
