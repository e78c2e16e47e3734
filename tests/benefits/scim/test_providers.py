"""The two identity providers that most employers have, in the requests that they document."""

import pytest

from benefits.enrollment.models import Member
from tests.conftest import NOW
from tests.factories.benefits import hr_of, make_employer, make_person, make_plan
from tests.factories.scim import BENEFIT, CORE, ENTERPRISE, PATCH_OP, make_provider, user_body
from workers.kernel.actor import acting_as
from workers.kernel.ids import new_id

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ANA = make_person("E1", personal_email="", work_email="ana@employer.example")


@pytest.fixture
def employer():
    employer = make_employer()
    make_plan(employer.pk)
    return employer


@pytest.fixture
def provider(employer):
    return make_provider(employer.pk)


@pytest.fixture
def ana(provider):
    return provider.create(user_body(ANA)).json()


def member(employer) -> Member:
    with acting_as(hr_of(employer.pk)):
        return Member.objects.get()


# Microsoft Entra: https://learn.microsoft.com/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups


def test_entra_tests_the_connection_by_a_user_who_does_not_exist(provider):
    page = provider.find(f'userName eq "{new_id()}"')
    assert (page["totalResults"], page.get("Resources", [])) == (0, [])
    assert page["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:ListResponse"]


def test_entra_sends_its_whole_default_mapping(provider, employer):
    body = user_body(ANA) | {
        "displayName": "Ana García",
        "title": "Engineer",
        "userType": "Member",
        "phoneNumbers": [{"type": "mobile", "value": "555"}],
        "meta": {"resourceType": "User"},
        "active": "True",
    }
    body[ENTERPRISE] |= {"department": "R&D", "manager": {"value": "x"}}
    response = provider.create(body)
    assert response.status_code == 201, response.content
    answered = response.json()
    assert answered["active"] is True
    assert "title" not in answered
    assert answered[ENTERPRISE] == {"employeeNumber": "E1"}


def test_entra_disables_a_user(provider, employer, ana):
    response = provider.patch(ana["id"], {"op": "Replace", "path": "active", "value": "False"})
    assert response.status_code == 200, response.content
    assert response.json()["active"] is False
    assert member(employer).end_date == NOW.date()


def test_entra_adds_and_replaces_single_values(provider, employer, ana):
    response = provider.patch(
        ana["id"],
        {"op": "Add", "path": 'emails[type eq "home"].value', "value": "ana@home.example"},
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "new@employer.example"},
        {"op": "Replace", "path": "name.familyName", "value": "Ruiz"},
        {"op": "Replace", "path": 'addresses[type eq "home"].postalCode', "value": "10025"},
        {"op": "Replace", "path": 'addresses[type eq "home"].region', "value": "NY"},
        {"op": "Add", "path": f"{BENEFIT}:workLocation", "value": "Reno"},
        {"op": "Replace", "path": f"{ENTERPRISE}:department", "value": "Sales"},
        {"op": "Replace", "path": "title", "value": "Boss"},
    )
    assert response.status_code == 200, response.content
    body = response.json()
    assert {one["type"]: one["value"] for one in body["emails"]} == {
        "home": "ana@home.example",
        "work": "new@employer.example",
    }
    found = member(employer)
    assert (found.last_name, found.state, found.postal_code, found.work_location) == ("Ruiz", "NY", "10025", "Reno")


def test_entra_removes_a_value(provider, ana):
    response = provider.patch(ana["id"], {"op": "Remove", "path": 'emails[type eq "work"]'})
    assert response.status_code == 200, response.content
    assert "emails" not in response.json()


def test_entra_keeps_a_work_address(provider, employer):
    body = user_body(ANA)
    body["addresses"][0]["type"] = "work"
    ana = provider.create(body).json()
    assert ana["addresses"][0]["type"] == "work"
    operation = {"op": "Replace", "path": 'addresses[type eq "work"].postalCode', "value": "94117"}
    assert provider.patch(ana["id"], operation).json()["addresses"][0]["postalCode"] == "94117"


# Okta: https://developer.okta.com/docs/api/openapi/okta-scim/guides/scim-20/


def test_okta_tests_the_connection_by_a_page_of_two(provider):
    page = provider.get("/Users?startIndex=1&count=2").json()
    assert (page["totalResults"], page["startIndex"]) == (0, 1)


def test_okta_creates_a_user_and_reads_it_back(provider):
    body = user_body(ANA) | {"displayName": "Ana", "locale": "en-US", "groups": [], "password": "1mz050nq"}
    response = provider.send("POST", "/Users", body, media_type="application/scim+json; charset=utf-8")
    assert response.status_code == 201, response.content
    assert b"1mz050nq" not in response.content
    found = provider.find(f'userName eq "{body["userName"]}"', startIndex=1, count=100)
    assert [user["id"] for user in found["Resources"]] == [response.json()["id"]]


def test_okta_deactivates_without_a_path(provider, employer, ana):
    response = provider.patch(ana["id"], {"op": "replace", "value": {"active": False}})
    assert response.json()["active"] is False
    assert member(employer).end_date == NOW.date()


def test_okta_updates_by_replacing_the_whole_user(provider, employer, ana):
    body = ana | {"name": {"givenName": "Ana", "familyName": "Ruiz"}}
    response = provider.send("PUT", f"/Users/{ana['id']}", body)
    assert response.status_code == 200, response.content
    assert member(employer).last_name == "Ruiz"


def test_okta_sends_plain_json_too(provider):
    response = provider.send("POST", "/Users", user_body(ANA), media_type="application/json")
    assert response.status_code == 201
    assert response["Content-Type"] == "application/scim+json"


def test_whatever_a_client_accepts_it_gets_scim(provider):
    for accepted in ("application/json", "text/html", "*/*", "application/scim+json"):
        response = provider.get("/Users", Accept=accepted)
        assert (response.status_code, response["Content-Type"]) == (200, "application/scim+json")


@pytest.mark.parametrize(
    ("body", "scim_type"),
    [
        ("{", "invalidSyntax"),
        ("[" * 9_000, "invalidSyntax"),
        ("null", "invalidSyntax"),
        ("[]", "invalidSyntax"),
        ('"text"', "invalidSyntax"),
        ({"schemas": [PATCH_OP]}, ""),
        ({"schemas": [PATCH_OP], "Operations": []}, ""),
        ({"schemas": [PATCH_OP], "Operations": [{"op": "explode", "path": "active"}]}, ""),
        ({"schemas": [PATCH_OP], "Operations": [{"op": "remove"}]}, "noTarget"),
        ({"schemas": [PATCH_OP], "Operations": [{"op": "add", "path": "name["}]}, "invalidPath"),
        ({"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "id", "value": "x"}]}, "mutability"),
        ({"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "active", "value": "perhaps"}]}, ""),
        ({"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "name", "value": 7}]}, ""),
        ({"schemas": [PATCH_OP], "Operations": [{"op": "remove", "path": "userName"}]}, "mutability"),
        (
            {"schemas": [PATCH_OP], "Operations": [{"op": "add", "path": "userName", "value": "x"}] * 101},
            "invalidValue",
        ),
    ],
)
def test_a_bad_patch_is_refused_and_changes_nothing(provider, ana, body, scim_type):
    response = provider.send("PATCH", f"/Users/{ana['id']}", body)
    assert response.status_code == 400, response.content
    refusal = response.json()
    assert refusal["detail"]
    assert not scim_type or refusal["scimType"] == scim_type
    assert provider.get(f"/Users/{ana['id']}").json() == ana


@pytest.mark.parametrize(
    "body", ["{", "null", "[]", '{"schemas": 1}', '{"userName": {}}', '{"userName": "a\\ud800"}', "7"]
)
def test_a_bad_user_is_refused(provider, body):
    response = provider.send("POST", "/Users", body)
    assert response.status_code == 400, response.content
    assert response.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]


def test_another_media_type_is_refused_in_scims_words(provider):
    response = provider.send("POST", "/Users", "userName=a", media_type="application/x-www-form-urlencoded")
    assert (response.status_code, response["Content-Type"]) == (415, "application/scim+json")


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/Groups", 404), ("DELETE", "/Users", 405)])
def test_what_is_not_offered_is_refused_in_scims_words(provider, method, path, status):
    response = provider.send(method, path)
    assert (response.status_code, response["Content-Type"]) == (status, "application/scim+json")


def test_the_service_describes_itself(provider):
    configuration = provider.get("/ServiceProviderConfig").json()
    assert configuration["patch"] == {"supported": True}
    assert configuration["bulk"]["supported"] is False
    assert configuration["filter"] == {"supported": True, "maxResults": 200}
    assert configuration["authenticationSchemes"][0]["type"] == "oauthbearertoken"
    schemas = {schema["id"] for schema in provider.get("/Schemas").json()["Resources"]}
    assert schemas == {CORE, ENTERPRISE, BENEFIT}
    assert provider.get(f"/Schemas/{BENEFIT}").json()["id"] == BENEFIT
    [kind] = provider.get("/ResourceTypes").json()["Resources"]
    assert (kind["id"], kind["endpoint"], kind["schema"]) == ("User", "/Users", CORE)
    assert provider.get("/ResourceTypes/User").json() == kind
    assert provider.get("/ResourceTypes/Group").status_code == 404
    assert provider.get("/Schemas/urn:x").status_code == 404
    assert provider.get("/Schemas?filter=id pr").status_code == 403
