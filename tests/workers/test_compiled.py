"""Queries that are compiled once answer as the query set does, with each call's own values."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from django.db.models import F, QuerySet
from django.forms import model_to_dict

from benefits.enrollment.models import Enrollment
from tests.factories.billing import covered_member
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.compiled import Compiled, Given


@pytest.mark.django_db
def test_each_call_has_its_own_values_and_the_statement_is_composed_once(now: datetime) -> None:
    composed = []

    def covers(member_id: UUID | Given) -> QuerySet[Enrollment]:
        composed.append(1)
        return Enrollment.objects.filter(member_id=member_id).annotate(lineage_id=F("plan__lineage_id"))

    query = Compiled(lambda: covers(Given("member_id")))
    for _ in range(2):
        member = covered_member().member
        assert member
        with acting_as(WORKER):
            [expected] = list(covers(member).values())
            [found] = query(member_id=member)
            assert {name: getattr(found, name) for name in expected} == expected
            assert query.first(member_id=expected["plan_id"]) is None
    assert len(composed) == 3, "twice by this test, once by Compiled"


@pytest.mark.django_db
def test_related_rows_come_with_it(now: datetime, django_assert_num_queries: Any) -> None:
    query = Compiled(lambda: Enrollment.objects.filter(member_id=Given("member_id")).select_related("plan"))
    member = covered_member().member
    assert member
    with acting_as(WORKER):
        expected = Enrollment.objects.select_related("plan").get(member_id=member)
        with django_assert_num_queries(1):
            [found] = query(member_id=member)
            assert model_to_dict(found.plan) == model_to_dict(expected.plan)


@pytest.mark.django_db
def test_a_value_that_is_missing_is_named(now: datetime) -> None:
    with acting_as(WORKER), pytest.raises(KeyError, match="member_id"):
        Compiled(lambda: Enrollment.objects.filter(member_id=Given("member_id")))(plan_id=1)
