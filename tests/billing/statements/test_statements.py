"""A member's statement: page, file and API say the same, nothing of care, and to nobody else.

That it says what the ledger says is tested in tests/billing/stripe/test_claims.py.
"""

import io
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader
from pypdf.generic import ContentStream

from billing.payment_plans.models import ChargeAttempt, Refund
from billing.statements.queries import statement_of
from billing.statements.rules import EntryKind
from tests.factories import benefits
from tests.factories.billing import id_of
from tests.factories.payments import browser_of, failed_refund, past_charge, paying_member
from workers.kernel.actor import WORKER, Actor, acting_as
from workers.kernel.ids import new_id

PAGE, FILE, API = "/payments/statement/", "/payments/statement/pdf/", "/api/v1/payment-statement/"


def text_of(answer: Any) -> str:
    """What a PDF says, by a reader that is not ours."""
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)


def told_by(answer: Any) -> list[tuple[str, str]]:
    """What a screen reader tells of a PDF: (type, words) of each element in the order of the structure's tree.

    What is drawn and belongs to no element has to be marked as an artifact.
    """
    reader = PdfReader(io.BytesIO(answer.content))
    drawn = {page.indirect_reference.idnum: _marked(page, reader) for page in reader.pages if page.indirect_reference}

    def tell(element: Any) -> list[tuple[str, str]]:
        parts = [part.get_object() for part in element["/K"]]
        own = "".join(drawn[part.raw_get("/Pg").idnum][part["/MCID"]] for part in parts if part["/Type"] == "/MCR")
        under = [told for part in parts if part["/Type"] == "/StructElem" for told in tell(part)]
        return [(element["/S"][1:], own), *under]

    root: Any = reader.root_object["/StructTreeRoot"]
    return tell(root["/K"].get_object())


def _marked(page: Any, reader: PdfReader) -> dict[int, str]:
    """The words of each mark on a page."""
    found: dict[int, str] = defaultdict(str)
    open_marks: list[int | None] = []
    for operands, operator in ContentStream(page["/Contents"].get_object(), reader).operations:
        if operator in (b"BDC", b"BMC"):
            open_marks.append(operands[1]["/MCID"] if operator == b"BDC" else None)
        elif operator == b"EMC":
            open_marks.pop()
        elif operator == b"Tj":
            assert open_marks, f"{operands[0]} belongs to nothing"
            if open_marks[-1] is not None:
                found[open_marks[-1]] += str(operands[0])
    assert not open_marks
    return found


@pytest.fixture
def member(db: None, now: datetime) -> Actor:
    """Somebody who paid 100 dollars, of which 7 went back."""
    member = paying_member()
    failed_refund(past_charge(member, now), now, cents=700)
    with acting_as(WORKER):
        Refund.objects.update(status="succeeded")
    return member


def test_page_file_and_api_tell_the_same(member: Actor) -> None:
    browser = browser_of(member)
    page, file, told = browser.get(PAGE), browser.get(FILE), browser.get(API).json()
    assert [(each["kind"], each["cents"]) for each in told["entries"]] == [("paid", 10_000), ("refunded", 700)]
    assert told["standing"] == {
        "agreed_cents": 10_000,
        "waived_cents": 0,
        "paid_cents": 10_000,
        "lowered_cents": 0,
        "to_pay_cents": 0,
    }
    for words in (page.content.decode(), text_of(file)):
        for sentence in ("Your statement 2026", "March 2, 2026", "$100.00", "Refund to you", "$7.00", "Still to pay"):
            assert sentence in words
    assert file["Content-Disposition"] == 'attachment; filename="statement-2026.pdf"'
    assert {each["Cache-Control"] for each in (page, file)} == {"no-store"}


def test_the_file_can_be_read_aloud(member: Actor) -> None:
    file = browser_of(member).get(FILE)
    told = told_by(file)
    assert told[:3] == [("Document", ""), ("H1", "Your statement 2026"), ("P", "As of March 2, 2026")]
    assert [words for tag, words in told if tag == "H2"] == [
        "Prices you agreed to",
        "Payments and refunds",
        "This year",
        "In all, over every year",
    ]
    place = told.index(("H2", "Payments and refunds"))
    head = [("TH", "Date"), ("TH", "What"), ("TH", "With"), ("TH", "Amount")]
    assert told[place + 1 : place + 7] == [("Table", ""), ("TR", ""), *head]
    assert told[-3:] == [("TR", ""), ("TH", "Still to pay"), ("TD", "$0.00")]
    root: Any = PdfReader(io.BytesIO(file.content)).root_object
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]


def test_it_is_in_the_readers_language(member: Actor) -> None:
    browser = browser_of(member)
    spanish: Any = {"headers": {"Accept-Language": "es"}}
    assert "Reembolso a usted" in browser.get(PAGE, **spanish).content.decode()
    file = browser.get(FILE, **spanish)
    assert "Página 1" in text_of(file)
    assert str(PdfReader(io.BytesIO(file.content)).root_object["/Lang"]) == "es"
    assert file["Content-Disposition"] == 'attachment; filename="estado-de-cuenta-2026.pdf"'


def test_it_says_nothing_of_what_was_paid_for(member: Actor) -> None:
    browser = browser_of(member)
    page = browser.get(PAGE).content.decode().partition("<main")[2]  # what is printed: the way to other pages is not
    for words in (page, text_of(browser.get(FILE)), browser.get(API).content.decode()):
        for word in ("ketamine", "therap", "clinic", "dosing", "session", "course"):
            assert word not in words.lower()


def test_another_year_is_empty_but_says_where_one_stands(member: Actor) -> None:
    told = browser_of(member).get(API, {"year": 2025}).json()
    assert (told["entries"], told["prices"], told["standing"]["paid_cents"]) == ([], [], 10_000)
    assert "Nothing in this year." in text_of(browser_of(member).get(FILE, {"year": 2025}))


def test_a_year_is_the_members_own(member: Actor) -> None:
    late_in_new_york = datetime(2027, 1, 1, 4, 59, tzinfo=UTC)  # a minute to midnight
    with acting_as(WORKER):
        ChargeAttempt.objects.update(paid_at=late_in_new_york)
        years = [statement_of(id_of(member), year=year, now=late_in_new_york).entries for year in (2026, 2027)]
    assert [[str(entry.on) for entry in entries if entry.kind == EntryKind.PAID] for entries in years] == [
        ["2026-12-31"],
        [],
    ]


@pytest.mark.parametrize("year", ["1999", "99999999999", "-1", "2026x", ""])
def test_a_year_that_is_none_is_refused(member: Actor, year: str) -> None:
    browser = browser_of(member)
    assert browser.get(API, {"year": year}).status_code == 422
    assert [browser.get(path, {"year": year}).status_code for path in (PAGE, FILE)] == [404, 404]


def test_a_long_statement_goes_on_to_another_page(db: None, now: datetime) -> None:
    member = paying_member()
    past_charge(member, now)
    with acting_as(WORKER):
        attempt = ChargeAttempt.objects.get()
        Refund.objects.bulk_create(
            Refund(
                member_id=attempt.member_id,
                attempt=attempt,
                amount_cents=cents,
                reason="goodwill",
                request_key=str(new_id()),
                status="succeeded",
                stripe_id=f"re_{cents}",
                created_at=now,
            )
            for cents in range(1, 121)
        )
    file = browser_of(member).get(FILE)
    assert len(PdfReader(io.BytesIO(file.content)).pages) > 1
    words = text_of(file)
    assert all(f"$0.{cents:02d}" in words for cents in range(1, 100))
    told = told_by(file)
    assert told.count(("TH", "Date")) == 1, "a head that is repeated on the next page is told once"
    assert all(("TD", f"$0.{cents:02d}") in told for cents in range(1, 100))


@pytest.mark.parametrize("role", ["hr_admin", "clinic_staff", "operator", ""])
def test_nobody_else_reads_one(member: Actor, role: str) -> None:
    tenant: dict[str, dict[str, Any]] = {
        "hr_admin": {"employer_id": member.employer},
        "clinic_staff": {"clinic_id": new_id()},
    }
    browser = benefits.signed_in(benefits.make_user(role, **tenant.get(role, {}))) if role else Client()
    assert browser.get(API).status_code == (403 if role else 401)
    for path in (PAGE, FILE):
        assert browser.get(path).status_code == (404 if role else 302)


def test_a_stranger_reads_only_their_own(member: Actor) -> None:
    assert browser_of(paying_member()).get(API).json()["entries"] == []
