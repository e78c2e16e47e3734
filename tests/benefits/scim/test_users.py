"""Users: what SCIM says, and that a member's life follows it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from benefits.eligibility.models import ChangeSet
from benefits.enrollment.models import Enrollment, Member
from tests.conftest import NOW
from tests.factories.benefits import activate, apply_people, hr_of, make_employer, make_person, make_plan
from tests.factories.scim import BENEFIT, ENTERPRISE, PATCH_OP, IdentityProvider, make_provider, user_body
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ANA = make_person("E1", work_email="ana@employer.example")
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


@pytest.fixture
def employer():
    employer = make_employer()
    make_plan(employer.pk)
    return employer


@pytest.fixture
def provider(employer) -> IdentityProvider:
    return make_provider(employer.pk)


@pytest.fixture
def ana(provider):
    response = provider.create(user_body(ANA))
    assert response.status_code == 201, response.content
    return response.json()


def member(employer, number: str = "E1") -> Member:
    with acting_as(hr_of(employer.pk)):
        return Member.objects.get(employee_number=number)


def change_sets(employer) -> list[tuple[str, str]]:
    with acting_as(hr_of(employer.pk)):
        return list(ChangeSet.objects.order_by("id").values_list("door", "status"))


def refused(response, status: int, scim_type: str = "") -> str:
    assert response.status_code == status, response.content
    body = response.json()
    assert response["Content-Type"] == "application/scim+json"
    assert body["schemas"] == [ERROR]
    assert body["status"] == str(status)
    assert body.get("scimType", "") == scim_type
    return str(body["detail"])


def test_a_user_who_is_provisioned_is_covered(provider, employer, ana):
    assert member(employer).first_name == "Ana"
    with acting_as(hr_of(employer.pk)):
        assert Enrollment.objects.filter(member__employee_number="E1").count() == 1
    assert change_sets(employer) == [("scim", "applied")]


def test_the_answer_is_the_user(provider, ana):
    sent = user_body(ANA)
    for name in ("userName", "externalId", "name", "active", ENTERPRISE, BENEFIT):
        assert ana[name] == sent[name]
    assert {(one["type"], one["value"]) for one in ana["emails"]} == {
        ("work", "ana@employer.example"),
        ("home", "E1@home.example"),
    }
    assert ana["meta"]["resourceType"] == "User"
    assert ana["meta"]["location"].endswith(f"/scim/v2/Users/{ana['id']}")
    assert set(ana["schemas"]) == set(sent["schemas"])


def test_the_answer_names_version_and_place(provider):
    response = provider.create(user_body(ANA))
    assert response["Location"] == response.json()["meta"]["location"]
    assert response["ETag"] == response.json()["meta"]["version"]
    assert response["Content-Type"] == "application/scim+json"


def test_a_user_is_read_again(provider, ana):
    response = provider.get(f"/Users/{ana['id']}")
    assert response.json() == ana


def test_who_has_this_version_gets_nothing_new(provider, ana):
    response = provider.get(f"/Users/{ana['id']}", **{"If-None-Match": ana["meta"]["version"]})
    assert (response.status_code, response.content) == (304, b"")


def test_attributes_may_be_chosen(provider, ana):
    chosen = provider.get(f"/Users/{ana['id']}?attributes=userName").json()
    assert set(chosen) == {"schemas", "id", "userName"}
    left_out = provider.get(f"/Users/{ana['id']}?excludedAttributes=name,emails").json()
    assert "name" not in left_out
    assert "userName" in left_out


def test_a_member_known_by_another_door_is_taken_over(provider, employer):
    apply_people(employer.pk, ANA)
    body = user_body(ANA)
    del body[BENEFIT], body["addresses"]
    response = provider.create(body)
    assert response.status_code == 201
    assert response.json()[BENEFIT]["dateOfBirth"] == "1985-05-17"
    with acting_as(hr_of(employer.pk)):
        assert Member.objects.count() == 1


@pytest.mark.parametrize(
    "other", [{}, {"userName": "e1@EMPLOYER.example", ENTERPRISE: {"employeeNumber": "E2"}}, {"userName": "other"}]
)
def test_a_user_is_unique_by_name_and_by_number(provider, employer, ana, other):
    refused(provider.create(user_body(ANA) | other), 409, "uniqueness")
    with acting_as(hr_of(employer.pk)):
        assert Member.objects.count() == 1
    assert len(change_sets(employer)) == 1


def test_the_same_names_at_another_employer_are_nobodys_business(ana):
    other = make_employer()
    make_plan(other.pk)
    assert make_provider(other.pk).create(user_body(ANA)).status_code == 201


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({ENTERPRISE: {}}, "employeeNumber"),
        ({BENEFIT: {"hireDate": "2020-03-01"}}, "dateOfBirth"),
        ({BENEFIT: {"dateOfBirth": "1985-02-31", "hireDate": "2020-03-01"}}, "dateOfBirth"),
        ({"addresses": [{"region": "XX", "postalCode": "94110"}]}, "addresses.region"),
        ({"addresses": []}, "addresses.postalCode"),
        ({"name": {"givenName": "Ana"}}, "name.familyName"),
        ({"name": {"givenName": "=cmd()", "familyName": "B"}}, "name.givenName"),
        ({"emails": [{"type": "home", "value": "no address"}]}, "emails"),
        ({"userName": " "}, "userName"),
        ({"userName": "x" * 255}, "userName"),
        ({"userName": "x\0"}, "userName"),
        ({"externalId": "x\0"}, "externalId"),
        ({"name": {"givenName": "A\0", "familyName": "B"}}, "name.givenName"),
        ({"emails": [{"type": "home", "value": "a\0@b.example"}]}, "emails"),
        ({"externalId": "x" * 201}, "externalId"),
    ],
)
def test_what_is_missing_or_wrong_is_named_by_its_attribute(provider, employer, change, named):
    assert named in refused(provider.create(user_body(ANA) | change), 400, "invalidValue")
    with acting_as(hr_of(employer.pk)):
        assert not Member.objects.exists()
    assert change_sets(employer) == []


def test_who_has_left_is_not_provisioned(provider, employer):
    assert "active" in refused(provider.create(user_body(ANA) | {"active": False}), 400, "invalidValue")
    assert change_sets(employer) == []


def test_somebody_new_may_have_a_last_day_ahead(provider, employer):
    body = user_body(replace(ANA, end_date=date(2026, 6, 30))) | {"active": True}
    response = provider.create(body)
    assert response.status_code == 201, response.content
    assert response.json()[BENEFIT]["endDate"] == "2026-06-30"
    assert response.json()["active"] is True
    assert member(employer).end_date == date(2026, 6, 30)


def test_a_user_without_a_name_of_the_provider_is_refused(provider):
    body = user_body(ANA)
    del body["userName"]
    refused(provider.create(body), 400, "invalidValue")


def test_deactivating_ends_employment_today(provider, employer, ana):
    response = provider.patch(ana["id"], {"op": "replace", "path": "active", "value": False})
    assert response.json()["active"] is False
    assert member(employer).end_date == NOW.date()
    assert response.json()["meta"]["version"] != ana["meta"]["version"]


def test_the_last_day_may_lie_behind(provider, employer, ana):
    provider.patch(
        ana["id"],
        {"op": "replace", "path": f"{BENEFIT}:endDate", "value": "2026-02-28"},
        {"op": "replace", "path": "active", "value": False},
    )
    assert member(employer).end_date == date(2026, 2, 28)


def test_a_last_day_ahead_leaves_somebody_active_until_then(provider, employer, ana):
    response = provider.patch(ana["id"], {"op": "add", "path": f"{BENEFIT}:endDate", "value": "2026-03-31"})
    assert response.json()["active"] is True
    assert member(employer).end_date == date(2026, 3, 31)
    clock.freeze(NOW + timedelta(days=40))
    assert provider.get(f"/Users/{ana['id']}").json()["active"] is False


def test_activating_again_reinstates(provider, employer, ana):
    provider.patch(ana["id"], {"op": "replace", "path": "active", "value": False})
    again = provider.patch(ana["id"], {"op": "replace", "path": "active", "value": True}).json()
    assert again["active"] is True
    assert "endDate" not in again[BENEFIT]
    assert member(employer).end_date is None


def test_a_change_of_a_fact_is_a_change_set_of_one_row(provider, employer, ana):
    provider.patch(ana["id"], {"op": "replace", "path": "name.familyName", "value": "Ruiz"})
    assert member(employer).last_name == "Ruiz"
    assert change_sets(employer) == [("scim", "applied")] * 2


def test_what_changes_nothing_leaves_no_trace(provider, employer, ana):
    response = provider.patch(ana["id"], {"op": "replace", "path": "name.familyName", "value": ANA.last_name})
    assert response.json() == ana
    assert len(change_sets(employer)) == 1


def test_a_new_name_of_the_provider_is_not_the_members(provider, employer, ana):
    before = member(employer).version
    response = provider.patch(ana["id"], {"op": "replace", "path": "userName", "value": "new@employer.example"})
    assert response.json()["userName"] == "new@employer.example"
    assert member(employer).version == before
    assert len(change_sets(employer)) == 1


def test_all_operations_of_a_patch_or_none(provider, employer, ana):
    response = provider.patch(
        ana["id"],
        {"op": "replace", "path": "name.familyName", "value": "Ruiz"},
        {"op": "replace", "path": f"{BENEFIT}:hireDate", "value": "2020-02-31"},
    )
    assert "hireDate" in refused(response, 400, "invalidValue")
    assert member(employer).last_name == ANA.last_name
    assert provider.get(f"/Users/{ana['id']}").json() == ana


def test_what_is_removed_is_gone_where_a_member_can_be_without(provider, employer, ana):
    provider.patch(ana["id"], {"op": "add", "path": f"{BENEFIT}:workLocation", "value": "Reno"})
    response = provider.patch(ana["id"], {"op": "remove", "path": f"{BENEFIT}:workLocation"})
    assert "workLocation" not in response.json()[BENEFIT]
    assert member(employer).work_location == ""
    for path in ("name", "addresses", f"{BENEFIT}:dateOfBirth"):
        refused(provider.patch(ana["id"], {"op": "remove", "path": path}), 400, "invalidValue")


def test_the_employee_number_never_changes(provider, ana):
    operation = {"op": "replace", "path": f"{ENTERPRISE}:employeeNumber", "value": "E2"}
    refused(provider.patch(ana["id"], operation), 400, "mutability")
    body = user_body(ANA) | {ENTERPRISE: {"employeeNumber": "E2"}}
    refused(provider.send("PUT", f"/Users/{ana['id']}", body), 400, "mutability")


def test_a_replacement_replaces(provider, employer, ana):
    new = replace(ANA, last_name="Ruiz", postal_code="10025", state="NY", timezone="America/New_York")
    response = provider.send("PUT", f"/Users/{ana['id']}", user_body(new))
    assert response.status_code == 200
    assert response.json()["name"]["familyName"] == "Ruiz"
    assert member(employer).state == "NY"


def test_a_replacement_that_leaves_out_names_and_addresses_clears_them_and_keeps_the_member(provider, employer, ana):
    response = provider.send("PUT", f"/Users/{ana['id']}", {"schemas": ana["schemas"][:1], "userName": "just-this"})
    assert response.status_code == 200, response.content
    body = response.json()
    assert body["userName"] == "just-this"
    assert "externalId" not in body
    assert "emails" not in body
    assert body["name"] == ana["name"]
    assert body["active"] is True
    assert member(employer).date_of_birth == ANA.date_of_birth


def test_a_replacement_that_is_silent_about_active_does_not_reinstate(provider, employer, ana):
    provider.patch(ana["id"], {"op": "replace", "path": "active", "value": False})
    body = {"schemas": ana["schemas"][:1], "userName": ana["userName"]}
    assert provider.send("PUT", f"/Users/{ana['id']}", body).json()["active"] is False


def test_deleting_ends_employment_and_forgets_the_user(provider, employer, ana):
    assert provider.send("DELETE", f"/Users/{ana['id']}").status_code == 204
    assert member(employer).end_date == NOW.date()
    refused(provider.get(f"/Users/{ana['id']}"), 404)
    refused(provider.send("DELETE", f"/Users/{ana['id']}"), 404)
    assert provider.find('userName sw "E1"')["totalResults"] == 0


def test_who_was_deleted_may_come_back_as_the_same_member(provider, employer, ana):
    before = member(employer).pk
    provider.send("DELETE", f"/Users/{ana['id']}")
    again = provider.create(user_body(ANA))
    assert again.status_code == 201
    assert again.json()["id"] != ana["id"]
    assert member(employer).pk == before
    assert member(employer).end_date is None


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_version_that_is_not_the_latest_changes_nothing(provider, ana, method):
    provider.patch(ana["id"], {"op": "replace", "path": "userName", "value": "new"})
    body = {"PUT": user_body(ANA), "PATCH": {"Operations": [{"op": "replace", "path": "userName", "value": "x"}]}}
    response = provider.send(method, f"/Users/{ana['id']}", body.get(method), **{"If-Match": ana["meta"]["version"]})
    refused(response, 412)
    assert provider.get(f"/Users/{ana['id']}").json()["userName"] == "new"


def test_the_latest_version_may_be_named(provider, ana):
    operation = {"op": "replace", "path": "userName", "value": "new"}
    assert provider.patch(ana["id"], operation, **{"If-Match": ana["meta"]["version"]}).status_code == 200


def test_the_version_follows_changes_of_other_doors(provider, employer, ana):
    apply_people(employer.pk, replace(ANA, last_name="Ruiz"))
    after = provider.get(f"/Users/{ana['id']}").json()
    assert after["name"]["familyName"] == "Ruiz"
    assert after["meta"]["version"] != ana["meta"]["version"]


def test_addresses_of_another_door_stay_while_the_provider_repeats_its_own(provider, employer, ana):
    apply_people(employer.pk, replace(ANA, personal_email="new@home.example"))
    kept = member(employer).contact_hash
    provider.patch(ana["id"], {"op": "replace", "path": "userName", "value": "new"})
    assert member(employer).contact_hash == kept


@pytest.mark.parametrize("path", ["/Users/not-an-id", "/Users/00000000-0000-0000-0000-000000000000"])
def test_unknown_users_are_unknown_in_scims_words(provider, path):
    refused(provider.get(path), 404)


def test_another_employers_user_is_unknown_in_the_same_words(ana):
    stranger = make_provider(make_employer().pk)
    for method, body in (("GET", None), ("PUT", user_body(ANA)), ("PATCH", {"Operations": []}), ("DELETE", None)):
        response = stranger.send(method, f"/Users/{ana['id']}", body)
        assert response.status_code in (400, 404) if method == "PATCH" else response.status_code == 404
    assert stranger.get("/Users").json()["totalResults"] == 0


def test_nothing_tells_whether_somebody_activated_their_account(provider, employer, ana):
    activate(member(employer))
    assert provider.get(f"/Users/{ana['id']}").json() == ana
    ended = provider.patch(ana["id"], {"op": "replace", "path": "active", "value": False})
    assert ended.status_code == 200
    with acting_as(WORKER):
        assert "activat" not in str(ended.json()).lower()


def test_undoing_what_a_provider_added_takes_the_user_away_until_they_come_again(provider, employer, ana):
    from benefits.eligibility import services as eligibility  # noqa: PLC0415

    with acting_as(hr_of(employer.pk)):
        change_set = ChangeSet.objects.get()
        eligibility.undo(change_set_id=change_set.pk, by=employer.pk, now=NOW)
    refused(provider.get(f"/Users/{ana['id']}"), 404)
    assert provider.create(user_body(ANA)).status_code == 201


def test_the_same_creation_twice_at_once_makes_one_user(provider, employer):
    """See test_races.py for the race itself; one after the other it is a refusal."""
    assert provider.create(user_body(ANA)).status_code == 201
    refused(provider.create(user_body(ANA)), 409, "uniqueness")


def test_a_nul_character_is_refused_wherever_it_stands(provider):
    body = user_body(ANA)
    body[ENTERPRISE]["employeeNumber"] = "\0"
    assert f"{ENTERPRISE}.employeeNumber" in refused(provider.create(body), 400, "invalidValue")


@pytest.mark.parametrize("operations", [True, -1, 1e308, "replace", {"op": "replace"}])
def test_operations_that_are_no_list_are_refused(provider, ana, operations):
    body = {"schemas": [PATCH_OP], "Operations": operations}
    response = provider.send("PATCH", f"/Users/{ana['id']}", body)
    assert response.status_code == 400, response.content
