"""Every referral, in whatever state, is a bundle that R4 allows; and the judges bite."""

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from referrals.fhir.rules import codes
from referrals.fhir.rules.facts import Agreed, Asked, Person, Practice, Referral
from referrals.fhir.rules.resources import bundle, instant, outcome
from referrals.offers.rules import OfferStatus
from referrals.requests.rules import RequestStatus
from tests.referrals.fhir.r4 import REQUIRED, judge, published_codes, unjudged

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
BENEFIT = Practice(id=UUID(int=9), name="Benefit Team")
ids = st.uuids()
instants = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=40)
practices = st.builds(
    Practice,
    id=ids,
    name=words,
    npi=st.just("1234567893"),
    street=words,
    city=words,
    state=st.just("NY"),
    postal_code=st.just("10001"),
)
people = st.builds(
    Person,
    id=ids,
    first_name=words,
    last_name=words,
    date_of_birth=st.dates(date(1900, 1, 1), date(2020, 1, 1)),
    email=st.sampled_from(["", "ana@home.example"]),
    postal_code=st.just("10025"),
    state=st.just("NY"),
    language=st.sampled_from(["en", "es"]),
)
offers = st.builds(
    Asked,
    id=ids,
    clinic=practices,
    status=st.sampled_from(list(OfferStatus)),
    reason=st.sampled_from(["", "no_answer"]),
    respond_by=instants,
    made_at=st.just(NOW),
    changed_at=st.just(NOW + timedelta(hours=1)),
)


CLINIC = Agreed(kind="clinic", version="2026-01", at=NOW, until=NOW + timedelta(days=365))
SUBSTANCE_USE = replace(CLINIC, kind="substance_use", is_substance_use=True)


@st.composite
def referrals(draw: Any) -> Referral:
    asked = tuple(draw(st.lists(offers, max_size=4, unique_by=(lambda a: a.id, lambda a: a.clinic.id))))
    return Referral(
        id=draw(ids),
        status=draw(st.sampled_from(list(RequestStatus))),
        is_urgent=draw(st.booleans()),
        opened_at=draw(instants),
        wanted=tuple(draw(st.lists(words, max_size=3))),
        person=draw(people),
        is_covered=draw(st.booleans()),
        agreed=draw(st.sampled_from([(), (CLINIC,), (CLINIC, SUBSTANCE_USE)])),
        benefit=BENEFIT,
        asked=asked,
        taken_by=asked[0].clinic if asked and draw(st.booleans()) else None,
        is_test=draw(st.booleans()),
    )


@given(referrals())
def test_every_referral_is_a_bundle_of_r4(referral: Referral) -> None:
    document = bundle(referral, now=NOW)
    judge(document)
    assert unjudged(document) == set()
    kinds = [entry["resource"]["resourceType"] for entry in document["entry"]]
    assert kinds.count("Task") == len(referral.asked)
    assert kinds.count("Coverage") == int(referral.is_covered)
    assert kinds.count("Consent") == len(referral.agreed)
    assert {"ServiceRequest", "Patient", "Organization"} <= set(kinds)


@given(referrals())
def test_a_reading_is_the_same_at_every_reading(referral: Referral) -> None:
    assert bundle(referral, now=NOW) == bundle(replace(referral), now=NOW)


@pytest.mark.parametrize("path", sorted(REQUIRED))
def test_the_code_lists_are_those_that_hl7_publishes(path: str) -> None:
    """The schema lists none where R4's element is a plain `code`: request-status and the like."""
    assert published_codes(path) in ([], REQUIRED[path].split())


def test_every_state_has_a_code() -> None:
    assert set(codes.SERVICE_REQUEST_STATUS) >= set(RequestStatus)
    assert set(codes.SERVICE_REQUEST_STATUS.values()) <= set(REQUIRED["ServiceRequest.status"].split())
    assert set(OfferStatus) <= set(REQUIRED["Task.status"].split())


def example() -> Referral:
    person = Person(
        id=UUID(int=1),
        first_name="Ana",
        last_name="García",
        date_of_birth=date(1985, 5, 17),
        email="",
        postal_code="10025",
        state="NY",
        language="es",
    )
    clinic = Practice(
        id=UUID(int=2),
        name="Hudson",
        npi="1234567893",
        street="1 Main",
        city="New York",
        state="NY",
        postal_code="10001",
    )
    asked = Asked(
        id=UUID(int=3),
        clinic=clinic,
        status="accepted",
        reason="",
        respond_by=NOW,
        made_at=NOW,
        changed_at=NOW,
    )
    return Referral(
        id=UUID(int=4),
        status="accepted",
        is_urgent=False,
        opened_at=NOW,
        wanted=(),
        person=person,
        is_covered=True,
        agreed=(CLINIC,),
        benefit=BENEFIT,
        asked=(asked,),
        taken_by=clinic,
    )


def resource(document: dict[str, Any], kind: str) -> dict[str, Any]:
    found: dict[str, Any] = next(e["resource"] for e in document["entry"] if e["resource"]["resourceType"] == kind)
    return found


@pytest.mark.parametrize(
    ("kind", "element", "value"),
    [
        ("Task", "status", "done"),
        ("Task", "intent", "directive"),  # of request-intent, and not of task-intent
        ("ServiceRequest", "status", "cancelled"),
        ("ServiceRequest", "intent", "wish"),
        ("Consent", "status", "entered"),
        ("Coverage", "status", "lapsed"),
    ],
)
def test_a_wrong_code_is_noticed(kind: str, element: str, value: str) -> None:
    document = deepcopy(bundle(example(), now=NOW))
    resource(document, kind)[element] = value
    with pytest.raises(AssertionError, match=value):
        judge(document)


@pytest.mark.parametrize(
    ("kind", "element"),
    [
        ("Task", "intent"),
        ("ServiceRequest", "subject"),
        ("Coverage", "payor"),
        ("Coverage", "beneficiary"),
        ("Consent", "scope"),
        ("Consent", "category"),
    ],
)
def test_a_missing_element_is_noticed(kind: str, element: str) -> None:
    document = deepcopy(bundle(example(), now=NOW))
    del resource(document, kind)[element]
    with pytest.raises(ValidationError):
        judge(document)


def test_a_reference_to_nowhere_is_noticed() -> None:
    document = deepcopy(bundle(example(), now=NOW))
    resource(document, "Task")["owner"]["reference"] = f"urn:uuid:{UUID(int=77)}"
    with pytest.raises(AssertionError):
        judge(document)


def test_substance_use_is_denied_unless_agreed() -> None:
    told = resource(bundle(example(), now=NOW), "Consent")["provision"]
    assert told["provision"][0] == {"type": "deny", "securityLabel": [codes.SUBSTANCE_USE]}
    document = bundle(replace(example(), agreed=(CLINIC, SUBSTANCE_USE)), now=NOW)
    told = [e["resource"]["provision"] for e in document["entry"] if e["resource"]["resourceType"] == "Consent"]
    assert ["provision" in one for one in told] == [False, False]
    assert told[1]["securityLabel"] == [codes.SUBSTANCE_USE]


def test_a_test_says_that_it_is_one_in_every_resource_about_the_request() -> None:
    document = bundle(replace(example(), is_test=True), now=NOW)
    for labelled in (document, resource(document, "ServiceRequest"), resource(document, "Task")):
        assert codes.TEST_DATA in labelled["meta"]["security"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 406, 409, 422, 429, 500])
def test_every_refusal_is_an_outcome_of_r4(status: int) -> None:
    judge(outcome(status=status, code="some_code", text="What is wrong."))


def test_instants_have_a_zone() -> None:
    assert instant(datetime(2026, 3, 2, 16, 0, tzinfo=UTC)) == "2026-03-02T16:00:00.000Z"
