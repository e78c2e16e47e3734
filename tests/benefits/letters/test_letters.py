"""From an order to a printed code to an account, and what guessing comes to."""

import json
import re
from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.db import ProgrammingError, transaction
from django.test import Client

from benefits.accounts.models import User
from benefits.enrollment import services as enrollment
from benefits.letters import services
from benefits.letters.models import IdentityClaim, Letter, LetterOrder
from benefits.letters.rules import MOST_CLAIMS, MOST_FAILURES, new_code
from tests.conftest import NOW
from tests.factories.benefits import (
    OPERATOR,
    PASSWORD,
    activate,
    hr_of,
    make_employer,
    make_hr,
    make_member,
    make_plan,
    make_user,
    signed_in,
)
from tests.racing import at_once
from workers.emails.models import Email
from workers.kernel.actor import AUTH, WORKER, acting_as
from workers.outbox.draining import drain

BORN = "1985-05-17"


@pytest.fixture(autouse=True)
def _nobody_asked_before():
    cache.clear()


@pytest.fixture
def employer(committed_db, now):
    employer = make_employer()
    make_plan(employer.pk)
    return employer


@pytest.fixture
def member(employer):
    return make_member(employer.pk, "E7", personal_email="", city="Reno", address_line_1="1 Main St")


def printed(member, now=NOW):
    """The code of a letter that was ordered and printed."""
    with acting_as(hr_of(member.employer_id)):
        services.order(member_id=member.pk, now=now)
    with acting_as(OPERATOR):
        [letter] = services.print_letters(employer_id=member.employer_id, most=10, printed_by=None, now=now)
    return letter.code


def claim(code, number="E7", born=BORN, email="ana@home.example"):
    body = {"code": code, "employee_number": number, "date_of_birth": born, "email": email}
    return Client().post("/api/v1/invitations/claim/", json.dumps(body), content_type="application/json")


def links():
    drain("domain")
    with acting_as(WORKER):
        mails = [email.message for email in Email.objects.order_by("id")]
    return [(mail["to"], *re.findall(r"token=([\w-]+)", mail["text"])) for mail in mails if "token=" in mail["text"]]


def test_from_an_order_to_an_account(employer, member):
    hr, operator = signed_in(make_hr(employer.pk)), signed_in(make_user())
    path = f"/api/v1/members/{member.pk}/invitations/"
    for _ in range(2):
        assert hr.post(path, {"by": "letter"}, "application/json").status_code == 202
    answer = operator.post("/api/v1/operator/letters/", {"employer_id": str(employer.pk)}, "application/json")
    assert answer.status_code == 201, answer.content
    [letter] = answer.json()["letters"]
    assert (letter["name"], letter["address"]) == ("Ana García", ["1 Main St", "Reno, CA 94110"])
    assert answer.json()["waiting"] == 0
    assert claim(letter["code"]).status_code == 202
    [(to, token)] = links()
    assert to == "ana@home.example"
    body = {"token": token, "password": PASSWORD}
    assert Client().post("/api/v1/invitations/accept/", body, "application/json").json() == {"role": "employee"}
    with acting_as(AUTH):
        assert User.objects.get(email="ana@home.example").member_id == member.pk


def test_every_answer_is_the_same(member):
    code = printed(member)
    answers = [
        claim(code),
        claim(code, number="E8"),
        claim(code, born="1985-05-18"),
        claim(new_code()),
        claim(new_code(), number="nobody"),
    ]
    assert {(answer.status_code, answer.content) for answer in answers} == {(202, answers[0].content)}
    assert [to for to, _ in links()] == ["ana@home.example"]
    with acting_as(WORKER):
        assert not IdentityClaim.objects.exists()


def test_a_slip_of_the_pen_is_told_at_once(member):
    code = printed(member)
    wrong = code[:-1] + ("2" if code[-1] != "2" else "3")
    answer = claim(wrong)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["code"])


def test_guessing_locks_the_letter_and_an_operator_hears_of_it(member):
    make_user(email="op@example.com", permissions=["care"])
    code = printed(member)
    for day in range(MOST_FAILURES):
        cache.clear()
        assert claim(code, born=f"1990-01-0{day + 1}").status_code == 202
        drain("domain")
    cache.clear()
    assert claim(code).status_code == 202
    assert links() == []
    drain("mail")
    with acting_as(WORKER):
        told = [email.message for email in Email.objects.all() if email.message["to"] == "op@example.com"]
        letter = Letter.objects.get()
    assert (letter.failures, letter.locked_at) == (MOST_FAILURES, NOW)
    assert len(told) == 1
    assert "Ana" not in told[0]["text"]
    listed = signed_in(make_user()).get("/api/v1/operator/letters/?state=locked").json()["results"]
    assert [(one["id"], one["state"]) for one in listed] == [(str(letter.pk), "locked")]
    again = printed(member)
    claim(again)
    assert len(links()) == 1


def test_guesses_at_once_are_counted_one_by_one(member):
    code = printed(member)
    for number in range(MOST_FAILURES - 1):
        with acting_as(AUTH):
            receive(code, number)
    at_once(*[lambda: drain("domain")] * 4)
    with acting_as(WORKER):
        assert Letter.objects.get().failures == MOST_FAILURES - 1


def receive(code, number):
    services.receive(
        code=code.replace("-", ""),
        employee_number=f"no-{number}",
        date_of_birth=date(1990, 1, 1),
        email="x@home.example",
        language="en",
        now=NOW,
    )


def test_one_code_is_not_tried_over_and_over(member):
    code = printed(member)
    statuses = [claim(code, number=f"no-{number}").status_code for number in range(7)]
    assert statuses == [202] * 5 + [429] * 2


def test_a_reissued_letter_takes_the_place_of_the_former_and_an_old_one_expires(member):
    first, second = printed(member), printed(member)
    claim(first)
    assert links() == []
    claim(second)
    assert len(links()) == 1
    with acting_as(AUTH):
        services.receive(
            code=second.replace("-", ""),
            employee_number="E7",
            date_of_birth=date(1985, 5, 17),
            email="late@home.example",
            language="en",
            now=NOW,
        )
    with acting_as(WORKER):
        [late] = IdentityClaim.objects.all()
        services.judge(claim_id=late.pk, now=NOW + timedelta(days=60))
    assert len(links()) == 1


def test_a_mistyped_address_may_be_mended_a_few_times(member):
    code = printed(member)
    for number in range(MOST_CLAIMS + 2):
        cache.clear()
        claim(code, email=f"ana{number}@home.example")
        drain("domain")
    assert [to for to, _ in links()] == [f"ana{number}@home.example" for number in range(MOST_CLAIMS)]


def test_with_an_account_a_letter_is_printed_claimed_and_opens_nothing(member):
    """Whoever sees the post, or the answers, learns nothing of the account."""
    activate(member, email="mine@home.example")
    claim(printed(member))
    [(_, token)] = links()
    body = {"token": token, "password": PASSWORD}
    assert Client().post("/api/v1/invitations/accept/", body, "application/json").status_code == 404


def test_who_has_left_gets_no_letter(member):
    with acting_as(hr_of(member.employer_id)):
        services.order(member_id=member.pk, now=NOW)
        enrollment.terminate(member_id=member.pk, end_date=date(2026, 2, 28), now=NOW)
    with acting_as(OPERATOR):
        assert services.print_letters(employer_id=None, most=10, printed_by=None, now=NOW) == []


def test_two_printers_print_each_letter_once(employer):
    for number in range(10):
        member = make_member(employer.pk, f"E{number}", personal_email="")
        with acting_as(hr_of(employer.pk)):
            services.order(member_id=member.pk, now=NOW)

    def print_five():
        with acting_as(OPERATOR):
            return services.print_letters(employer_id=None, most=5, printed_by=None, now=NOW)

    batches = at_once(print_five, print_five)
    assert len({one.member_id for batch in batches for one in batch}) == sum(map(len, batches)) == 10


@pytest.mark.parametrize("model", [Letter, LetterOrder, IdentityClaim])
def test_hr_reads_no_letter(employer, model):
    with (
        acting_as(hr_of(employer.pk)),
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
    ):
        model.objects.exists()


def test_whoever_is_not_signed_in_reads_no_claim_back(member):
    claim(printed(member))
    with acting_as(AUTH), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        list(IdentityClaim.objects.values_list("said"))


def test_a_code_and_a_birthday_are_nowhere_in_plain_text(member):
    code = printed(member)
    claim(code)
    with acting_as(WORKER):
        rows = [*Letter.objects.values_list(), *IdentityClaim.objects.values_list("id", "version", "received_at")]
    assert code.replace("-", "") not in str(rows)
    assert BORN not in str(rows)


def test_only_operators_with_care_print(employer):
    for client in (signed_in(make_hr(employer.pk)), signed_in(make_user(permissions=["finance"]))):
        assert client.post("/api/v1/operator/letters/", {}, "application/json").status_code == 403
        assert client.get("/api/v1/operator/letters/").status_code == 403
