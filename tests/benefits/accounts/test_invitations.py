"""An invitation becomes an account, once."""

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client

from benefits.accounts import services
from benefits.accounts.models import Invitation, User, UserRole
from benefits.events import AccountActivated
from tests.factories.benefits import PASSWORD, make_user, signed_in
from tests.racing import at_once
from workers.emails.models import Email
from workers.kernel.actor import AUTH, WORKER, acting_as
from workers.kernel.ids import new_id
from workers.outbox.models import EventRecord


def invite(now, **ids):
    """An employee's invitation and its token."""
    with acting_as(WORKER):
        return services.issue(
            role=UserRole.EMPLOYEE, email="ana@example.com", employer_id=new_id(), member_id=new_id(), now=now, **ids
        )


def accept(token, **body):
    body = {"token": token, "password": PASSWORD} | body
    return Client().post("/api/v1/invitations/accept/", body, content_type="application/json")


def test_an_employee_accepts_and_the_event_is_published(db, now):
    invitation, token = invite(now)
    answer = accept(token)
    assert (answer.status_code, answer.json()) == (201, {"role": "employee"})
    with acting_as(WORKER):
        user = User.objects.get(email="ana@example.com")
        assert user.member_id == invitation.member_id
        record = EventRecord.objects.get(type=AccountActivated.wire_name)
        assert record.data == {"member_id": str(user.member_id), "user_id": str(user.pk)}


def test_it_works_once(db, now):
    _, token = invite(now)
    accept(token)
    again = accept(token, email="other@example.com")
    assert (again.status_code, again.json()["code"]) == (404, "invitation_not_valid")


def test_two_at_once_make_one_account(committed_db, now):
    _, token = invite(now)
    answers = at_once(*[lambda: accept(token)] * 4)
    assert sorted(answer.status_code for answer in answers) == [201, 404, 404, 404]
    with acting_as(AUTH):
        assert User.objects.count() == 1


def test_it_expires_after_fourteen_days(db, now):
    _, token = invite(now)
    with acting_as(AUTH), pytest.raises(services.InvitationNotValid):
        services.accept(token=token, password=PASSWORD, now=now + timedelta(days=14))
    with acting_as(AUTH):
        services.accept(token=token, password=PASSWORD, now=now + timedelta(days=14, seconds=-1))


def test_the_token_is_not_in_the_database(db, now):
    invitation, token = invite(now)
    assert token not in str(vars(invitation))


@pytest.mark.parametrize("password", ["short-one-7", "q1w2e3r4t5y6", "ana@example.com1", "x" * 129])
def test_weak_passwords_are_refused_and_the_invitation_stays_open(db, now, password):
    _, token = invite(now)
    assert accept(token, password=password).status_code == 422
    assert accept(token).status_code == 201


def test_a_password_of_128_characters_is_accepted(db, now):
    _, token = invite(now)
    assert accept(token, password="long-word " * 12 + "and more").status_code == 201


def mailed_to(address):
    with acting_as(WORKER):
        return [email.message["text"] for email in Email.objects.all() if email.message["to"] == address]


def test_another_address_is_proved_first_and_nobody_else_learns_whether_it_has_an_account(db, now):
    make_user(email="taken@example.com")
    _, token = invite(now)
    answers = [accept(token, email=address) for address in ("Taken@example.com", "free@example.com")]
    assert {(answer.status_code, answer.content) for answer in answers} == {(202, answers[0].content)}
    [taken], [free] = mailed_to("taken@example.com"), mailed_to("free@example.com")
    assert "token=" not in taken
    assert "You sign in with it already" in taken
    [link] = re.findall(r"token=(\S+)", free)
    assert accept(link).status_code == 201
    with acting_as(AUTH):
        assert User.objects.get(email="free@example.com").member_id is not None
    assert accept(token).json()["code"] == "invitation_not_valid"


def test_a_link_to_another_address_opens_nothing_more(db, now):
    """It is signed, works once, ends with the invitation, and serves for that address alone."""
    _, token = invite(now)
    accept(token, email="free@example.com")
    [link] = re.findall(r"token=(\S+)", mailed_to("free@example.com")[0])
    assert accept(link[:-1] + ("x" if link[-1] != "x" else "y")).status_code == 404
    with acting_as(AUTH), pytest.raises(services.InvitationNotValid):
        services.accept(token=link, password=PASSWORD, now=now + timedelta(days=14))
    assert accept(link).status_code == 201
    assert accept(link).status_code == 404


def test_whoever_reads_the_invited_address_is_told_that_it_has_an_account(db, now):
    make_user(email="ana@example.com")
    _, token = invite(now)
    assert accept(token).json()["code"] == "email_not_usable"
    assert accept(token, email="free@example.com").status_code == 202


def test_an_invitation_does_not_mail_stranger_after_stranger(db, now):
    cache.clear()
    _, token = invite(now)
    statuses = [accept(token, email=f"stranger{number}@example.com").status_code for number in range(5)]
    assert statuses == [202, 202, 202, 429, 429]


def test_unknown_fields_are_refused(db, now):
    _, token = invite(now)
    assert accept(token, role="operator").status_code == 422


def test_accepting_while_somebody_else_is_signed_in_works(db, now):
    _, token = invite(now)
    client = signed_in(make_user("hr_admin", employer_id=new_id()))
    body = {"token": token, "password": PASSWORD}
    assert client.post("/api/v1/invitations/accept/", body, content_type="application/json").status_code == 201


def test_an_operator_invites_clinic_staff_by_mail(db, now):
    clinic_id = new_id()
    client = signed_in(make_user())
    body = {"clinic_id": str(clinic_id), "email": "front@clinic.example"}
    answer = client.post("/api/v1/clinic-staff/", body, content_type="application/json")
    assert answer.status_code == 201, answer.content
    with acting_as(WORKER):
        text = Email.objects.get().message["text"]
    [token] = re.findall(r"token=(\S+)", text)
    assert accept(token, email="else@clinic.example").status_code == 422
    assert accept(token).json() == {"role": "clinic_staff"}
    with acting_as(AUTH):
        assert User.objects.get(email="front@clinic.example").clinic_id == clinic_id


@pytest.mark.parametrize("role", ["employee", "clinic_staff", "hr_admin"])
def test_only_operators_invite_clinic_staff(db, now, role):
    ids: dict[str, Any] = {
        "employee": {"employer_id": new_id(), "member_id": new_id()},
        "clinic_staff": {"clinic_id": new_id()},
        "hr_admin": {"employer_id": new_id()},
    }
    client = signed_in(make_user(role, **ids[role]))
    body = {"clinic_id": str(new_id()), "email": "front@clinic.example"}
    assert client.post("/api/v1/clinic-staff/", body, content_type="application/json").status_code == 403
    with acting_as(WORKER):
        assert not Invitation.objects.exists()


def test_the_first_operator_is_invited_by_a_link(db, now):
    out = io.StringIO()
    call_command("create_operator", email="op@example.com", stdout=out)
    token = out.getvalue().strip().rpartition("token=")[2]
    assert accept(token).json() == {"role": "operator"}
    with acting_as(AUTH):
        assert User.objects.get(email="op@example.com").permissions == ["finance", "care"]


def test_the_first_operator_is_created_from_stdin(db, now, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))
    call_command(
        "create_operator", "--email=op@example.com", "--permission=care", "--password-stdin", stdout=io.StringIO()
    )
    with acting_as(AUTH):
        user = User.objects.get(email="op@example.com")
    assert user.check_password(PASSWORD)
    assert user.permissions == ["care"]


def test_a_weak_password_on_stdin_is_refused(db, now, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("password\n"))
    with pytest.raises(CommandError, match="too short"):
        call_command("create_operator", "--email=op@example.com", "--password-stdin")
