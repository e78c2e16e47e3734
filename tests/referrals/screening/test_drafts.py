"""Saving and resuming: two tabs, versions that change halfway, and help at the moment of the answer."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from referrals.screening.models import Screening, ScreeningDraft, UrgentCase
from referrals.screening.queries import CURRENT, get_questionnaire
from referrals.screening.rules.questionnaires import ANSWERS
from referrals.screening.services import consents, drafts
from referrals.screening.services.drafts import Revision
from tests.factories.benefits import make_user
from tests.factories.referrals import SAFE, consents_to, make_member, run_workers
from tests.racing import at_once
from tests.referrals.screening.conftest import DRAFT, Tab, client_of
from workers.emails.models import Email
from workers.kernel import clock
from workers.kernel.actor import WORKER, Actor, acting_as
from workers.kernel.errors import NotFound
from workers.retention import retire

ITEMS = {item.id: item for item in get_questionnaire(CURRENT).items}


@pytest.fixture
def tab(browser: Client) -> Tab:
    return Tab(browser)


def count(model: Any) -> int:
    with acting_as(WORKER):
        return int(model.objects.count())


def test_what_was_saved_is_there_later_and_on_another_device(tab: Tab, member: Actor) -> None:
    started = tab.start(consents=consents_to("clinic"))
    assert (started.status_code, started.json()["answers"], started.json()["revision"]) == (201, {}, 1)
    tab.save(mania=False)
    tab.save(phq9_1=2, mania=True)
    elsewhere = Tab(client_of_same(member, tab)).read().json()
    assert (elsewhere["answers"], elsewhere["revision"]) == ({"mania": True, "phq9_1": 2}, 3)
    assert elsewhere["questionnaire"]["sections"][0]["id"] == "safety"
    assert tab.start().status_code == 200


def client_of_same(member: Actor, tab: Tab) -> Client:
    """A second browser with the session of the first: one user a member."""
    other = Client()
    other.cookies = tab.client.cookies
    return other


def test_null_takes_an_answer_back(tab: Tab) -> None:
    tab.start()
    tab.save(mania=True, psychosis=False)
    assert tab.save(mania=None).json()["answers"] == {"psychosis": False}


def test_finishing_sends_what_was_saved(tab: Tab) -> None:
    draft = tab.start(consents=consents_to("clinic")).json()
    tab.save(**SAFE)
    finished = tab.finish()
    assert (finished.status_code, finished.json()) == (200, {"id": draft["id"], "result": "proceed"})
    assert tab.read().status_code == 404
    assert tab.finish().json() == finished.json()
    assert (count(Screening), count(ScreeningDraft)) == (1, 0)


def test_what_is_missing_is_named_and_nothing_is_lost(tab: Tab) -> None:
    tab.start()
    tab.save(**{name: answer for name, answer in SAFE.items() if name not in ("mania", "age_18")})
    refused = tab.finish()
    assert refused.status_code == 422
    assert {error["field"] for error in refused.json()["errors"]} == {"mania", "age_18"}
    assert len(tab.read().json()["answers"]) == len(SAFE) - 2


def test_the_second_tab_to_save_is_told_and_loses_nothing(browser: Client) -> None:
    one, two = Tab(browser), Tab(browser)
    one.start()
    two.read()
    one.save(mania=True)
    refused = two.save(psychosis=True)
    assert (refused.status_code, refused.json()["code"], refused.json()["revision"]) == (412, "draft_changed", 2)
    assert two.finish().status_code == 412
    two.read()
    assert two.save(psychosis=True).json()["answers"] == {"mania": True, "psychosis": True}


@pytest.mark.parametrize(
    ("tag", "status"),
    [("", 428), ("x", 422), ('"x.1"', 422), (f'"{"0" * 32}.1"', 404), (f'"{"0" * 32}.x"', 422), ("*", 422)],
)
def test_a_save_names_what_it_builds_on(tab: Tab, tag: str, status: int) -> None:
    tab.start()
    tab.tag = tag
    assert tab.save(mania=True).status_code == status
    assert tab.read().json()["answers"] == {}


def test_a_draft_from_before_is_not_written_to_a_new_one(browser: Client) -> None:
    old, new = Tab(browser), Tab(browser)
    old.start()
    assert browser.delete(DRAFT).status_code == 204
    new.start()
    assert old.save(mania=True).status_code == 404
    assert new.save(psychosis=True).json()["answers"] == {"psychosis": True}


@pytest.mark.parametrize("answers", [{"mania": "no"}, {"phq9_1": True}, {"shoe_size": 1}, {}, {"mania": [1]}])
def test_an_answer_that_does_not_fit_is_named_and_nothing_stored(tab: Tab, answers: Any) -> None:
    tab.start()
    tab.save(psychosis=True)
    refused = tab.save(**answers)
    assert refused.status_code == 422
    assert tab.read().json()["answers"] == {"psychosis": True}


@pytest.mark.parametrize("urgent", [{"suicidality": True}, {"phq9_9": 1}])
def test_an_urgent_answer_shows_help_and_alerts_before_anything_is_sent(tab: Tab, urgent: Any) -> None:
    make_user("operator")
    draft = tab.start().json()
    saved = tab.save(**urgent)
    assert next(iter(json.loads(saved.content))) == "crisis_help"
    run_workers()
    with acting_as(WORKER):
        assert str(UrgentCase.objects.get().pk) == draft["id"]
    assert count(Email) == 1
    assert "crisis_help" in tab.read().json()
    tab.save(**(SAFE | urgent))
    assert tab.finish().json()["crisis_help"]["call"] == "988"
    run_workers()
    assert (count(UrgentCase), count(Email)) == (1, 1)


def test_who_takes_an_urgent_answer_back_is_called_all_the_same(tab: Tab) -> None:
    tab.start()
    tab.save(suicidality=True)
    assert "crisis_help" not in tab.save(suicidality=False).json()
    assert count(UrgentCase) == 1


def test_help_is_shown_when_another_tab_was_faster(browser: Client) -> None:
    one, two = Tab(browser), Tab(browser)
    one.start()
    two.read()
    one.save(mania=True)
    refused = two.save(suicidality=True)
    assert (refused.status_code, refused.json()["crisis_help"]["call"]) == (412, "988")


def test_help_is_shown_when_something_is_missing_at_the_end(tab: Tab) -> None:
    tab.start()
    tab.save(suicidality=True)
    assert tab.finish().json()["crisis_help"]["call"] == "988"


def test_what_is_not_saved_for_a_month_is_refused_and_then_deleted(tab: Tab, now: datetime) -> None:
    tab.start()
    tab.save(mania=True)
    clock.freeze(now + timedelta(days=30))
    assert (tab.read().status_code, tab.save(mania=False).status_code, tab.finish().status_code) == (410, 410, 410)
    assert tab.start().json()["answers"] == {}


def test_retention_deletes_what_expired_and_nothing_else(committed_db: str, now: datetime) -> None:
    kept, gone = make_member(), make_member()
    for member, at in ((kept, now), (gone, now - timedelta(days=31))):
        start(member, at)
    retire()
    with acting_as(WORKER):
        assert [draft.member_id for draft in ScreeningDraft.objects.all()] == [kept.member]


def test_a_draft_keeps_the_version_that_it_was_begun_with(tab: Tab, publish_version: Callable[..., None]) -> None:
    tab.start()
    tab.save(**SAFE)
    publish_version("readiness.2026-03", "2026-03-01", ("id: hypertension", "id: blood_pressure"))
    assert tab.read().json()["questionnaire"]["id"] == "readiness.2026-01"
    assert tab.save(hypertension=True).status_code == 200
    assert tab.finish().status_code == 200
    with acting_as(WORKER):
        assert Screening.objects.get().questionnaire == "readiness.2026-01"


def test_a_recalled_version_is_refused_and_says_what_to_do(tab: Tab, publish_version: Callable[..., None]) -> None:
    tab.start()
    tab.save(**SAFE)
    publish_version("readiness.2026-01", "2026-01-01", recalled=True)
    edits = (("id: hypertension", "id: blood_pressure"), ("a manic episode?", "a phase of mania?"))
    publish_version("readiness.2026-02", "2026-02-20", *edits)
    for refused in (tab.read(), tab.save(mania=True), tab.finish()):
        document = refused.json()
        assert (refused.status_code, document["code"]) == (409, "questionnaire_recalled")
        assert document["current"] == "readiness.2026-02"
        assert "POST" in document["detail"]
        assert document["why"] == {"en": "A question was wrong.", "es": "Una pregunta estaba mal."}
    anew = tab.start()
    assert (anew.status_code, anew.json()["questionnaire"]["id"]) == (201, "readiness.2026-02")
    assert set(anew.json()["answers"]) == set(SAFE) - {"hypertension", "mania"}
    assert count(Screening) == 0


def test_nothing_is_saved_or_sent_without_the_consent_to_it(tab: Tab, member: Actor, now: datetime) -> None:
    tab.start()
    tab.save(**SAFE)
    clock.freeze(now + timedelta(days=20))
    tab.save(mania=False)
    assert member.member
    with acting_as(member):
        row = consents.require_screening_consent(member_id=member.member, now=now)
        row.ended_at, row.ending = now, "replaced"
        row.save(update_fields=["ended_at", "ending"])
    for refused in (tab.save(mania=True), tab.finish()):
        assert (refused.status_code, refused.json()["code"]) == (409, "consent_missing")
    tab.start()
    assert tab.finish().status_code == 200


def test_nobody_else_reads_a_draft(tab: Tab) -> None:
    tab.start()
    tab.save(mania=True)
    other = Tab(client_of(make_member()))
    other.tag = tab.tag
    assert (other.read().status_code, other.save(mania=False).status_code, other.finish().status_code) == (404,) * 3
    with acting_as(WORKER):
        [raw] = ScreeningDraft.objects.values_list("answers", flat=True)
    assert b"mania" not in bytes(raw)


def start(member: Actor, now: datetime) -> ScreeningDraft:
    """Start as a member, without a browser."""
    assert member.member
    with acting_as(member):
        return drafts.start(member_id=member.member, language="en", consents={}, now=now)[0]


def test_of_many_tabs_that_start_at_once_all_have_one_draft(committed_db: str, now: datetime) -> None:
    member = make_member()
    started = at_once(*[lambda: start(member, now)] * 4)
    assert len({draft.pk for draft in started}) == 1
    assert count(ScreeningDraft) == 1


def test_of_many_tabs_that_save_at_once_one_is_first(committed_db: str, now: datetime) -> None:
    member = make_member()
    seen = Revision(draft_id=start(member, now).pk, number=1)
    names = ["mania", "psychosis", "pregnancy", "heart_liver"]

    def save(name: str) -> Any:
        assert member.member
        with acting_as(member):
            return drafts.save(member_id=member.member, seen=seen, answers={name: True}, now=now)

    answers = at_once(*[partial(save, name) for name in names], expected=drafts.DraftChanged)
    refused = [answer for answer in answers if isinstance(answer, drafts.DraftChanged)]
    assert len(refused) == 3
    [saved] = [answer for answer in answers if isinstance(answer, ScreeningDraft)]
    assert (saved.revision, len(saved.answers)) == (2, 1)


def test_of_many_tabs_that_finish_at_once_all_get_one_screening(committed_db: str, now: datetime) -> None:
    member = make_member()
    draft = start(member, now)
    assert member.member
    member_id = member.member
    with acting_as(member):
        seen = Revision(draft_id=draft.pk, number=1)
        drafts.save(member_id=member_id, seen=seen, answers=SAFE | {"suicidality": True}, now=now)

    def finish() -> Any:
        with acting_as(member):
            return drafts.finish(member_id=member_id, seen=Revision(draft_id=draft.pk, number=2), now=now).pk

    assert at_once(*[finish] * 4) == [draft.pk] * 4
    assert (count(Screening), count(UrgentCase)) == (1, 1)


def test_a_withdrawal_that_meets_a_finish_leaves_no_draft(committed_db: str, now: datetime) -> None:
    member = make_member()
    draft = start(member, now)
    assert member.member
    member_id = member.member
    with acting_as(member):
        drafts.save(member_id=member_id, seen=Revision(draft_id=draft.pk, number=1), answers=SAFE, now=now)
        consent_id = consents.require_screening_consent(member_id=member_id, now=now).pk

    def finish() -> Any:
        with acting_as(member):
            return drafts.finish(member_id=member_id, seen=Revision(draft_id=draft.pk, number=2), now=now)

    def withdraw() -> Any:
        with acting_as(member):
            return consents.withdraw(consent_id=consent_id, member_id=member_id, now=now)

    _, withdrawn = at_once(finish, withdraw, expected=(NotFound, consents.ConsentMissing))
    assert withdrawn.ended_at == now
    assert count(ScreeningDraft) == 0


saves = st.tuples(
    st.integers(0, 1),
    st.dictionaries(st.sampled_from(list(ITEMS)), st.just(None), min_size=1, max_size=3),
    st.randoms(use_true_random=False),
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(saves, max_size=8))
def test_two_tabs_never_overwrite_what_the_other_saved_unseen(browser: Client, steps: Any) -> None:
    """Model: the draft is what the accepted saves add up to; a save is accepted if and only if its tab saw the last."""
    tabs = (Tab(browser), Tab(browser))
    browser.delete(DRAFT)
    tabs[0].start()
    tabs[1].read()
    expected: dict[str, Any] = {}
    for number, names, random in steps:
        answers = {name: random.choice([*ANSWERS[ITEMS[name].kind], None]) for name in names}
        fresh = tabs[number].tag == Tab(browser).read().headers["ETag"]
        answer = tabs[number].save(**answers)
        assert answer.status_code == (200 if fresh else 412)
        if fresh:
            expected |= answers
        else:
            tabs[number].read()
        kept = {name: value for name, value in expected.items() if value is not None}
        assert Tab(browser).read().json()["answers"] == kept
