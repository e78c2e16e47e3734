"""Declarations, and who may read them."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection

from billing.sliding_scale.models import (
    IncomeAppeal,
    IncomeDeclaration,
    IncomeDocument,
    SlidingScaleProgramme,
    SubsidyFund,
)
from billing.sliding_scale.queries import current_declaration, discount_of
from billing.sliding_scale.rules import NO_DISCOUNT, RECERTIFY_AFTER
from billing.sliding_scale.services.declaring import (
    AppealPending,
    EvidencePending,
    EvidenceTooLate,
    appeal,
    declare,
    send_evidence,
)
from billing.sliding_scale.services.reviewing import (
    AppealDecided,
    NoSuchEvidence,
    confirm_evidence,
    decide_appeal,
    refuse_evidence,
)
from tests.factories.billing import member_actor, signed_in
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.errors import Invalid, NotFound
from workers.kernel.ids import new_id

OPERATOR = Actor(role=Role.OPERATOR)
MONTH = timedelta(days=30)


@pytest.fixture
def member(db):
    return member_actor()


def _declare(member: Actor, now, income: int = 4_000_000, size: int = 4, region: str = "contiguous"):
    assert member.member
    assert member.employer
    with acting_as(member):
        return declare(
            member_id=member.member,
            employer_id=member.employer,
            annual_income_cents=income,
            household_size=size,
            region=region,
            now=now,
        )


def _percent(member: Actor, now) -> int:
    assert member.member
    with acting_as(member):
        return discount_of(current_declaration(member.member, now=now), on=now.date()).percent


def test_the_newest_declaration_counts(member, now):
    _declare(member, now, income=4_000_000)
    _declare(member, now + timedelta(hours=1), income=6_000_000)
    assert _percent(member, now + timedelta(hours=2)) == 50


def test_without_a_declaration_there_is_no_discount(member, now):
    with acting_as(member):
        assert current_declaration(member.member, now=now) is None
    assert discount_of(None, on=now.date()) == NO_DISCOUNT


def test_a_word_alone_counts_for_thirty_days(member, now):
    _declare(member, now)
    assert _percent(member, now + MONTH - timedelta(seconds=1)) == 80
    assert _percent(member, now + MONTH) == 0


def test_declaring_again_gives_no_more_time(member, now):
    _declare(member, now)
    again = _declare(member, now + MONTH - timedelta(days=1))
    assert again.evidence_due_at == now + MONTH
    assert _percent(member, now + MONTH) == 0
    _declare(member, now + MONTH)
    assert _percent(member, now + MONTH) == 0


def test_after_evidence_a_new_word_has_its_time(member, now):
    with acting_as(OPERATOR):
        confirm_evidence(declaration_id=_declare(member, now).pk, evidence="w2", now=now)
    again = _declare(member, now + 2 * MONTH, income=6_000_000)
    assert again.evidence_due_at == now + 3 * MONTH
    assert _percent(member, now + 2 * MONTH) == 50


def test_a_year_later_an_income_is_asked_for_anew(member, now):
    with acting_as(OPERATOR):
        confirm_evidence(declaration_id=_declare(member, now).pk, evidence="1040", now=now)
    assert _percent(member, now + RECERTIFY_AFTER - timedelta(seconds=1)) == 80
    assert _percent(member, now + RECERTIFY_AFTER) == 0


def _send(member: Actor, declaration, now, kind: str = "pay_stub"):
    assert member.member
    with acting_as(member):
        return send_evidence(
            declaration_id=declaration.pk, member_id=member.member, kind=kind, reference="upload-7", now=now
        )


def test_evidence_that_came_in_time_keeps_the_discount_until_somebody_looked(member, now):
    declaration = _declare(member, now)
    _send(member, declaration, now + MONTH - timedelta(seconds=1))
    assert _percent(member, now + 3 * MONTH) == 80
    with acting_as(OPERATOR):
        refuse_evidence(declaration_id=declaration.pk, now=now + 3 * MONTH)
    assert _percent(member, now + 3 * MONTH) == 0


def test_refused_evidence_can_be_replaced_until_the_deadline(member, now):
    declaration = _declare(member, now)
    _send(member, declaration, now)
    with pytest.raises(EvidencePending):
        _send(member, declaration, now)
    with acting_as(OPERATOR):
        refuse_evidence(declaration_id=declaration.pk, now=now)
    assert _percent(member, now) == 80
    _send(member, declaration, now + timedelta(days=1), kind="w2")
    with acting_as(OPERATOR):
        confirm_evidence(declaration_id=declaration.pk, evidence="w2", now=now)
        assert list(declaration.documents.values_list("status", flat=True)) == ["refused", "accepted"]
    assert _percent(member, now + 2 * MONTH) == 80


def test_evidence_after_the_deadline_is_too_late(member, now):
    declaration = _declare(member, now)
    with pytest.raises(EvidenceTooLate, match="anew"):
        _send(member, declaration, now + MONTH)


def test_nothing_sent_cannot_be_refused(member, now):
    with pytest.raises(NoSuchEvidence), acting_as(OPERATOR):
        refuse_evidence(declaration_id=_declare(member, now).pk, now=now)


def test_an_operators_decision_is_no_document(member, now):
    with pytest.raises(Invalid, match="pay_stub"):
        _send(member, _declare(member, now), now, kind="appeal")


def _appeal(member: Actor, declaration, now):
    assert member.member
    with acting_as(member):
        return appeal(declaration_id=declaration.pk, member_id=member.member, grounds="Laid off in May.", now=now)


def _decide(row, now, **decision):
    with acting_as(OPERATOR):
        return decide_appeal(appeal_id=row.pk, operator_id=new_id(), reason="Shown.", now=now, **decision)


def test_a_granted_appeal_sets_the_figures_that_count(member, now):
    row = _appeal(member, _declare(member, now, income=6_000_000), now)
    _decide(row, now + timedelta(hours=1), grant=True, annual_income_cents=4_000_000, household_size=4)
    assert _percent(member, now + 2 * MONTH) == 80
    with acting_as(member):
        newest = current_declaration(member.member, now=now + MONTH)
        assert newest
        assert (newest.status, newest.evidence, newest.band) == ("documented", "appeal", "to_125")


def test_an_appeal_that_is_not_granted_changes_nothing(member, now):
    row = _appeal(member, _declare(member, now, income=6_000_000), now)
    assert _decide(row, now, grant=False).status == "upheld"
    assert _percent(member, now) == 50


def test_an_appeal_is_decided_once_and_one_is_open(member, now):
    declaration = _declare(member, now)
    row = _appeal(member, declaration, now)
    with pytest.raises(AppealPending):
        _appeal(member, declaration, now)
    _decide(row, now, grant=False)
    with pytest.raises(AppealDecided):
        _decide(row, now, grant=True, annual_income_cents=1, household_size=1)
    _appeal(member, declaration, now)


@pytest.mark.parametrize(
    "decision",
    [
        {"grant": True},
        {"grant": True, "annual_income_cents": 1},
        {"grant": True, "annual_income_cents": 1, "household_size": 0},
        {"grant": False, "household_size": 2},
    ],
)
def test_a_decision_without_its_figures_is_refused(member, now, decision):
    row = _appeal(member, _declare(member, now), now)
    with pytest.raises(Invalid):
        _decide(row, now, **decision)


def test_anothers_declaration_is_unknown(member, now):
    declaration, other = _declare(member, now), member_actor()
    with pytest.raises(NotFound):
        _send(other, declaration, now)
    with pytest.raises(NotFound):
        _appeal(other, declaration, now)


def test_words_and_references_are_stored_encrypted(member, now):
    declaration = _declare(member, now)
    _send(member, declaration, now)
    _decide(_appeal(member, declaration, now), now, grant=False)
    with acting_as(WORKER), connection.cursor() as cursor:
        cursor.execute("SELECT grounds, decision FROM billing_incomeappeal")
        stored = b"".join(map(bytes, cursor.fetchone()))
        cursor.execute("SELECT details FROM billing_incomedocument")
        stored += bytes(cursor.fetchone()[0])
    assert b"Laid off" not in stored
    assert b"Shown" not in stored
    assert b"upload-7" not in stored


def test_a_documented_income_counts_on(member, now):
    declaration = _declare(member, now)
    with acting_as(OPERATOR):
        for _ in range(2):
            confirm_evidence(declaration_id=declaration.pk, evidence="w2", now=now)
    assert _percent(member, now + 2 * MONTH) == 80


def test_unknown_evidence_is_refused(member, now):
    declaration = _declare(member, now)
    with pytest.raises(Invalid, match="pay_stub"), acting_as(OPERATOR):
        confirm_evidence(declaration_id=declaration.pk, evidence="hearsay", now=now)


@pytest.mark.parametrize(
    ("income", "size", "region"),
    [
        (-1, 1, "contiguous"),
        (10**13, 1, "contiguous"),
        (0, 0, "contiguous"),
        (0, 51, "alaska"),
        (0, 1, "guam"),
    ],
)
def test_impossible_declarations_are_refused(member, now, income, size, region):
    with pytest.raises(Invalid):
        _declare(member, now, income, size, region)


def test_income_is_stored_encrypted(member, now):
    declaration = _declare(member, now, income=4_123_457)
    with acting_as(WORKER), connection.cursor() as cursor:
        cursor.execute("SELECT details FROM billing_incomedeclaration WHERE id = %s", [declaration.pk])
        stored = bytes(cursor.fetchone()[0])
        assert b"4123457" not in stored
        assert IncomeDeclaration.objects.get().details["annual_income_cents"] == 4_123_457


@pytest.mark.parametrize("model", [IncomeDeclaration, IncomeDocument, IncomeAppeal, SubsidyFund, SlidingScaleProgramme])
@pytest.mark.parametrize("role", [Role.HR, Role.CLINIC, Role.AUTH])
def test_no_employer_and_no_clinic_reads_declarations(member, now, role, model):
    _declare(member, now)
    other = Actor(role=role, employer=member.employer, clinic=new_id())
    with pytest.raises(DatabaseError, match="permission denied"), acting_as(other):
        model.objects.exists()


def test_members_read_only_their_own_and_change_none(member, now):
    _declare(member, now)
    with acting_as(member_actor()):
        assert not IncomeDeclaration.objects.exists()
    with pytest.raises(DatabaseError, match="permission denied"), acting_as(member):
        IncomeDeclaration.objects.update(band="to_100")


def test_a_member_declares_over_http(db, now):
    browser = signed_in("employee")
    body = {"annual_income_cents": 4_000_000, "household_size": 4, "region": "contiguous"}
    answer = browser.post("/api/v1/income-declarations/", body, content_type="application/json")
    assert answer.status_code == 201
    assert answer.json()["band"] == "to_125"
    assert answer.json()["evidence_due_at"] == "2026-04-01T15:00:00Z"
    assert "annual_income_cents" not in answer.json()


@pytest.mark.parametrize(
    "wrong",
    [
        {"household_size": 0},
        {"household_size": None},
        {"annual_income_cents": -5},
        {"annual_income_cents": 1.5},
        {"annual_income_cents": None},
        {"annual_income_cents": 10**15},
        {"assets": 1},
    ],
)
def test_a_wrong_declaration_is_a_422_that_names_the_field(db, now, wrong):
    body = {"annual_income_cents": 4_000_000, "household_size": 4, "region": "contiguous"} | wrong
    answer = signed_in("employee").post("/api/v1/income-declarations/", body, content_type="application/json")
    assert answer.status_code == 422
    assert set(answer.json()["errors"]) == set(wrong)


@pytest.mark.parametrize("role", ["hr_admin", "clinic_staff", "operator"])
def test_only_members_declare(db, now, role):
    answer = signed_in(role).post("/api/v1/income-declarations/", {}, content_type="application/json")
    assert answer.status_code == 403


def test_finance_confirms_evidence_over_http(member, now):
    declaration = _declare(member, now)
    url = f"/api/v1/income-declarations/{declaration.pk}/evidence/"
    finance = signed_in("operator", permissions=["finance"])
    answer = finance.post(url, {"evidence": "pay_stub"}, content_type="application/json")
    assert (answer.status_code, answer.json()["status"]) == (200, "documented")
    unknown = f"/api/v1/income-declarations/{new_id()}/evidence/"
    assert finance.post(unknown, {"evidence": "w2"}, content_type="application/json").status_code == 404


def _json(client, path, body):
    return client.post(f"/api/v1/{path}/", body, content_type="application/json")


def test_a_member_sends_evidence_appeals_and_sees_where_it_stands(member, now):
    browser = signed_in("employee", member_id=member.member, employer_id=member.employer)
    finance = signed_in("operator", permissions=["finance"])
    path = f"income-declarations/{_declare(member, now).pk}"
    sent = _json(browser, f"{path}/documents", {"kind": "pay_stub", "reference": "upload-7"})
    assert (sent.status_code, sent.json()["standing"]) == (201, "provisional")
    appealed = _json(browser, f"{path}/appeals", {"grounds": "Laid off in May."})
    assert appealed.status_code == 201
    waiting = finance.get("/api/v1/operator/income-reviews/").json()
    assert [one["reference"] for one in waiting["documents"]] == ["upload-7"]
    assert [(one["grounds"], one["band"]) for one in waiting["appeals"]] == [("Laid off in May.", "to_125")]
    refused = _json(finance, f"{path}/evidence", {"evidence": "pay_stub", "accepted": False})
    assert (refused.status_code, refused.json()["status"]) == (200, "attested")
    figures = {"annual_income_cents": 0, "household_size": 1}
    decided = _json(
        finance,
        f"operator/income-appeals/{appealed.json()['id']}/decide",
        {"grant": True, "reason": "Seen.", **figures},
    )
    assert (decided.status_code, decided.json()["reason"]) == (200, "Seen.")
    newest, first = browser.get("/api/v1/income-declarations/").json()["results"]
    assert (newest["standing"], newest["band"]) == ("documented", "to_100")
    assert [one["status"] for one in first["documents"]] == ["refused"]
    assert [(one["status"], one["reason"]) for one in first["appeals"]] == [("granted", "Seen.")]
    assert "reference" not in str(first)
    waiting = finance.get("/api/v1/operator/income-reviews/").json()
    assert waiting == {"documents": [], "appeals": []}
