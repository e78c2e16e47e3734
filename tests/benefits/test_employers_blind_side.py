"""What an employer reads does not depend on what its people do (docs/security.md 13-15)."""

import re

import pytest
from django.db import ProgrammingError, transaction
from django.test import Client

from benefits.accounts.models import Invitation
from benefits.enrollment.models import Member, MemberContact
from benefits.letters.models import IdentityClaim, Letter, LetterOrder
from tests.factories.benefits import (
    PASSWORD,
    activate,
    hr_of,
    make_employer,
    make_hr,
    make_member,
    make_plan,
    signed_in,
)
from tests.factories.census import ANA, apply, sheet, upload
from workers.emails.models import Email
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id
from workers.outbox.draining import drain


def everything(hr, *addresses):
    """Status, headers and body of every page that HR may GET."""
    answers = [hr.get(address) for address in addresses]
    assert all(answer.status_code == 200 for answer in answers)
    return [(dict(answer.headers) | {"Date": "", "Trace-Id": ""}, answer.content) for answer in answers]


def test_activation_changes_nothing_that_hr_reads(committed_db, now):
    employer = make_employer()
    make_plan(employer.pk)
    hr = signed_in(make_hr(employer.pk))
    rows = [ANA | {"employee_number": f"E{number}"} for number in range(12)]
    file_id = upload(hr, sheet(*rows)).json()["id"]
    apply(hr, file_id)
    member_id = hr.get("/api/v1/members/").json()["results"][0]["id"]
    addresses = (
        "/api/v1/members/",
        f"/api/v1/members/{member_id}/",
        f"/api/v1/eligibility-files/{file_id}/",
        "/api/v1/reports/enrollment/",
        "/api/v1/me/",
        "/api/v1/members/?page_size=3",
        "/api/v1/members/?status=active",
        "/api/v1/members/?covered_on=2026-03-01",
        "/api/v1/members/?name=garc",
        f"/api/v1/members/{member_id}/history/",
    )
    before = everything(hr, *addresses)
    drain("domain")
    assert everything(hr, *addresses) == before
    with acting_as(WORKER):
        member = MemberContact.objects.get(member_id=member_id).member
    activate(member, email="mine@home.example")
    drain("domain")
    assert everything(hr, *addresses) == before

    other = upload(hr, sheet(*rows, ANA | {"employee_number": "new"})).json()
    assert other["diff"]["unchanged"] == 12


@pytest.mark.parametrize("model", [Invitation, MemberContact, Letter, LetterOrder, IdentityClaim])
def test_hr_has_no_right_to_read_addresses_and_invitations(db, now, model):
    with acting_as(hr_of(new_id())), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        model.objects.exists()


def test_another_employers_member_answers_like_an_unknown_one(db, now):
    employer, other = make_employer(), make_employer()
    make_plan(employer.pk)
    member = make_member(employer.pk)
    hr = signed_in(make_hr(other.pk))
    answers = [hr.get(f"/api/v1/members/{member_id}/") for member_id in (member.pk, new_id())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert hr.get("/api/v1/members/").json()["results"] == []


def test_an_employer_who_names_an_address_of_its_own_does_not_learn_who_has_an_account(committed_db, now):
    """The invitation is mailed either way; with an account there is nothing left to accept."""
    employer = make_employer()
    make_plan(employer.pk)
    hr = signed_in(make_hr(employer.pk))
    rows = [ANA | {"employee_number": number, "personal_email": ""} for number in ("asked", "quiet")]
    apply(hr, upload(hr, sheet(*rows)).json()["id"])
    drain("domain")
    with acting_as(WORKER):
        activate(Member.objects.get(employee_number="asked"), email="mine@home.example")
    traps = [row | {"personal_email": f"{row['employee_number']}@employer.example"} for row in rows]
    apply(hr, upload(hr, sheet(*traps)).json()["id"])
    drain("domain")
    with acting_as(WORKER):
        mailed = {email.message["to"]: email.message["text"] for email in Email.objects.order_by("id")}
    assert {"asked@employer.example", "quiet@employer.example"} <= set(mailed)
    [token] = re.findall(r"token=([\w-]+)", mailed["asked@employer.example"])
    answer = Client().post(
        "/api/v1/invitations/accept/", {"token": token, "password": PASSWORD}, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "invitation_not_valid")
