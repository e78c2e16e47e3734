"""Entering a letter's code on a page, as people do who have paper before them."""

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from benefits.enrollment.models import Member
from benefits.letters.models import IdentityClaim
from benefits.letters.rules import new_code
from tests.benefits.letters.test_letters import links, printed
from tests.factories.benefits import PASSWORD, activate, make_employer, make_member, make_plan, signed_in
from workers.kernel.actor import WORKER, acting_as

TYPED = {"employee_number": "E7", "month": "5", "day": "17", "year": "1985", "email": "ana@home.example"}


@pytest.fixture(autouse=True)
def _nobody_asked_before() -> None:
    cache.clear()


@pytest.fixture
def member(committed_db: str, now: Any) -> Member:
    employer = make_employer()
    make_plan(employer.pk)
    return make_member(employer.pk, "E7", personal_email="")


def enter(client: Client | None = None, /, **typed: str) -> Any:
    return (client or Client()).post("/letter/", TYPED | typed)


def claims() -> int:
    with acting_as(WORKER):
        return IdentityClaim.objects.count()


@pytest.mark.parametrize("typed_as", [str.lower, lambda code: code.replace("-", " "), lambda code: f" {code}. "])
def test_from_paper_to_an_account(member: Member, typed_as: Any) -> None:
    answer = enter(code=typed_as(printed(member)), employee_number=" e7 ", day="17")
    assert (answer.status_code, answer["Location"]) == (302, "/letter/sent/")
    assert "If what you entered fits" in Client().get("/letter/sent/").content.decode()
    [(to, token)] = links()
    assert to == "ana@home.example"
    page = Client().get(f"/activate/?token={token}").content.decode()
    assert "The invitation is for ana@home.example" in page
    assert Client().post("/activate/", {"token": token, "password": PASSWORD})["Location"] == "/accounts/login/"


def test_what_does_not_fit_answers_like_what_does_and_mails_nothing(member: Member) -> None:
    right = printed(member)
    wrong = [enter(code=right, year="1986"), enter(code=right, employee_number="E8"), enter(code=new_code())]
    assert {(one.status_code, one["Location"], one.content) for one in wrong} == {(302, "/letter/sent/", b"")}
    assert claims() == 3
    assert links() == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"code": "ABCD-EFGH-JKM"}, "A code has 12 characters. Yours has 11."),
        ({"code": "ABCD-EFGH-JKMNP"}, "A code has 12 characters. Yours has 13."),
        ({"code": "OOOO-OOOO-OOOO"}, "One character is wrong: compare."),
        ({"code": ""}, "This field is required."),
        ({"code": "A" * 61}, "at most 60 characters"),
        ({"code": "\x00"}, "Null characters"),
        ({"month": "2", "day": "30"}, "That month does not have so many days."),
        ({"day": "32"}, "less than or equal to 31"),
        ({"month": "13"}, "not one of the available choices"),
        ({"year": "85"}, "Write the year in four figures, such as 1985."),
        ({"year": "2026", "month": "12"}, "That day is still to come."),
        ({"year": "99999999999999999999"}, "Write the year in four figures, such as 1985."),
        ({"email": "ana@home"}, "Enter a valid email address."),
    ],
)
def test_a_slip_of_the_pen_is_said_at_its_field_and_what_was_typed_stays(
    member: Member, typed: dict[str, str], said: str
) -> None:
    answer = enter(**{"code": new_code(), **typed})
    page = answer.content.decode()
    assert (answer.status_code, claims()) == (422, 0)
    assert said in page
    assert "Not sent yet: please look at what is marked." in page
    assert 'value="E7"' in page
    [field] = re.findall(r'name="(\w+)"[^>]* aria-invalid="true"', page)
    assert field in {*typed, "day"}


def test_it_is_read_in_spanish(member: Member) -> None:
    spanish = Client(headers={"Accept-Language": "es"})
    page = spanish.get("/letter/").content.decode()
    assert "Tiene una carta nuestra" in page
    assert "mayo" in page
    assert "Escriba el año con cuatro cifras" in enter(spanish, code=new_code(), year="85").content.decode()
    enter(spanish, code=printed(member))
    assert len(links()) == 1


def test_too_many_tries_have_to_wait_and_lose_nothing(member: Member) -> None:
    code = printed(member)
    answers = [enter(code=code, employee_number=f"no-{number}") for number in range(6)]
    assert [answer.status_code for answer in answers] == [302] * 5 + [429]
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert "wait a minute" in answers[-1].content.decode()
    assert 'value="no-5"' in answers[-1].content.decode()
    assert claims() == 5


def test_whoever_is_signed_in_in_this_browser_may_enter_one_too(member: Member) -> None:
    other = signed_in(activate(make_member(member.employer_id)))
    assert other.get("/letter/").status_code == 200
    assert enter(other, code=printed(member)).status_code == 302
    assert "ana@home.example" in [to for to, _ in links()]


@pytest.mark.django_db
def test_the_way_in_names_it() -> None:
    for path in ("/accounts/login/", "/activate/?token=x"):
        assert 'href="/letter/"' in Client().get(path).content.decode()
