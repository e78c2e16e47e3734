"""Rows that are stored by one composed statement are those that Django would store."""

from datetime import datetime
from typing import Any

import pytest
from django.db import DataError, connection, transaction
from django.forms import model_to_dict

from benefits.plans.models import Plan
from referrals.clinic_updates.models import ClinicUpdate, Outcome
from referrals.clinic_updates.rules import Channel
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id
from workers.kernel.inserting import insert_all


def update(now: datetime, **facts: Any) -> ClinicUpdate:
    said: dict[str, Any] = {"channel": Channel.API, "type": "referral.accepted", "outcome": Outcome.APPLIED}
    return ClinicUpdate(clinic_id=new_id(), written_at=now, recorded_at=now, **(said | facts))


@pytest.mark.django_db
def test_rows_come_back_as_they_were_given(now: datetime) -> None:
    given = [update(now), update(now, version=3, state="accepted", type="x" * 40), update(now, message_id="'é,{}\"")]
    with acting_as(WORKER):
        insert_all(given)
        found = ClinicUpdate.objects.in_bulk([one.pk for one in given])
    assert [model_to_dict(found[one.pk]) for one in given] == [model_to_dict(one) for one in given]
    assert {one._state.adding for one in given} == {False}


@pytest.mark.django_db
def test_what_is_too_long_is_refused_and_not_cut(now: datetime) -> None:
    with acting_as(WORKER), pytest.raises(DataError), transaction.atomic():
        insert_all([update(now, type="x" * 41)])


@pytest.mark.django_db
def test_however_many_they_are_it_is_one_statement_and_none_for_nothing(
    now: datetime, django_assert_num_queries: Any
) -> None:
    with acting_as(WORKER), django_assert_num_queries(1, connection=connection):
        insert_all(update(now) for _ in range(50))
        insert_all([])


def test_a_column_of_arrays_is_refused() -> None:
    with pytest.raises(TypeError, match="Plan has a column of arrays"):
        insert_all([Plan()])
