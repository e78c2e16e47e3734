"""Tokens of identity providers: made, rotated and revoked by HR, shown once, hashed."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from benefits.scim.models import ScimToken
from benefits.scim.queries.tokens import find_provider
from tests.conftest import NOW
from tests.factories.benefits import hr_of, make_employer, make_hr, make_user, signed_in
from tests.factories.scim import IdentityProvider
from workers.kernel import clock
from workers.kernel.actor import AUTH, acting_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
PATH = "/api/v1/scim-tokens/"


@pytest.fixture
def employer():
    return make_employer()


@pytest.fixture
def hr(employer) -> Client:
    return signed_in(make_hr(employer.pk))


def made(hr: Client, **fields):
    response = hr.post(PATH, {"name": "Okta", **fields}, content_type="application/json")
    assert response.status_code == 201
    return response.json()


def works(token: str) -> bool:
    return bool(IdentityProvider(token).get("/ServiceProviderConfig").status_code == 200)


def test_a_token_is_shown_once_and_opens_the_door(hr):
    body = made(hr)
    assert works(body["token"])
    shown = hr.get(f"{PATH}{body['record']['id']}/").json()
    assert shown["hint"] == body["token"][-4:]
    assert body["token"] not in str(shown)


def test_only_its_hash_is_kept(hr, employer):
    token = made(hr)["token"]
    with acting_as(AUTH), connection.cursor() as cursor:
        cursor.execute("SELECT row::text FROM benefits_scim_token AS row")
        assert token not in str(cursor.fetchall())
    with pytest.raises(Exception, match="permission denied"), acting_as(hr_of(employer.pk)):
        list(ScimToken.objects.values_list("hash"))


@pytest.mark.parametrize("token", ["", "scim_", "scim_unknown", "clinic_key_x", "Bearer"])
def test_unknown_tokens_are_refused_alike(token):
    response = IdentityProvider(token).get("/Users")
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="scim"'
    assert response["Content-Type"] == "application/scim+json"
    assert response.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]


def test_a_session_is_no_token(hr):
    assert hr.get("/scim/v2/Users").status_code == 401


def test_both_tokens_work_during_the_overlap_of_a_rotation(hr):
    first = made(hr)
    second = hr.post(f"{PATH}{first['record']['id']}/rotate/", {"overlap_hours": 2}, content_type="application/json")
    assert second.status_code == 201
    assert works(first["token"])
    assert works(second.json()["token"])
    clock.freeze(NOW + timedelta(hours=2))
    assert not works(first["token"])
    assert works(second.json()["token"])


def test_after_a_leak_the_former_token_ends_at_once(hr):
    first = made(hr)
    hr.post(f"{PATH}{first['record']['id']}/rotate/", {"overlap_hours": 0}, content_type="application/json")
    assert not works(first["token"])


def test_a_token_is_rotated_once(hr):
    first = made(hr)
    path = f"{PATH}{first['record']['id']}/rotate/"
    hr.post(path, {}, content_type="application/json")
    again = hr.post(path, {}, content_type="application/json")
    assert (again.status_code, again.json()["code"]) == (409, "token_ended")


def test_a_revoked_token_opens_nothing(hr):
    body = made(hr)
    first = hr.post(f"{PATH}{body['record']['id']}/revoke/")
    again = hr.post(f"{PATH}{body['record']['id']}/revoke/")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["revoked_at"] == again.json()["revoked_at"]
    assert not works(body["token"])


def test_use_is_noted_to_the_minute(hr, employer):
    body = made(hr)
    for seconds, noted in ((0, 0), (30, 0), (90, 90)):
        clock.freeze(NOW + timedelta(seconds=seconds))
        assert works(body["token"])
        with acting_as(hr_of(employer.pk)):
            [used] = ScimToken.objects.values_list("last_used_at", flat=True)
        assert used == NOW + timedelta(seconds=noted)


def test_who_did_what_is_kept_for_ever(hr, employer):
    body = made(hr)
    path = f"{PATH}{body['record']['id']}/"
    hr.post(f"{path}rotate/", {}, content_type="application/json")
    hr.post(f"{path}revoke/")
    changes = hr.get(f"{path}changes/").json()["results"]
    assert [change["change"] for change in changes] == ["revoked", "rotated", "created"]
    assert len({change["by_id"] for change in changes}) == 1


def test_other_employers_and_other_roles_have_no_part_in_it(hr):
    body = made(hr)
    stranger = signed_in(make_hr(make_employer().pk))
    for method, path in (("get", ""), ("post", "rotate/"), ("post", "revoke/"), ("get", "changes/")):
        response = getattr(stranger, method)(f"{PATH}{body['record']['id']}/{path}", content_type="application/json")
        assert response.status_code == 404
    assert stranger.get(PATH).json()["results"] == []
    assert signed_in(make_user("operator")).get(PATH).status_code == 403


def test_a_token_cannot_make_tokens(hr):
    token = made(hr)["token"]
    assert Client().get(PATH, headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_a_token_is_looked_up_by_nothing_but_its_hash(hr):
    made(hr)
    with acting_as(AUTH):
        assert find_provider("scim_%", now=NOW) is None


def test_too_many_requests_are_told_when_to_come_again(hr, monkeypatch):
    monkeypatch.setattr("benefits.scim.api.wire.REQUESTS_PER_MINUTE", 1)
    provider = IdentityProvider(made(hr)["token"])
    answers = [provider.get("/Users") for _ in range(3)]
    if 429 in [answer.status_code for answer in answers]:  # the cache may be away: then nobody is held up
        assert int(answers[-1]["Retry-After"]) >= 1
