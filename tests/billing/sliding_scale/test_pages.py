"""Evidence and appeals on pages: the member sends, an operator for money decides, the file is gone."""

from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.utils import ProgrammingError
from django.test import Client

from billing.sliding_scale.models import IncomeAppeal, IncomeDeclaration, IncomeDocument, IncomeFile
from billing.sliding_scale.rules import MOST_BYTES
from billing.sliding_scale.services import declaring, reviewing
from tests.conftest import NOW
from tests.factories import benefits
from tests.factories.referrals import make_member
from workers.kernel.actor import WORKER, Actor, Role, acting_as

pytestmark = pytest.mark.usefixtures("db", "now")
PDF = b"%PDF-1.7 a pay stub"
REVIEWS = "/operator/incomes/"


@pytest.fixture
def declaration() -> IncomeDeclaration:
    return declare(make_member())


def declare(member: Actor) -> IncomeDeclaration:
    assert member.member
    assert member.employer
    with acting_as(member):
        return declaring.declare(
            member_id=member.member,
            employer_id=member.employer,
            annual_income_cents=2_000_000,
            household_size=1,
            region="contiguous",
            now=NOW,
        )


def browser_of(declaration: IncomeDeclaration) -> Client:
    ids: dict[str, Any] = {"employer_id": declaration.employer_id, "member_id": declaration.member_id}
    return benefits.signed_in(benefits.make_user("employee", **ids))


def desk(*permissions: str) -> Client:
    return benefits.signed_in(benefits.make_user("operator", permissions=list(permissions)))


def send(browser: Client, declaration: IncomeDeclaration, content: bytes = PDF, kind: str = "pay_stub") -> Any:
    file = SimpleUploadedFile("Zoraida's pay.exe", content)
    return browser.post(f"/income/{declaration.pk}/evidence/", {"kind": kind, "file": file})


def shown(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


def document_of(declaration: IncomeDeclaration) -> UUID:
    with acting_as(WORKER):
        return IncomeDocument.objects.filter(declaration=declaration).latest("submitted_at", "id").pk


@pytest.mark.parametrize(
    ("decision", "words", "can_send"),
    [("accept", "Accepted as evidence", False), ("refuse", "Refused: it does not show this income", True)],
)
def test_a_file_is_looked_at_decided_on_and_deleted(
    declaration: IncomeDeclaration, decision: str, words: str, can_send: bool
) -> None:
    browser, operator = browser_of(declaration), desk("finance")
    assert f"/income/{declaration.pk}/evidence/" in shown(browser, "/income/")
    assert send(browser, declaration).headers["Location"] == "/income/"
    assert "Being looked at" in shown(browser, "/income/")
    document_id = document_of(declaration)
    assert "$20,000" in shown(operator, REVIEWS)
    file = operator.get(f"{REVIEWS}{document_id}/file/")
    assert (file.content, file.headers["Content-Type"], file.headers["Cache-Control"]) == (
        PDF,
        "application/pdf",
        "no-store",
    )
    assert file.headers["Content-Disposition"] == 'attachment; filename="evidence.pdf"'
    answer = operator.post(REVIEWS, {"document_id": document_id, "decision": decision})
    assert answer.headers["Location"] == REVIEWS
    page = shown(browser, "/income/")
    assert (words in page, f"/income/{declaration.pk}/evidence/" in page) == (True, can_send)
    shown(operator, f"{REVIEWS}{document_id}/file/", 404)
    again = operator.post(REVIEWS, {"document_id": document_id, "decision": decision}, follow=True)
    assert "Somebody decided on it meanwhile" in again.content.decode()
    if can_send:
        assert send(browser, declaration).status_code == 302


def test_what_comes_after_other_evidence_was_seen_is_decided_on_and_deleted_too(declaration: IncomeDeclaration) -> None:
    """Shown by telephone meanwhile, say: "decided, the file is deleted" has to be true all the same."""
    browser, operator = browser_of(declaration), desk("finance")
    with acting_as(Actor(role=Role.OPERATOR)):
        reviewing.confirm_evidence(declaration_id=declaration.pk, evidence="w2", now=NOW)
    assert send(browser, declaration).status_code == 302
    document_id = document_of(declaration)
    operator.post(REVIEWS, {"document_id": document_id, "decision": "accept"})
    shown(operator, f"{REVIEWS}{document_id}/file/", 404)
    assert "No document waits" in shown(operator, REVIEWS)
    with acting_as(WORKER):
        assert IncomeDeclaration.objects.get(pk=declaration.pk).evidence == "w2"


@pytest.mark.parametrize("appeal_id", ["", "x", "%d", "%(x)s"])
def test_a_decision_on_no_appeal_is_about_nothing(appeal_id: str) -> None:
    assert desk("finance").post(REVIEWS, {"appeal_id": appeal_id, "decision": "uphold"}).status_code == 404


@pytest.mark.parametrize(
    ("content", "kind"), [(b"MZ\x90 a program", "pay_stub"), (b"%PDF-" + b"x" * MOST_BYTES, "w2"), (PDF, "appeal")]
)
def test_what_is_no_evidence_is_refused_and_nothing_is_kept(
    declaration: IncomeDeclaration, content: bytes, kind: str
) -> None:
    browser = browser_of(declaration)
    assert send(browser, declaration, content, kind).status_code == 422
    assert "Being looked at" not in shown(browser, "/income/")


def test_a_second_document_waits_for_the_answer_to_the_first(declaration: IncomeDeclaration) -> None:
    browser = browser_of(declaration)
    send(browser, declaration)
    second = send(browser, declaration)
    assert (second.status_code, "is being looked at" in second.content.decode()) == (409, True)


def test_an_appeal_is_granted_with_figures_or_not_and_the_member_reads_why(declaration: IncomeDeclaration) -> None:
    browser, operator, path = browser_of(declaration), desk("finance"), f"/income/{declaration.pk}/appeal/"
    assert browser.post(path, {"grounds": ""}).status_code == 422
    assert browser.post(path, {"grounds": "I <lost> my job."}).headers["Location"] == "/income/"
    assert browser.post(path, {"grounds": "Again."}).status_code == 409
    assert "I &lt;lost&gt; my job." in shown(operator, REVIEWS)
    with acting_as(WORKER):
        appeal = IncomeAppeal.objects.get(declaration=declaration)
    told = {"appeal_id": str(appeal.pk), "decision": "grant", "reason": "Your job ended in January."}
    unsaid = operator.post(REVIEWS, told)
    assert (unsaid.status_code, "Your job ended in January." in unsaid.content.decode()) == (422, True)
    assert operator.post(REVIEWS, {**told, "annual_income": "9000", "household_size": "1"}).status_code == 302
    late = operator.post(REVIEWS, {**told, "decision": "uphold"}, follow=True)
    assert "Somebody decided on it meanwhile" in late.content.decode()
    page = shown(browser, "/income/")
    assert ("Granted" in page, "Your job ended in January." in page, "evidence was seen" in page) == (True, True, True)


def test_only_operators_for_money_decide_and_members_see_their_own_alone(declaration: IncomeDeclaration) -> None:
    send(browser_of(declaration), declaration)
    document_id, other = document_of(declaration), browser_of(declare(make_member()))
    for client in (desk("care"), other, benefits.signed_in(benefits.make_hr(declaration.employer_id))):
        shown(client, REVIEWS, 404)
        shown(client, f"{REVIEWS}{document_id}/file/", 404)
        assert client.post(REVIEWS, {"document_id": document_id, "decision": "accept"}).status_code == 404
        shown(client, f"/income/{declaration.pk}/evidence/", 404)
    assert send(other, declaration).status_code == 404
    for actor in (Actor(role=Role.HR, employer=declaration.employer_id), Actor(role=Role.CLINIC, clinic=document_id)):
        with pytest.raises(ProgrammingError, match="permission denied"), acting_as(actor):
            list(IncomeFile.objects.values_list("pk"))
