"""Queries that are compiled once answer as the query set does, with each call's own values."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.quotes.models import Quote, QuoteStatus
from billing.quotes.services import quoting
from tests.factories.billing import course_of, covered_member
from workers.kernel import clock
from workers.kernel.actor import acting_as
from workers.kernel.compiled import Compiled, Given


@pytest.mark.django_db
def test_each_call_has_its_own_values_and_the_statement_is_composed_once():
    composed = []

    def offered():
        composed.append(1)
        return Quote.objects.filter(course_id=Given("course_id"), status=QuoteStatus.OFFERED).order_by("-pk")

    query = Compiled(offered)
    quotes = {}
    for _ in range(2):
        member = covered_member()
        course = course_of(member).pk
        with acting_as(member):
            quotes[course] = quoting.create(member_id=member.member, course_id=course, now=clock.now())
            assert query(course_id=course) == [quotes[course]]
            assert query.first(course_id=course).expires_at == quotes[course].expires_at
            assert query.first(course_id=member.member) is None
    assert (len(quotes), composed) == (2, [1])


@pytest.mark.django_db
def test_a_quote_without_an_income_reads_by_eight_queries():
    member = covered_member()
    course = course_of(member).pk
    with acting_as(member):
        quoting.create(member_id=member.member, course_id=course, now=clock.now())
    with CaptureQueriesContext(connection) as seen, acting_as(member):
        quoting.create(member_id=member.member, course_id=course, now=clock.now())
    assert sum(' FROM "' in query["sql"] for query in seen) == 8
