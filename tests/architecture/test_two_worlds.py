"""HR cannot tell a company in which nobody seeks help from one in which many do (docs/design/security.md 14, 15).

One database is copied. In the copy nothing happens; in the original employees activate, screen, ask, are accepted,
pay and are charged. Then HR spends the same day in both, and every byte that reaches it is compared.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

import pytest
import uuid_utils.compat
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.middleware import csrf
from django.test import Client

from benefits.enrollment.models import Member
from billing.invoices.models import Invoice
from billing.ledger.models import Journal, Posting
from billing.payment_plans.models import ChargeAttempt, Instalment
from billing.payment_plans.rules import Outcome, OutcomeKind
from billing.payment_plans.services import charging, settling
from referrals.clinics.models import Clinic
from referrals.requests.models import Request
from referrals.screening.models import AnswerRead, Consent, UrgentCase
from tests.architecture.pages import pages
from tests.architecture.reading_rows import rows_of
from tests.architecture.test_access_matrix import read as access_matrix
from tests.architecture.world import HEADER, PLACES, clinic_at, get_care, pay, screen, send, told, upload
from tests.architecture.world import ask as ask_for_referral
from tests.conftest import _copy_of as copy_of
from tests.factories import benefits, books, payments
from tests.factories.referrals import consents_to
from workers.emails.models import Email
from workers.events import LANES
from workers.kernel import bells
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.outbox.draining import drain
from workers.outbox.models import Job

PEOPLE = 14
HOME = PLACES[0]
ABOUT_THE_API = ("api/v1/schema/", "api/v1/docs/")  # nobody's data, and a page has its CSRF token


def row(number: int, status: str = "active", end: str = "", *, number_as: str = "") -> str:
    """A line of the census."""
    name = number_as or f"E{number:02}"
    return (
        f"{name},Ana,Number{number},1985-05-17,e{number}@home.example,{HOME.home},{HOME.state},2020-03-01,en,"
        f"{status},{end}"
    )


def census(*rows: str) -> str:
    """A file."""
    return "\n".join([f"{HEADER},end_date", *rows, ""])


@dataclass
class Company:
    """An employer as HR has it in front of it, before anything happens."""

    employer_id: UUID
    hr: Client
    hr_email: str
    file_id: str
    plan_id: UUID
    members: list[Member]
    answers: list[Any] = field(default_factory=list)


@pytest.fixture
def company(committed_db: str, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Company:
    monkeypatch.setattr(bells, "_strike", None)
    monkeypatch.setattr(csrf, "_get_new_csrf_string", lambda: "c" * csrf.CSRF_SECRET_LENGTH)  # a form has its token
    clinic_at(HOME, 1)
    employer = benefits.make_employer("Northern Lumber", now=now)
    plan = benefits.make_plan(employer.pk, ends_on=date(2026, 12, 31), now=now)
    books.account_of(employer.pk)
    user = benefits.make_hr(employer.pk)
    hr = benefits.signed_in(user)
    file_id = upload(hr, census(*(row(number) for number in range(PEOPLE))), kind="full")["id"]
    assert (
        hr.post(f"/api/v1/eligibility-files/{file_id}/apply/", {}, content_type="application/json").status_code == 200
    )
    drain_all()
    assert hr.get("/").status_code == 200  # the browser has its cookies before the worlds part
    with acting_as(WORKER):
        members = list(Member.objects.order_by("employee_number"))
    return Company(employer.pk, hr, user.email, file_id, plan.pk, members)


def test_hr_sees_the_same_whether_or_not_anyone_seeks_help(
    company: Company, committed_db: str, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    connections.close_all()  # a database is copied while nobody is in it
    with copy_of(committed_db, f"{committed_db}_quiet"):
        quiet = days_of_hr(company, monkeypatch)
    much_happens(company, now)
    busy = days_of_hr(company, monkeypatch)
    assert [(was, now_is) for was, now_is in zip(quiet, busy, strict=True) if was != now_is] == []
    assert {answer[0] for _, answer in quiet if isinstance(answer, tuple)} == {200, 201, 202, 403, 404, 409, 422}


def much_happens(company: Company, now: datetime) -> None:
    """E00 is urgent, E01 in care and charged, E02 waits for a clinic, E03 only activated, E04 nobody could place.

    E06 stopped halfway at an urgent answer, E07 agreed to everything, was read by an operator, and took it all back.
    E08 asked, and then closed their account.
    """
    urgent, in_care, waiting, active, unplaced = (members_browser(member) for member in company.members[:5])
    ask_for_referral(urgent, screen(urgent, suicidality=True), near=HOME.home)
    ids = get_care(in_care, clinic_of(company), HOME, now)
    ids |= pay(in_care, company.members[1].pk)
    be_charged(company.members[1], now)
    ask_for_referral(waiting, screen(waiting, hypertension=True), near=HOME.home)
    ask_for_referral(unplaced, screen(unplaced), near=HOME.home, language="ia")
    stop_halfway(members_browser(company.members[6]))
    change_ones_mind(members_browser(company.members[7]))
    leave_for_good(members_browser(company.members[8]))
    drain_all()
    assert active.get("/api/v1/me/").status_code == 200
    assert_much_happened()


def stop_halfway(employee: Client) -> None:
    """Start the questionnaire, save an urgent answer, and go no further."""
    draft = send(employee, "screenings/draft", {})
    answers = json.dumps({"answers": {"suicidality": True, "substance_use": True}})
    headers = {"If-Match": draft.headers["ETag"]}
    saved = employee.patch("/api/v1/screenings/draft/", answers, content_type="application/json", headers=headers)
    assert told(saved)["crisis_help"]


def change_ones_mind(employee: Client) -> None:
    """Agree to everything, answer, be read by an operator, take everything back."""
    screening = screen(employee, substance_use=True)
    told(
        send(employee, "consents", {"kind": "substance_use", "version": consents_to("substance_use")["substance_use"]})
    )
    operator = benefits.signed_in(benefits.make_user("operator"))
    told(operator.get(f"/api/v1/operator/screenings/{screening}/answers/?reason=member_asked"))
    [first] = [one for one in told(employee.get("/api/v1/consents/"))["given"] if one["kind"] == "screening"]
    assert told(send(employee, f"consents/{first['id']}/withdraw", {}))["ending"] == "withdrawn"


def leave_for_good(employee: Client) -> None:
    """Ask, and close the account."""
    ask_for_referral(employee, screen(employee), near=HOME.home)
    employee.post("/accounts/reauthenticate/", {"password": benefits.PASSWORD})
    assert send(employee, "account/close", {"understood": True}).status_code == 204
    assert employee.get("/api/v1/me/").status_code == 401


def members_browser(member: Member) -> Client:
    """The browser of a member who accepts the invitation."""
    return benefits.signed_in(benefits.activate(member))


def clinic_of(company: Company) -> UUID:
    """The only clinic."""
    with acting_as(WORKER):
        return Clinic.objects.get().pk


def be_charged(member: Member, now: datetime) -> None:
    """A card is stored, the first instalment is charged, and Stripe says that it was paid."""
    payments.card_of(Actor(role=Role.EMPLOYEE, member=member.pk, employer=member.employer_id), now)
    drain_all()
    with acting_as(WORKER):
        instalment = Instalment.objects.order_by("number")[0]
        charging.charge_due([charging.Due(instalment_id=instalment.pk, generation=instalment.generation)], now=now)
        attempt = charging.lock_attempt(ChargeAttempt.objects.get().pk)
        assert settling.settle(
            attempt=attempt, outcome=Outcome(kind=OutcomeKind.PAID, charge_id="ch_1"), is_answer=True, now=now
        )


def assert_much_happened() -> None:
    """Guards the test against comparing two quiet worlds."""
    with acting_as(WORKER):
        became = {"accepted", "offered", "review", "unplaced", "withdrawn"}
        assert sorted(Request.objects.values_list("status", flat=True)) == sorted(became)
        assert Instalment.objects.filter(status="paid").count() == 1
        assert Journal.objects.exists()
        assert UrgentCase.objects.count() == 2
        assert AnswerRead.objects.exists()
        assert Consent.objects.exclude(ended_at=None).count() == 5
        assert Posting.objects.filter(account="receivable_employer_unbilled", amount_cents__gt=0).exists()


def days_of_hr(company: Company, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """All that HR can get to see, and what it does to employees of each kind; ids depend on the question only."""
    seen: list[tuple[str, Any]] = []
    with ids_from(900, monkeypatch):
        books.issued(company.employer_id)
    for number, (name, ask) in enumerate(questions(company)):
        with ids_from(number, monkeypatch):
            answer = ask()
        seen.append((name, (answer.status_code, headers(answer), answer.getvalue())))
        with ids_from(1000 + number, monkeypatch):
            drain_all()
    return [
        *seen,
        ("rows", rows_of(Actor(role=Role.HR, employer=company.employer_id, user=UUID(int=2)))),
        ("mail", mail_of(company.hr_email)),
    ]


def questions(company: Company) -> Iterator[tuple[str, Any]]:
    """What HR asks and does, in order; a later question may use an earlier answer."""
    hr = company.hr
    yield from everything_to_read(company)
    yield from its_invoices(company)
    ended = [row(number, "ended", "2026-02-15") for number in (0, 1, 2, 3, 4, 9)]
    wrong = row(5, "ended", "soon")
    for name, kind, text in (
        ("changes", "changes", census(*ended, row(7))),
        ("full", "full", census(*(row(number) for number in range(5, PEOPLE)), row(99))),
        ("faulty", "changes", census(wrong, row(5, number_as="E06"), row(6))),
        ("unreadable", "changes", "no,such,columns\n1,2,3\n"),
    ):
        answers: list[Any] = []
        yield f"upload {name}", lambda kind=kind, text=text, answers=answers: kept(post_file(hr, text, kind), answers)
        path = f"/api/v1/eligibility-files/{answers[0].json().get('id', company.file_id)}/"
        for again in ("once", "again"):
            yield f"apply {name} {again}", lambda path=path: hr.post(f"{path}apply/", {}, "application/json")
        yield f"read {name}", lambda path=path: hr.get(path)
        if name == "full":
            undo = path.replace("eligibility-files", "change-sets") + "undo/"
            yield "undo", lambda undo=undo: hr.post(undo, {}, "application/json")
    yield from its_people(company)
    renewal = f"/api/v1/plans/{company.plan_id}/renew/"
    yield "propose", lambda: hr.post(renewal, {"waiting_days": 30}, "application/json")
    back = census(*(row(number) for number in range(5)))
    yield "back", lambda: post_file(hr, back, "changes")
    yield from everything_to_read(company)


def its_people(company: Company) -> Iterator[tuple[str, Any]]:
    """What HR does to people one by one: to each kind of member, with and without an account."""
    for number in (0, 1, 2, 3, 5, 7, 8):
        member = company.members[number]
        for step, facts in (
            ("leave", {"starts_on": "2026-03-02"}),
            ("return", {}),
            ("invitations", {"by": "email"}),
            ("invitations", {"by": "letter"}),
            ("terminate", {"end_date": "2026-03-01"}),
            ("reinstate", {"cover_from": "2026-04-01"}),
            ("death", {"date_of_death": "2026-03-02"}),
            ("rehire", {"hire_date": "2026-05-01"}),
        ):
            yield f"{step} {number}", partial(post_step, company.hr, member, step, facts)
        for by in ("email", "letter"):
            invite = partial(company.hr.post, f"/employees/{member.pk}/invitation/", {"by": by}, follow=True)
            yield f"page invites {number} by {by}", invite
        yield f"describe {number}", partial(describe, company.hr, member)
        yield f"history {number}", partial(company.hr.get, f"/api/v1/members/{member.pk}/history/")


def post_step(hr: Client, member: Member, step: str, facts: dict[str, str]) -> Any:
    """One step, whatever comes of it."""
    return hr.post(f"/api/v1/members/{member.pk}/{step}/", facts, "application/json")


def describe(hr: Client, member: Member) -> Any:
    """Another name and another address."""
    path = f"/api/v1/members/{member.pk}/"
    facts = {"last_name": "Otherwise", "personal_email": "trap@employer.example"}
    tag = hr.get(path).headers["ETag"]
    return hr.patch(path, json.dumps(facts), content_type="application/json", headers={"If-Match": tag})


def its_invoices(company: Company) -> Iterator[tuple[str, Any]]:
    """The employer's account and its invoice for March, in which a contribution may be."""
    hr = company.hr
    yield "account", lambda: hr.get("/api/v1/employer-account/")
    yield "invoices", lambda: hr.get("/api/v1/invoices/")
    with acting_as(WORKER):
        invoice = Invoice.objects.get()
    yield "invoice", lambda: hr.get(f"/api/v1/invoices/{invoice.pk}/")
    yield "invoice page", lambda: hr.get(f"/invoices/{invoice.pk}/")


def everything_to_read(company: Company) -> Iterator[tuple[str, Any]]:
    """Every GET of the access matrix, allowed to HR or not, for every member; pages; conditional requests."""
    hr = company.hr
    ids = {"change_set_id": company.file_id, "member_id": company.members[0].pk}
    for method, path, whose in access_matrix():
        if method == "GET" and path.startswith("api/") and whose != "other" and path not in ABOUT_THE_API:
            yield path, lambda path=path: hr.get("/" + fill(path, ids))
    for path in pages_of(company):
        yield path, lambda path=path: hr.get(path)
    for member in company.members:
        path = f"/api/v1/members/{member.pk}/"
        yield path, lambda path=path: hr.get(path, headers={"If-None-Match": '"x"', "Accept-Language": "es"})
    for path in (f"members/{UUID(int=1)}/", f"eligibility-files/{UUID(int=1)}/"):
        yield path, lambda path=path: hr.get(f"/api/v1/{path}")
    for query in (
        "?page_size=3",
        "?page_size=bad",
        "?ordering=version",
        "?employment_status=ended",
        "?status=active",
        "?name=number",
        "?covered_on=2026-03-01",
    ):
        yield query, lambda query=query: hr.get(f"/api/v1/members/{query}")


def pages_of(company: Company) -> Iterator[str]:
    """Every page of HR's, with a few searches, and each kind of member's own."""
    ids = {"change_set_id": UUID(company.file_id), "member_id": company.members[0].pk}
    ids |= {"employer_plan_id": company.plan_id}
    yield from (page.path for page in pages(defaultdict(lambda: UUID(int=1), ids)) if "hr_admin" in page.roles)
    yield from (f"/employees/{query}" for query in ("?name=number1", "?status=terminated", "?covered_on=2026-03-01"))
    yield from (f"/employees/{member.pk}/" for member in company.members[1:9])


def fill(path: str, ids: dict[str, Any]) -> str:
    """The path with ids; of what HR has nothing, a made-up one."""
    for name, value in ids.items():
        path = path.replace(f"<uuid:{name}>", str(value))
    head, bracket, tail = path.partition("<")
    return head + (str(UUID(int=1)) + tail.partition(">")[2] if bracket else "")


def post_file(hr: Client, text: str, kind: str) -> Any:
    """Upload, whatever comes of it."""
    file = SimpleUploadedFile("census.csv", text.encode())
    return hr.post("/api/v1/eligibility-files/", {"file": file, "kind": kind})


def kept(answer: Any, answers: list[Any]) -> Any:
    """Remember an answer for the next question."""
    answers.append(answer)
    return answer


def headers(answer: Any) -> dict[str, str]:
    """An answer's headers and cookies; when a cookie ends is counted from now."""
    return dict(answer.headers) | {"Set-Cookie": re.sub(r"expires=[^;]+", "", str(answer.cookies))}


@contextmanager
def ids_from(number: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """New ids count up from a number of the question: what happened elsewhere does not shift them."""
    counter = iter(range(number << 32, (number + 1) << 32))
    with monkeypatch.context() as patch:
        for home in (uuid_utils, uuid_utils.compat):
            patch.setattr(home, "uuid7", lambda: UUID(int=(0x7 << 76) + next(counter) + 1))
        yield


def mail_of(address: str) -> list[Any]:
    """All e-mails to an address, in order, with when they were due."""
    with acting_as(WORKER):
        emails = [email for email in Email.objects.order_by("id") if email.message["to"] == address]
        return [(email.template, email.message, email.key, email.due_at) for email in emails]


def drain_all() -> None:
    """Do all work that is due; Stripe is away, and its jobs wait."""
    while sum(drain(lane) for lane in LANES if lane != "webhooks"):
        pass
    with acting_as(WORKER):
        assert not Job.objects.filter(status=9).exists()
