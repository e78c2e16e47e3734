"""An HR system without SCIM changes many members at once, with the token that an identity provider has."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from benefits.eligibility.models import ChangeSet
from benefits.eligibility.rules.limits import ROSTER
from benefits.scim.queries.tokens import find_roster_machine, list_tokens
from benefits.scim.services import tokens
from tests.factories.benefits import hr_of, make_employer, make_hr, make_plan, signed_in
from tests.factories.census import ANA
from tests.factories.clinic_access import make_key
from tests.factories.referrals import make_clinic
from tests.factories.scim import make_provider
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id

pytestmark = pytest.mark.django_db

URL = "/api/v1/member-changes/"


@pytest.fixture
def employer_id(now: datetime) -> UUID:
    employer = make_employer()
    make_plan(employer.pk)
    return employer.pk


def send(token: str, *members: dict[str, str], key: str = "k") -> Any:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
    return Client().post(URL, {"members": list(members)}, "application/json", headers=headers)


def numbers(employer_id: UUID) -> list[str]:
    hr = signed_in(make_hr(employer_id))
    return sorted(member["employee_number"] for member in hr.get("/api/v1/members/").json()["results"])


def test_members_are_changed_once_in_the_name_of_who_made_the_token_and_at_that_employer_alone(
    employer_id: UUID,
) -> None:
    other = make_employer("Other")
    make_plan(other.pk)
    ours, theirs = make_provider(employer_id).token, make_provider(other.pk).token
    first, again = send(ours, ANA), send(ours, ANA)
    assert (first.status_code, again.content, again["Idempotent-Replayed"]) == (201, first.content, "true")
    assert send(theirs, ANA | {"employee_number": "E9"}).status_code == 201, "a key is its token's own"
    assert (numbers(employer_id), numbers(other.pk)) == (["E1"], ["E9"])
    with acting_as(hr_of(employer_id)):
        made_by = list_tokens().get().created_by
    with acting_as(WORKER):
        assert ChangeSet.objects.get(employer_id=employer_id).applied_by == made_by


def test_such_a_token_is_unknown_everywhere_else_in_the_api(employer_id: UUID) -> None:
    token = {"Authorization": f"Bearer {make_provider(employer_id).token}"}
    for url in ("members/", "change-sets/", "plans/", "scim-tokens/", "schema/", "clinic/offers/"):
        assert Client().get(f"/api/v1/{url}", headers=token).status_code == 401, url


def test_one_that_was_ended_or_never_was_changes_nobody(employer_id: UUID, now: datetime) -> None:
    token = make_provider(employer_id).token
    assert send(f"{token}x", ANA).json()["code"] == "invalid_token"
    with acting_as(hr_of(employer_id)):
        tokens.rotate(token_id=list_tokens().get().pk, overlap=timedelta(hours=1), by=new_id(), now=now)
    assert find_roster_machine(token, now=now + timedelta(minutes=59))
    assert find_roster_machine(token, now=now + timedelta(hours=1)) is None
    with acting_as(hr_of(employer_id)):
        for one in list_tokens():
            tokens.revoke(token_id=one.pk, by=new_id(), now=now)
    assert send(token, ANA).status_code == 401
    assert numbers(employer_id) == []


def test_a_clinics_key_changes_no_members(employer_id: UUID) -> None:
    answer = send(make_key(make_clinic().pk), ANA)
    assert (answer.status_code, answer.json()["code"], answer.json()["scope"]) == (403, "insufficient_scope", ROSTER)
    assert numbers(employer_id) == []


def test_a_token_may_ask_so_often_in_a_minute(employer_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benefits.scim.queries.tokens.BULK_REQUESTS_PER_MINUTE", 1)
    token = make_provider(employer_id).token
    answers = [send(token, ANA, key=key) for key in "ab"]
    assert [answer.status_code for answer in answers] == [201, 429]
    assert int(answers[1]["Retry-After"]) <= 60
