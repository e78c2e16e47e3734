"""An employer's admins look after each other; what they may do is said by their permissions, also to the database."""

import re
from functools import partial

import pytest
from django.db import ProgrammingError, transaction
from django.test import Client

from benefits.accounts.models import Session, User
from benefits.employers import services
from benefits.employers.models import AdminInvitation, EmployerChange
from tests.conftest import NOW
from tests.factories.benefits import (
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
from workers.kernel.actor import AUTH, WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id


@pytest.fixture
def employer(db, now):
    return make_employer()


@pytest.fixture
def owner(employer):
    return signed_in(make_hr(employer.pk, email="owner@acme.example"))


def post(client, path, **body):
    return client.post(f"/api/v1/{path}", body, content_type="application/json")


def token_of(address):
    with acting_as(WORKER):
        mailed = [mail.message for mail in Email.objects.order_by("-id") if mail.message["to"] == address]
    return re.findall(r"token=([\w-]+)", mailed[0]["text"])[0]


def accept(address):
    return post(Client(), "invitations/accept/", token=token_of(address), password=PASSWORD)


def sessions_of(user):
    with acting_as(AUTH):
        return Session.objects.filter(user_id=user.pk).count()


def test_an_owner_invites_somebody_who_has_the_permissions_they_were_given(owner, employer):
    invited = post(owner, "admins/", email="Payroll@acme.example", permissions=["billing"])
    assert invited.status_code == 201, invited.content
    assert (invited.json()["email"], invited.json()["permissions"]) == ("payroll@acme.example", ["billing"])
    assert [one["email"] for one in owner.get("/api/v1/pending-admins/").json()["results"]] == ["payroll@acme.example"]
    assert accept("payroll@acme.example").status_code == 201
    assert owner.get("/api/v1/pending-admins/").json()["results"] == []
    told = {one["email"]: one["permissions"] for one in owner.get("/api/v1/admins/").json()["results"]}
    assert told["payroll@acme.example"] == ["billing"]
    with acting_as(AUTH):
        assert User.objects.get(email="payroll@acme.example").employer_id == employer.pk


def test_a_revoked_invitation_opens_nothing(owner):
    invited = post(owner, "admins/", email="late@acme.example").json()
    assert post(owner, f"pending-admins/{invited['id']}/revoke/").status_code == 204
    assert owner.get("/api/v1/pending-admins/").json()["results"] == []
    answer = accept("late@acme.example")
    assert (answer.status_code, answer.json()["code"]) == (404, "invitation_not_valid")
    assert post(owner, f"pending-admins/{invited['id']}/revoke/").status_code == 204


def test_an_invitation_that_was_accepted_cannot_be_revoked_any_more(owner, employer):
    invited = post(owner, "admins/", email="quick@acme.example").json()
    assert accept("quick@acme.example").status_code == 201
    post(owner, f"pending-admins/{invited['id']}/revoke/")
    with acting_as(hr_of(employer.pk)):
        assert AdminInvitation.objects.get().revoked_at is None


def test_an_admin_who_names_an_employees_own_address_does_not_learn_that_it_has_an_account(owner, employer):
    make_plan(employer.pk)
    activate(make_member(employer.pk), email="mine@home.example")
    known, unknown = (post(owner, "admins/", email=f"{name}@home.example") for name in ("mine", "nobody"))
    assert known.status_code == unknown.status_code == 201
    with acting_as(WORKER):
        mailed = {mail.message["to"] for mail in Email.objects.all()}
    assert {"mine@home.example", "nobody@home.example"} <= mailed
    refused = accept("mine@home.example")
    assert (refused.status_code, refused.json()["code"]) == (409, "email_not_usable")


@pytest.mark.parametrize("permissions", [["people"], ["billing"], ["people", "billing"]])
def test_who_is_no_owner_changes_nothing_of_admins(employer, owner, permissions):
    colleague = make_hr(employer.pk)
    client = signed_in(make_user("hr_admin", employer_id=employer.pk, permissions=permissions))
    assert client.get("/api/v1/admins/").status_code == 200
    refused = [
        post(client, "admins/", email="x@acme.example"),
        post(client, f"admins/{colleague.pk}/disable/"),
        post(client, "admins/sign-out/"),
        post(client, f"pending-admins/{new_id()}/revoke/"),
        client.patch(f"/api/v1/admins/{colleague.pk}/", {"permissions": []}, content_type="application/json"),
        client.get("/api/v1/employer-changes/"),
    ]
    assert [answer.status_code for answer in refused] == [403] * 6


@pytest.mark.parametrize("table", [EmployerChange, AdminInvitation])
def test_the_database_lets_only_owners_write_what_every_change_writes(employer, table):
    """A view that forgot to ask would not get further than this."""
    shared = {"employer_id": employer.pk, "id": new_id()}
    facts = {
        EmployerChange: {"change": "x", "subject_id": new_id(), "before": {}, "after": {}, "by_role": "r", "at": NOW},
        AdminInvitation: {"email": "a@b.example", "permissions": [], "made_at": NOW, "expires_at": NOW},
    }[table]
    reader = Actor(role=Role.HR, employer=employer.pk, user=new_id(), permissions=("people", "billing"))
    with acting_as(reader), pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        table.objects.create(**shared, **facts)
    with acting_as(hr_of(employer.pk)):
        table.objects.create(**shared, **facts)


def test_permissions_count_from_the_next_request_on(owner, employer):
    colleague = make_hr(employer.pk, "owner", "people")
    client = signed_in(colleague)
    tag = owner.get(f"/api/v1/admins/{colleague.pk}/").headers["ETag"]
    path = f"/api/v1/admins/{colleague.pk}/"
    body = {"permissions": ["billing"]}
    changed = owner.patch(path, body, content_type="application/json", headers={"If-Match": tag})
    assert (changed.status_code, changed.json()["permissions"]) == (200, ["billing"])
    assert post(client, "admins/", email="x@acme.example").status_code == 403
    again = owner.patch(path, body, content_type="application/json", headers={"If-Match": tag})
    assert (again.status_code, again.json()["code"]) == (412, "changed_meanwhile")
    [entry] = owner.get("/api/v1/employer-changes/").json()["results"]
    assert (entry["before"], entry["after"]) == ({"permissions": ["owner", "people"]}, {"permissions": ["billing"]})


def test_a_disabled_admin_is_out_at_once(owner, employer):
    colleague = make_hr(employer.pk)
    client = signed_in(colleague)
    assert post(owner, f"admins/{colleague.pk}/disable/").status_code == 204
    assert client.get("/api/v1/me/").status_code == 401
    assert sessions_of(colleague) == 0
    told = {one["id"]: one["enabled"] for one in owner.get("/api/v1/admins/").json()["results"]}
    assert told[str(colleague.pk)] is False


def test_somebody_is_always_left_who_can_administer(owner, employer):
    [myself] = owner.get("/api/v1/admins/").json()["results"]
    make_hr(employer.pk, "people")
    refused = post(owner, f"admins/{myself['id']}/disable/")
    assert (refused.status_code, refused.json()["code"]) == (409, "last_owner")
    tag = owner.get(f"/api/v1/admins/{myself['id']}/").headers["ETag"]
    path = f"/api/v1/admins/{myself['id']}/"
    refused = owner.patch(path, {"permissions": []}, content_type="application/json", headers={"If-Match": tag})
    assert (refused.status_code, refused.json()["code"]) == (409, "last_owner")


def test_of_two_owners_who_disable_each_other_at_once_one_stays(committed_db, now):
    employer = make_employer()
    owners = [make_hr(employer.pk) for _ in range(2)]

    def disable(other):
        with acting_as(hr_of(employer.pk)):
            services.disable_admin(user_id=other.pk, by=new_id(), now=NOW)

    refusals = at_once(*[partial(disable, other) for other in owners], expected=services.LastOwner)
    assert refusals.count(None) == 1
    with acting_as(AUTH):
        assert User.objects.filter(employer_id=employer.pk, is_active=True).count() == 1


def test_everyone_is_signed_out_by_one_click_and_nobody_elses_admins_are(owner, employer):
    colleague, stranger = make_hr(employer.pk), make_hr(make_employer().pk)
    make_plan(employer.pk)
    member = activate(make_member(employer.pk))
    for user in (colleague, stranger, member):
        signed_in(user)
    assert post(owner, "admins/sign-out/").json() == {"ended": 2}
    assert owner.get("/api/v1/me/").status_code == 401
    assert [sessions_of(user) for user in (colleague, stranger, member)] == [0, 1, 1]


def test_an_operator_signs_everyone_out_too(owner, employer):
    operator = signed_in(make_user())
    assert post(operator, f"employers/{employer.pk}/sign-out/").json() == {"ended": 1}
    [entry] = operator.get(f"/api/v1/employers/{employer.pk}/changes/").json()["results"]
    assert (entry["change"], entry["by_role"]) == ("admins_signed_out", "act_operator")


def test_admins_of_an_employer_with_domains_have_an_address_of_one(owner, employer):
    operator = signed_in(make_user())
    added = post(operator, f"employers/{employer.pk}/domains/", domain="Acme.example")
    assert (added.status_code, added.json()["domain"]) == (201, "acme.example")
    assert [one["domain"] for one in owner.get("/api/v1/employer-domains/").json()] == ["acme.example"]
    refused = post(owner, "admins/", email="me@evil-acme.example")
    assert (refused.status_code, refused.json()["code"]) == (422, "domain_not_theirs")
    assert post(owner, "admins/", email="me@ACME.example").status_code == 201
    assert operator.delete(f"/api/v1/employers/{employer.pk}/domains/{added.json()['id']}/").status_code == 204
    assert post(owner, "admins/", email="me@elsewhere.example").status_code == 201


@pytest.mark.parametrize(
    "domain", ["gmail.com", "acme", "acme..example", "-acme.example", "a@acme.example", "ácme.example"]
)
def test_a_domain_that_is_not_an_employers_alone_is_refused(employer, domain):
    answer = post(signed_in(make_user()), f"employers/{employer.pk}/domains/", domain=domain)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["domain"])


def test_a_domain_belongs_to_one_employer(employer):
    operator = signed_in(make_user())
    post(operator, f"employers/{employer.pk}/domains/", domain="acme.example")
    again = post(operator, f"employers/{make_employer().pk}/domains/", domain="acme.example")
    assert (again.status_code, again.json()["code"]) == (409, "domain_taken")


def test_another_employers_admin_answers_like_an_unknown_one(owner):
    stranger = make_hr(make_employer().pk)
    for path in ("admins/{}/disable/", "pending-admins/{}/revoke/"):
        answers = [post(owner, path.format(one)) for one in (stranger.pk, new_id())]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].content == answers[1].content


def test_hr_reads_of_a_colleague_no_more_than_what_they_may_do(employer):
    make_hr(employer.pk)
    with (
        acting_as(hr_of(employer.pk)),
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
    ):
        list(User.objects.values_list("password"))
    with acting_as(hr_of(employer.pk)):
        assert User.objects.exclude(role="hr_admin").count() == 0


def test_permissions_that_there_are_not_are_refused(owner):
    assert post(owner, "admins/", email="x@acme.example", permissions=["finance"]).status_code == 422
