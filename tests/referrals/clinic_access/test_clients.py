"""A clinic's staff keeps its own clients, everything done about one is recorded, and a secret is shown once."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from referrals.clinic_access.models import ApiClient, ClientChange, ClientSecret
from tests.factories.benefits import make_user, signed_in
from tests.factories.clinic_access import OPERATOR, ask_token, make_client
from tests.factories.referrals import make_clinic, run_workers
from workers.emails.models import Email
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic_id(now: datetime) -> UUID:
    return make_clinic().pk


@pytest.fixture
def staff(clinic_id: UUID) -> Client:
    return signed_in(make_user("clinic_staff", email="desk@clinic.example", clinic_id=clinic_id))


def post(client: Client, path: str, body: Any = None) -> Any:
    return client.post(f"/api/v1/{path}", body or {}, content_type="application/json")


def made_by(client: Client, clinic_id: UUID, **more: Any) -> Any:
    body = {"name": "Front desk", "scopes": ["offers:read"]} | more
    return post(client, f"clinics/{clinic_id}/api-clients/", body)


def test_staff_makes_uses_rotates_and_revokes_a_client(staff: Client, clinic_id: UUID) -> None:
    answer = made_by(staff, clinic_id)
    assert answer.status_code == 201, answer.content
    client, secret = answer.json()["client"], answer.json()["secret"]
    assert secret.startswith("clinic_secret_")
    assert (client["scopes"], client["kind"], client["revoked_at"]) == (["offers:read"], "client", None)
    credentials = {"grant_type": "client_credentials", "client_id": client["id"], "client_secret": secret}
    assert ask_token(credentials).status_code == 200
    path = f"api-clients/{client['id']}"
    rotated = post(staff, f"{path}/rotate/", {"overlap_hours": 0})
    assert rotated.status_code == 201
    assert rotated.json()["secret"] != secret
    assert ask_token(credentials).status_code == 401
    assert post(staff, f"{path}/revoke/").json()["revoked_at"] is not None
    assert post(staff, f"{path}/revoke/").status_code == 200
    assert (post(staff, f"{path}/rotate/").status_code, post(staff, f"{path}/rotate/").json()["code"]) == (
        409,
        "client_revoked",
    )
    changes = staff.get(f"/api/v1/{path}/changes/").json()["results"]
    assert [change["change"] for change in changes] == ["revoked", "rotated", "created"]


def test_no_list_shows_a_secret_or_its_hash(staff: Client, clinic_id: UUID) -> None:
    secret = made_by(staff, clinic_id).json()["secret"]
    body = staff.get(f"/api/v1/clinics/{clinic_id}/api-clients/").content.decode()
    assert secret[-4:] in body
    assert secret[:-4] not in body
    assert "hash" not in body


def test_an_idempotent_repeat_gets_the_same_secret(staff: Client, clinic_id: UUID) -> None:
    body = {"name": "Desk", "scopes": ["offers:read"]}
    url, headers = f"/api/v1/clinics/{clinic_id}/api-clients/", {"Idempotency-Key": "k"}
    first, again = (staff.post(url, body, content_type="application/json", headers=headers) for _ in range(2))
    assert first.json()["secret"] == again.json()["secret"]
    assert len(staff.get(url).json()["results"]) == 1


@pytest.mark.parametrize(
    "more",
    [
        {"scopes": []},
        {"scopes": ["everything"]},
        {"name": ""},
        {"name": "\0"},
        {"kind": "root"},
        {"expires_at": "2020-01-01T00:00:00Z"},
        {"requests_per_minute": 100_000},
        {"revoked_at": None},
    ],
)
def test_what_no_client_can_be_is_refused(staff: Client, clinic_id: UUID, more: Any) -> None:
    assert made_by(staff, clinic_id, **more).status_code == 422


def test_another_clinics_clients_are_unknown(staff: Client, clinic_id: UUID) -> None:
    other = make_clinic(2)
    theirs = make_client(other.pk).client
    assert made_by(staff, other.pk).status_code == 404
    assert staff.get(f"/api/v1/clinics/{other.pk}/api-clients/").status_code == 404
    assert staff.get(f"/api/v1/api-clients/{theirs.pk}/").status_code == 404
    for word in ("rotate", "revoke"):
        assert post(staff, f"api-clients/{theirs.pk}/{word}/").status_code == 404
    with acting_as(OPERATOR):
        assert ApiClient.objects.get(pk=theirs.pk).revoked_at is None


def test_operators_set_how_often_a_client_may_ask(clinic_id: UUID) -> None:
    operator = signed_in(make_user("operator"))
    answer = made_by(operator, clinic_id, requests_per_minute=60)
    assert answer.json()["client"]["requests_per_minute"] == 60
    assert made_by(signed_in(make_user("operator", permissions=["finance"])), clinic_id).status_code == 403


def test_staff_is_mailed_of_every_change(staff: Client, clinic_id: UUID) -> None:
    client = made_by(staff, clinic_id, name="Kiosk").json()["client"]
    post(staff, f"api-clients/{client['id']}/revoke/")
    run_workers()
    with acting_as(WORKER):
        mails = [mail.message for mail in Email.objects.filter(template="referrals/api_client_changed").order_by("id")]
    assert [(mail["to"], mail["subject"]) for mail in mails] == [
        ("desk@clinic.example", "Access for your software was set up"),
        ("desk@clinic.example", "Access for your software was ended"),
    ]
    assert "Kiosk" in mails[0]["text"]


def test_the_record_of_changes_cannot_be_changed(clinic_id: UUID, now: datetime) -> None:
    make_client(clinic_id)
    for role in (Role.OPERATOR, Role.CLINIC):
        for write in (lambda: ClientChange.objects.update(by_id=new_id()), lambda: ClientChange.objects.all().delete()):
            with pytest.raises(DatabaseError), transaction.atomic(), acting_as(Actor(role=role, clinic=clinic_id)):
                write()


def test_nobody_who_keeps_a_client_reads_the_hash_of_its_secret(clinic_id: UUID) -> None:
    make_client(clinic_id)
    for role in (Role.OPERATOR, Role.CLINIC, Role.WORKER):
        with pytest.raises(DatabaseError), transaction.atomic(), acting_as(Actor(role=role, clinic=clinic_id)):
            list(ClientSecret.objects.values_list("hash"))


def test_a_secret_is_of_its_clients_clinic_whatever_the_code_does(clinic_id: UUID, now: datetime) -> None:
    client = make_client(clinic_id).client
    row = ClientSecret(
        client=client,
        clinic_id=new_id(),
        hash="0" * 64,
        hint="0000",
        created_at=now,
        valid_until=now + timedelta(days=1),
    )
    with pytest.raises(DatabaseError), transaction.atomic():
        insert_and_check(row)


def insert_and_check(row: ClientSecret) -> None:
    with acting_as(OPERATOR):
        ClientSecret.objects.bulk_create([row])
        with transaction.get_connection().cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
