"""Finding users: filters by the grammar and nothing but it, pages."""

import json
from contextlib import suppress
from dataclasses import replace
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scim2_models import InvalidFilterException

from benefits.scim.models import ScimUser
from benefits.scim.queries.filters import condition_of
from tests.conftest import NOW
from tests.factories.benefits import make_employer, make_person, make_plan
from tests.factories.scim import BENEFIT, ENTERPRISE, make_provider, user_body

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ANA = make_person("A1", work_email="ana@employer.example")
BEN = make_person("B2", first_name="Ben", last_name="O'Neil", personal_email="ben_100%@home.example")
CEM = make_person("C3", first_name="Cem", last_name="Öz", personal_email="")


@pytest.fixture
def provider():
    employer = make_employer()
    make_plan(employer.pk)
    provider = make_provider(employer.pk)
    for person in (ANA, BEN, CEM):
        assert provider.create(user_body(person)).status_code == 201
    [cem] = provider.find('externalId eq "ext-C3"')["Resources"]
    provider.patch(cem["id"], {"op": "replace", "path": "active", "value": False})
    return provider


def found(provider, filter: str) -> set[str]:
    page = provider.find(filter)
    users = page.get("Resources", [])
    assert page["totalResults"] == len(users)
    return {user[ENTERPRISE]["employeeNumber"] for user in users}


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ('userName eq "A1@employer.example"', {"A1"}),
        ('userName eq "a1@EMPLOYER.example"', {"A1"}),
        ('USERNAME EQ "A1@employer.example"', {"A1"}),
        ('urn:ietf:params:scim:schemas:core:2.0:User:userName sw "b2"', {"B2"}),
        ('userName ne "A1@employer.example"', {"B2", "C3"}),
        ('externalId eq "ext-B2"', {"B2"}),
        ('name.familyName co "neil"', {"B2"}),
        ('name.familyName eq "O\'Neil"', {"B2"}),
        ('name.givenName sw "C"', {"C3"}),
        ('userName ew ".example"', {"A1", "B2", "C3"}),
        (f'{ENTERPRISE}:employeeNumber eq "A1"', {"A1"}),
        (f'{BENEFIT}:hireDate ge "2020-01-01"', {"A1", "B2", "C3"}),
        (f'{BENEFIT}:dateOfBirth lt "1980-01-01"', set()),
        (f"{BENEFIT}:endDate pr", {"C3"}),
        ("active eq true", {"A1", "B2"}),
        ("active eq false", {"C3"}),
        ('active eq "False"', {"C3"}),
        ('emails.value eq "ana@employer.example"', {"A1"}),
        ('emails eq "ana@employer.example"', {"A1"}),
        ('emails[type eq "work" and value co "ana"]', {"A1"}),
        ('emails[type eq "home"]', {"A1", "B2"}),
        ('emails[type eq "home" and value co "ana"]', set()),
        ('emails.type eq "work"', {"A1"}),
        ("emails pr", {"A1", "B2"}),
        ('emails.value co "100%"', {"B2"}),
        ('emails.value co "n_1"', {"B2"}),
        ('emails.value co "a_a"', set()),
        ('userName sw "A" and active eq true', {"A1"}),
        ('userName sw "A" or userName sw "C"', {"A1", "C3"}),
        ('not (userName sw "A")', {"B2", "C3"}),
        ('userName sw "A" or userName sw "B" and active eq false', {"A1"}),
        ('(userName sw "A" or userName sw "B") and active eq false', set()),
        ('meta.created ge "2026-01-01T00:00:00Z"', {"A1", "B2", "C3"}),
        ('meta.lastModified gt "2026-12-31T00:00:00Z"', set()),
        ('id eq "nobody"', set()),
    ],
)
def test_a_filter_means_what_the_standard_says(provider, filter, expected):
    assert found(provider, filter) == expected


@pytest.mark.parametrize(
    "filter",
    [
        "userName",
        "userName eq",
        'userName eq "x',
        'userName xx "x"',
        'password eq "x"',
        'member__employer__name eq "x"',
        'userName__regex eq "x"',
        'userName eq "x"; DROP TABLE benefits_member',
        "userName eq 'x' OR 1=1",
        'userName eq "x" or 1 eq 1',
        'userName gt "x"',
        'active co "t"',
        'addresses.region eq "CA"',
        'meta.created gt "yesterday"',
        f'{BENEFIT}:hireDate ge "2020-02-31"',
        'userName eq "' + "x" * 2_000 + '"',
    ],
)
def test_what_is_no_filter_here_is_refused(provider, filter):
    response = provider.get(f"/Users?filter={quote(filter)}")
    assert response.status_code == 400, response.content
    assert response.json()["scimType"] == "invalidFilter"


@given(st.text(max_size=40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
def test_no_value_reaches_beyond_its_comparison(provider, value):
    """Whatever stands in quotes finds at most who has it: it is a parameter and never a part of a statement."""
    if "\0" in value:
        return
    condition = condition_of(f"userName eq {json.dumps(value)}", today=NOW.date())
    assert ScimUser.objects.none().filter(condition).count() == 0
    assert [child[1] for child in condition.children] == [value]  # type: ignore[index]


@given(st.text(alphabet="userName eq\"()[].:andotpr\\ '%_0", max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
def test_any_text_is_a_condition_or_refused(value):
    with suppress(InvalidFilterException):
        condition_of(value, today=NOW.date())


def test_nul_in_a_filter_is_refused_or_finds_nobody(provider):
    response = provider.get(f"/Users?filter={quote('userName eq ' + chr(34) + chr(92) + 'u0000' + chr(34))}")
    assert response.status_code in (200, 400)
    assert response.status_code == 400 or response.json()["totalResults"] == 0


def test_pages_count_from_one_and_cover_everybody_once(provider):
    numbers = []
    for start in (1, 2, 3):
        page = provider.get(f"/Users?startIndex={start}&count=1").json()
        assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (3, start, 1)
        numbers += [user[ENTERPRISE]["employeeNumber"] for user in page["Resources"]]
    assert numbers == ["A1", "B2", "C3"]


@pytest.mark.parametrize(
    ("query", "number"), [("count=0", 0), ("startIndex=0", 3), ("startIndex=-5", 3), ("count=-1", 0)]
)
def test_pages_outside_are_brought_inside(provider, query, number):
    page = provider.get(f"/Users?{query}").json()
    assert page["totalResults"] == 3
    assert len(page.get("Resources", [])) == number


def test_a_page_beyond_the_end_is_empty(provider):
    page = provider.get("/Users?startIndex=1000000000000000000000&count=5")
    assert (page.status_code, page.json()["totalResults"]) == (200, 3)
    assert provider.get("/Users?startIndex=50").json()["totalResults"] == 3


def test_a_page_is_never_longer_than_promised(provider, monkeypatch):
    monkeypatch.setattr("benefits.scim.api.users.MOST_RESULTS", 2)
    assert len(provider.get("/Users?count=1000").json()["Resources"]) == 2


def test_the_same_may_be_asked_in_a_body(provider):
    body = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": 'name.givenName eq "ben"',
        "attributes": ["userName"],
    }
    page = provider.send("POST", "/Users/.search", body).json()
    assert page["totalResults"] == 1
    assert set(page["Resources"][0]) == {"schemas", "id", "userName"}


def test_who_never_came_through_scim_is_not_listed(provider):
    stranger = replace(ANA, employee_number="D4")
    assert found(provider, f'{ENTERPRISE}:employeeNumber eq "{stranger.employee_number}"') == set()
