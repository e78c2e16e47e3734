"""What HR can fetch of invoices does not depend on a single member's care (docs/design/security.md 14, 16 to 18)."""

import json
from collections.abc import Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
import uuid_utils.compat
from django.apps import apps
from django.db import transaction
from django.db.models import Model
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.ledger.rules import month_after
from tests.architecture.reading_rows import may
from tests.conftest import NOW
from tests.factories import benefits
from tests.factories.books import MARCH, account_of, contribute, employer_with, issued
from workers.emails.models import Email
from workers.kernel.actor import WORKER, Actor, Role, acting_as

ENROLLED, MONTHS = 30, 3
pytestmark = pytest.mark.usefixtures("now")

# (month, member, cents): who sought care, when, and what their employer owes for it
shares = st.tuples(st.integers(0, MONTHS - 1), st.integers(0, 19), st.integers(20_000, 200_000))


@pytest.fixture
def employer(db):
    """Thirty covered members, and HR signed in."""
    employer_id = employer_with(ENROLLED)
    account_of(employer_id)
    return employer_id


@pytest.fixture
def hr(employer):
    return benefits.signed_in(benefits.make_hr(employer))


@contextmanager
def _ids_from(number: int):
    """New ids count up from a number of the question: what happened elsewhere does not shift them."""
    counter = iter(range(number << 32, (number + 1) << 32))
    original = uuid_utils.compat.uuid7

    def counted() -> UUID:
        return UUID(int=(0x7 << 76) + next(counter) + 1)

    uuid_utils.compat.uuid7 = counted  # type: ignore[assignment] # it takes a time, too
    try:
        yield
    finally:
        uuid_utils.compat.uuid7 = original


def seen_by_hr(hr: Client, employer: UUID, world: Sequence[tuple[int, int, int]]) -> list[Any]:
    """Live through the months of a world, return all that HR can fetch after each, and take the world back."""
    seen: list[Any] = []
    with transaction.atomic():
        month = MARCH
        for number in range(MONTHS):
            with _ids_from(1000 + number):
                for when, member, cents in world:
                    if when == number:
                        contribute(employer, cents, member_id=UUID(int=member + 1), at=_in(month))
            with _ids_from(number):
                issued(employer, month, _in(month_after(month)))
            seen.append(_everything(hr, employer))
            month = month_after(month)
        transaction.set_rollback(True)
    return seen


def _in(month: Any) -> datetime:
    return datetime.combine(month, NOW.timetz())


def _everything(hr: Client, employer: UUID) -> Any:
    """Bodies and headers of every address that HR may ask, every row that its role may read, and its mail."""
    answers = [hr.get("/api/v1/invoices/"), hr.get("/api/v1/employer-account/")]
    answers += [hr.get(f"/api/v1/invoices/{one['id']}/") for one in answers[0].json()["results"]]
    assert {answer.status_code for answer in answers} == {200}
    told = [
        (answer.content, sorted((k, v) for k, v in answer.headers.items() if k != "Trace-Id")) for answer in answers
    ]
    with acting_as(WORKER):
        mails = [(mail.key, mail.message) for mail in Email.objects.order_by("key")]
    return told, _rows(employer), mails


def _rows(employer: UUID) -> dict[str, list[Any]]:
    """All that HR's role may read of billing; which columns those are is asked once."""
    with acting_as(Actor(role=Role.HR, employer=employer, user=UUID(int=2))):
        if not _READABLE:
            for model in apps.get_app_config("billing").get_models():
                columns = [f.attname for f in model._meta.local_fields if may(model, str(f.column), "select")]
                _READABLE.extend([(model, columns)] if columns else [])
        return {
            model._meta.db_table: list(model._base_manager.order_by(*columns[:2]).values_list(*columns))
            for model, columns in _READABLE
        }


_READABLE: list[tuple[type[Model], list[str]]] = []


def _amounts(seen: list[Any]) -> list[int]:
    """The contributions that each invoice shows."""
    details = [json.loads(body) for body, _ in seen[-1][0][2:]]
    return [line["amount_cents"] for one in details for line in one["lines"] if line["kind"] == "contributions"]


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(shares, max_size=9), st.integers(0, 19))
def test_case_35_up_to_ten_members_in_care_are_none_to_hr_byte_for_byte(hr, employer, world, member):
    """With one member more than nine, one less, or nobody at all: HR fetches the same bytes."""
    more = [*world, (0, member, 150_000)]
    nobody = seen_by_hr(hr, employer, [])
    assert seen_by_hr(hr, employer, more) == nobody
    assert seen_by_hr(hr, employer, [share for share in more if share[1] != member]) == nobody


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(shares, min_size=14, max_size=40), st.integers(0, 19), st.integers(0, 19))
def test_case_35_who_of_the_members_is_in_care_is_the_same_to_hr_byte_for_byte(hr, employer, world, one, other):
    names = {one: other, other: one}
    swapped = [(when, names.get(who, who), cents) for when, who, cents in world]
    assert seen_by_hr(hr, employer, swapped) == seen_by_hr(hr, employer, world)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(shares, min_size=14, max_size=40), st.integers(0, 19))
def test_one_member_less_changes_nothing_before_eleven_and_whole_steps_after(hr, employer, world, member):
    """The worlds part in the first month in which either shows contributions, and not before."""
    ours = seen_by_hr(hr, employer, world)
    theirs = seen_by_hr(hr, employer, [share for share in world if share[1] != member])
    for month in range(MONTHS):
        if _amounts(ours[: month + 1]) == [] and _amounts(theirs[: month + 1]) == []:
            assert ours[month] == theirs[month]
        assert all(cents % 50_000 == 0 for cents in _amounts(ours[: month + 1]))


def test_the_tests_above_see_an_invoice_that_shows_contributions(hr, employer):
    """Guards them against comparing worlds in which nothing is ever shown."""
    world = [(0, member, 100_000) for member in range(12)]
    assert _amounts(seen_by_hr(hr, employer, world)) == [1_200_000]


def test_hr_reads_its_own_issued_invoices_only(db, hr, employer):
    stranger = employer_with(12)
    account_of(stranger)
    theirs, ours = issued(stranger), issued(employer)
    listed = hr.get("/api/v1/invoices/").json()["results"]
    assert [one["id"] for one in listed] == [str(ours.pk)]
    foreign, unknown = (hr.get(f"/api/v1/invoices/{pk}/") for pk in (theirs.pk, UUID(int=5)))
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.content == unknown.content


def test_hr_reads_no_table_behind_the_invoices(db, employer):
    assert set(_rows(employer)) == {
        "billing_creditnote",
        "billing_deposit",
        "billing_employeraccount",
        "billing_invoice",
        "billing_invoiceline",
        "billing_settlement",
    }
