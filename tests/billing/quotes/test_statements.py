"""How many statements a quote takes: each costs a millisecond, whoever asks."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.quotes.services import quoting
from tests.factories.billing import course_of, covered_member
from workers.kernel import clock
from workers.kernel.actor import acting_as


@pytest.mark.django_db
def test_a_quote_without_an_income_reads_by_eight_queries() -> None:
    member = covered_member()
    assert member.member
    course = course_of(member).pk
    with acting_as(member):
        quoting.create(member_id=member.member, course_id=course, now=clock.now())
    with CaptureQueriesContext(connection) as seen, acting_as(member):
        quoting.create(member_id=member.member, course_id=course, now=clock.now())
    assert sum(' FROM "' in query["sql"] for query in seen) == 8
