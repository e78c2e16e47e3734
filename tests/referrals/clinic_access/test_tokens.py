"""The token endpoint keeps RFC 6749 and RFC 6750, and a token that is stolen, late or another's opens nothing."""

import base64
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from referrals.clinic_access.models import AccessToken, ClientSecret
from referrals.clinic_access.rules import TOKENS_PER_MINUTE, Kind
from referrals.clinic_access.services import clients
from referrals.clinic_access.services.clients import NewSecret
from tests.factories.benefits import make_user, signed_in
from tests.factories.clinic_access import (
    EVERY_SCOPE,
    OPERATOR,
    TOKEN_URL,
    ask_token,
    basic,
    bearer,
    make_client,
    make_key,
    token_of,
)
from tests.factories.referrals import make_clinic
from workers.kernel import clock
from workers.kernel.actor import AUTH, acting_as
from workers.kernel.ids import new_id

pytestmark = pytest.mark.django_db

GRANT = {"grant_type": "client_credentials"}
OFFERS = "/api/v1/clinic/offers/"


@pytest.fixture(autouse=True)
def _uncounted() -> None:
    cache.clear()


@pytest.fixture
def clinic_id(now: datetime) -> UUID:
    return make_clinic().pk


@pytest.fixture
def made(clinic_id: UUID) -> NewSecret:
    return make_client(clinic_id, "offers:read", "offers:answer")


def in_body(made: NewSecret, **more: Any) -> dict[str, Any]:
    return GRANT | {"client_id": made.client.pk, "client_secret": made.secret} | more


def refused(answer: Any, status: int, error: str) -> Any:
    assert (answer.status_code, answer.json()["error"]) == (status, error), answer.content
    assert answer["Cache-Control"] == "no-store"
    assert answer["Pragma"] == "no-cache"
    assert ("WWW-Authenticate" in answer) == (status == 401)
    return answer


def test_credentials_become_a_bearer_token(made: NewSecret) -> None:
    answer = ask_token(GRANT, basic(made.client.pk, made.secret))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert (answer["Cache-Control"], answer["Pragma"]) == ("no-store", "no-cache")
    grant = answer.json()
    token = grant.pop("access_token")
    assert grant == {"token_type": "Bearer", "expires_in": 3600, "scope": "offers:answer offers:read"}
    assert bearer(token).get(OFFERS).status_code == 200


def test_credentials_may_be_in_the_body(made: NewSecret) -> None:
    assert ask_token(in_body(made)).status_code == 200


def test_a_token_may_have_a_part_of_the_scopes(made: NewSecret) -> None:
    answer = ask_token(in_body(made, scope="offers:read"))
    assert answer.json()["scope"] == "offers:read"
    program = bearer(answer.json()["access_token"])
    assert program.get(OFFERS).status_code == 200
    assert program.post(f"{OFFERS}{new_id()}/accept/", {}, content_type="application/json").status_code == 403


def test_a_scope_that_the_client_has_not_is_invalid(made: NewSecret) -> None:
    for scope in ("capacity:write", "offers:read capacity:write", "everything"):
        refused(ask_token(in_body(made, scope=scope)), 400, "invalid_scope")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        (b"grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
        (b"grant_type=client_credentials&scope=a&scope=b", "invalid_request"),
        (b"grant_type=" + b"a" * 600, "invalid_request"),
    ],
)
def test_a_request_that_is_none_is_refused_in_oauths_words(made: NewSecret, body: Any, error: str) -> None:
    refused(ask_token(body, basic(made.client.pk, made.secret)), 400, error)


def test_only_forms_are_read(made: NewSecret) -> None:
    answer = Client().post(
        TOKEN_URL, GRANT, content_type="application/json", headers=basic(made.client.pk, made.secret)
    )
    refused(answer, 400, "invalid_request")
    assert Client().get(TOKEN_URL).status_code == 405


def test_a_secret_shown_in_two_ways_is_refused(made: NewSecret) -> None:
    refused(ask_token(in_body(made), basic(made.client.pk, made.secret)), 400, "invalid_request")
    other = GRANT | {"client_id": new_id()}
    refused(ask_token(other, basic(made.client.pk, made.secret)), 400, "invalid_request")


def test_credentials_in_the_address_are_not_read(made: NewSecret) -> None:
    url = f"{TOKEN_URL}?client_id={made.client.pk}&client_secret={made.secret}&grant_type=client_credentials"
    answer = Client().post(url, "grant_type=client_credentials", content_type="application/x-www-form-urlencoded")
    refused(answer, 401, "invalid_client")


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"\xff\xfe:x").decode(),
        "Basic " + base64.b64encode(b"no-colon").decode(),
        "Bearer x",
    ],
)
def test_a_header_that_names_nobody_is_refused(authorization: str, db: None) -> None:
    refused(ask_token(GRANT, {"Authorization": authorization}), 401, "invalid_client")


def test_an_unknown_client_and_a_wrong_secret_are_one(made: NewSecret) -> None:
    """The same bytes, and the same questions to the database: no clock tells who is known."""
    told = []
    for client_id in (made.client.pk, new_id(), "no-id", ""):
        with CaptureQueriesContext(connection) as asked:
            answer = ask_token(GRANT, basic(client_id, "clinic_secret_" + "x" * 43))
        refused(answer, 401, "invalid_client")
        headers = {name: value for name, value in answer.headers.items() if name != "Trace-Id"}
        told.append((answer.content, headers, [query["sql"].replace(str(client_id), "?") for query in asked]))
    assert told[0][:2] == told[1][:2] == told[2][:2]
    assert len(told[0][2]) == len(told[1][2]) == len(told[2][2])


def test_a_key_is_not_exchanged(clinic_id: UUID) -> None:
    key = make_client(clinic_id, kind=Kind.KEY)
    refused(ask_token(in_body(key)), 400, "unauthorized_client")


def test_a_clients_secret_is_no_bearer_token(made: NewSecret) -> None:
    assert bearer(made.secret).get(OFFERS).status_code == 401


def test_a_key_works_as_it_is(clinic_id: UUID) -> None:
    assert bearer(make_key(clinic_id, "offers:read")).get(OFFERS).status_code == 200


def test_no_secret_is_kept(made: NewSecret) -> None:
    token = token_of(made)
    with acting_as(AUTH):
        kept = [
            *ClientSecret.objects.values_list("hash", flat=True),
            *AccessToken.objects.values_list("hash", flat=True),
        ]
        hint = ClientSecret.objects.get().hint
    assert not {made.secret, token} & set(kept)
    assert made.secret.endswith(hint)
    assert len(hint) == 4


# Theft: a token or secret that somebody found.


def rejected(token: str) -> None:
    answer = bearer(token).get(OFFERS)
    assert answer.status_code == 401, answer.content
    assert answer.json()["code"] == "invalid_token"
    assert answer["WWW-Authenticate"] == 'Bearer realm="api", error="invalid_token"'


def test_a_token_ends_after_an_hour(made: NewSecret, now: datetime) -> None:
    token = token_of(made)
    clock.freeze(now + timedelta(minutes=59))
    assert bearer(token).get(OFFERS).status_code == 200
    clock.freeze(now + timedelta(minutes=60))
    rejected(token)


def test_a_revoked_client_ends_at_once_with_its_tokens(made: NewSecret, now: datetime) -> None:
    token = token_of(made)
    with acting_as(OPERATOR):
        clients.revoke(client_id=made.client.pk, by=new_id(), now=now)
    rejected(token)
    refused(ask_token(in_body(made)), 401, "invalid_client")


def test_a_client_ends_when_it_expires_and_no_token_outlives_it(clinic_id: UUID, now: datetime) -> None:
    made = make_client(clinic_id, expires_at=now + timedelta(minutes=10))
    answer = ask_token(in_body(made))
    assert answer.json()["expires_in"] == 600
    clock.freeze(now + timedelta(minutes=10))
    rejected(answer.json()["access_token"])
    refused(ask_token(in_body(made)), 401, "invalid_client")


def test_a_rotated_secret_works_beside_its_successor_for_a_day(made: NewSecret, now: datetime) -> None:
    with acting_as(OPERATOR):
        new = clients.rotate(client_id=made.client.pk, by=new_id(), now=now)
    assert ask_token(in_body(made)).status_code == ask_token(in_body(new)).status_code == 200
    clock.freeze(now + timedelta(hours=24))
    refused(ask_token(in_body(made)), 401, "invalid_client")
    assert ask_token(in_body(new)).status_code == 200


def test_after_a_leak_the_secret_ends_at_once_and_the_tokens_it_bought(made: NewSecret, now: datetime) -> None:
    stolen = token_of(made)
    with acting_as(OPERATOR):
        new = clients.rotate(client_id=made.client.pk, overlap=timedelta(), by=new_id(), now=now)
    rejected(stolen)
    refused(ask_token(in_body(made)), 401, "invalid_client")
    assert bearer(token_of(new)).get(OFFERS).status_code == 200


def test_a_rotation_ends_what_an_earlier_one_left_over(made: NewSecret, now: datetime) -> None:
    with acting_as(OPERATOR):
        for _ in range(2):
            clients.rotate(client_id=made.client.pk, by=new_id(), now=now)
    refused(ask_token(in_body(made)), 401, "invalid_client")


@pytest.mark.parametrize("token", ["", "x", "clinic_token_", "clinic_token_guess", "clinic_key_guess", "é", "a b"])
def test_a_guess_opens_nothing(token: str, now: datetime) -> None:
    answer = Client().get(OFFERS, headers={"Authorization": f"Bearer {token}".encode().decode("latin-1")})
    assert answer.status_code == 401


def test_a_token_is_for_one_scope(clinic_id: UUID) -> None:
    answer = bearer(make_key(clinic_id, "capacity:write")).get(OFFERS)
    assert answer.status_code == 403
    assert (answer.json()["code"], answer.json()["scope"]) == ("insufficient_scope", "offers:read")
    assert answer["WWW-Authenticate"] == 'Bearer realm="api", error="insufficient_scope", scope="offers:read"'


def test_a_token_is_for_one_clinic(clinic_id: UUID) -> None:
    other = make_clinic(2)
    mine, theirs = make_key(clinic_id), make_key(other.pk)
    url = f"/api/v1/clinics/{other.pk}/endpoints/"
    body = {"url": "https://elsewhere.example/hooks"}
    assert bearer(mine).post(url, body, content_type="application/json").status_code == 404
    assert bearer(theirs).post(url, body, content_type="application/json").status_code == 201


def test_a_token_makes_no_token(clinic_id: UUID) -> None:
    program = bearer(make_key(clinic_id, *EVERY_SCOPE))
    made = make_client(clinic_id)
    for path in (f"clinics/{clinic_id}/api-clients", f"api-clients/{made.client.pk}"):
        assert program.get(f"/api/v1/{path}/").status_code == 403
    for word in ("rotate", "revoke"):
        assert program.post(f"/api/v1/api-clients/{made.client.pk}/{word}/").status_code == 403


def test_a_token_counts_and_not_the_cookie_beside_it(clinic_id: UUID, now: datetime) -> None:
    operator = signed_in(make_user("operator"))
    headers = {"Authorization": f"Bearer {make_key(clinic_id, 'offers:read')}"}
    assert operator.get("/api/v1/operator/urgent-screenings/").status_code == 200
    assert operator.get("/api/v1/operator/urgent-screenings/", headers=headers).status_code == 403
    assert operator.get(OFFERS, headers=headers).status_code == 200
    assert operator.get(OFFERS, headers={"Authorization": "Bearer stale"}).status_code == 401


def test_pages_and_webhooks_know_no_token(clinic_id: UUID) -> None:
    program = bearer(make_key(clinic_id))
    assert program.get("/clinic/offers/").status_code == 302
    assert program.get("/api/v1/me/").status_code == 403


def test_a_client_that_asks_too_often_waits(clinic_id: UUID, now: datetime) -> None:
    program = bearer(make_key(clinic_id, "offers:read", requests_per_minute=2))
    assert [program.get(OFFERS).status_code for _ in range(3)] == [200, 200, 429]
    last = program.get(OFFERS)
    assert last["Retry-After"] == "60"
    assert last.json()["code"] == "too_many_requests"
    clock.freeze(now + timedelta(seconds=60))
    assert program.get(OFFERS).status_code == 200


def test_tokens_are_not_asked_for_without_end(made: NewSecret) -> None:
    for _ in range(TOKENS_PER_MINUTE):
        assert ask_token(in_body(made)).status_code == 200
    answer = ask_token(in_body(made))
    refused(answer, 429, "temporarily_unavailable")
    assert answer["Retry-After"] == "60"


def test_a_use_is_noted_to_the_minute(made: NewSecret, now: datetime) -> None:
    token = token_of(made)
    for seconds, noted in ((0, 0), (59, 0), (60, 60)):
        clock.freeze(now + timedelta(seconds=seconds))
        bearer(token).get(OFFERS)
        with acting_as(AUTH):
            secret = ClientSecret.objects.select_related("client").get()
        assert secret.client.last_used_at == secret.last_used_at == now + timedelta(seconds=noted)
