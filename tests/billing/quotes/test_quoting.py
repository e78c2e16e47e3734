"""Quotes of real courses by real plans, and agreeing to them."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from billing.events import QuoteAccepted
from billing.quotes.models import BenefitUse, Quote, QuoteLine, QuoteStatus
from billing.quotes.queries import get_quote
from billing.quotes.services.agreeing import QuoteExpired, QuoteSuperseded
from billing.quotes.services.cover import NotCovered
from billing.quotes.services.quoting import NothingToQuote, PriceAgreed, create
from billing.quotes.services.retiring import expire
from referrals.courses.models import Session
from tests.factories.billing import agreed, course_of, covered_member, declared, end_cover, quoted
from tests.factories.courses import make_course
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.errors import NotFound
from workers.kernel.ids import new_id
from workers.outbox.models import EventRecord

VALID = timedelta(days=14)


def _parts(quote: Quote) -> dict[str, int]:
    names = ("total_list_cents", "discount_cents", "deductible_cents", "employer_cents", "member_cents")
    return {name: getattr(quote, name) for name in names}


def test_without_a_declared_income_the_full_fee_applies(member, course, now):
    quote = quoted(member, course, now)
    assert _parts(quote) == {
        "total_list_cents": 52_500,
        "discount_cents": 0,
        "deductible_cents": 0,
        "employer_cents": 31_500,
        "member_cents": 21_000,
    }
    assert quote.expires_at == now + VALID


def test_an_income_lowers_the_fee_and_not_the_employers_percentage(member, course, now):
    declared(member, now, income_cents=6_600_000)
    quote = quoted(member, course, now)
    assert (quote.discount_cents, quote.employer_cents, quote.member_cents) == (26_250, 15_750, 10_500)
    with acting_as(member):
        stored = get_quote(quote.pk)
        assert stored.discount.guideline_version == "2026-01-13/contiguous"
        assert stored.snapshot["coverage"]["annual_cap_cents"] == 500_000
        assert stored.snapshot["terms"]["version"] == f"{stored.snapshot['coverage']['plan_id']}/2026-01-01"
        assert stored.discount.programme_version == "standard/2026-03"
        assert [line.number for line in stored.lines.all()] == [1, 2, 3]


def test_the_inputs_are_stored_encrypted(member, course, now):
    quote = quoted(member, course, now)
    with acting_as(WORKER), connection.cursor() as cursor:
        cursor.execute("SELECT snapshot FROM billing_quote WHERE id = %s", [quote.pk])
        assert b"percent" not in bytes(cursor.fetchone()[0])


def test_cancelled_sessions_cost_nothing(member, course, now):
    with acting_as(WORKER):
        Session.objects.filter(course=course, sequence=0).update(status="cancelled")
    assert quoted(member, course, now).total_list_cents == 35_000
    with acting_as(WORKER):
        Session.objects.filter(course=course).update(status="cancelled")
    with pytest.raises(NothingToQuote):
        quoted(member, course, now)


def test_anothers_course_is_unknown(member, now):
    other = make_course()
    with pytest.raises(NotFound):
        quoted(member, other, now)


def test_not_even_a_worker_quotes_a_member_anothers_course(member, now):
    other = make_course()
    with pytest.raises(NotFound), acting_as(WORKER):
        create(member_id=member.member, course_id=other.pk, now=now)


def test_without_cover_there_is_noquoted(member, course, now):
    end_cover(member)
    with pytest.raises(NotCovered):
        quoted(member, course, now)


def test_accepting_twice_is_accepting_once(member, course, now):
    quote = quoted(member, course, now)
    for _ in range(2):
        assert agreed(member, quote, now).accepted_at == now
    with acting_as(WORKER):
        assert EventRecord.objects.filter(type=QuoteAccepted.wire_name).count() == 1


def test_a_quote_can_be_accepted_until_it_expires(member, now):
    early, late = (quoted(member, course_of(member), now) for _ in range(2))
    with pytest.raises(QuoteExpired):
        agreed(member, late, now + VALID)
    assert late.status_at(now + VALID) == QuoteStatus.EXPIRED
    agreed(member, early, now + VALID - timedelta(seconds=1))


def test_an_expired_quote_says_so_when_the_timer_has_ended_it(member, course, now):
    quote = quoted(member, course, now)
    with acting_as(WORKER):
        expire(quote_id=quote.pk, now=now + VALID - timedelta(seconds=1))
        assert get_quote(quote.pk).status == QuoteStatus.OFFERED
        for _ in range(2):
            expire(quote_id=quote.pk, now=now + VALID)
        assert get_quote(quote.pk).status == QuoteStatus.EXPIRED
    with pytest.raises(QuoteExpired):
        agreed(member, quote, now)


def test_a_quote_of_an_income_that_stops_counting_ends_with_it(member, course, now):
    declared(member, now, income_cents=6_600_000)
    later = now + timedelta(days=20)
    assert quoted(member, course, later).expires_at == now + timedelta(days=30)


def test_a_newer_quote_takes_the_place_of_the_open_one(member, course, now):
    first, second = quoted(member, course, now), quoted(member, course, now)
    with pytest.raises(QuoteSuperseded):
        agreed(member, first, now)
    agreed(member, second, now)
    with pytest.raises(PriceAgreed):
        agreed(member, first, now)
    with pytest.raises(PriceAgreed):
        quoted(member, course, now)


def test_the_database_keeps_one_open_and_one_agreed_quote_of_a_course(member, course, now):
    quote = quoted(member, course, now)
    for status in ("offered", "accepted"):
        if status == "accepted":
            agreed(member, quote, now)
        row = _copy_of(quote, member)
        with acting_as(member), pytest.raises(IntegrityError, match=f"quote_{status}_once"), transaction.atomic():
            row.save(force_insert=True)


def _copy_of(quote: Quote, member: Actor, **other: Any) -> Quote:
    """The same quote under another id, not stored yet."""
    with acting_as(member):
        row = Quote.objects.get(pk=quote.pk)
    row.pk, row.snapshot = new_id(), {}
    for name, value in other.items():
        setattr(row, name, value)
    return row


def test_a_quote_is_of_its_members_own_course(committed_db, now):
    member, other = covered_member(), covered_member()
    quote = quoted(member, course_of(member), now)
    row = _copy_of(quote, member, course_id=course_of(other).pk)
    with pytest.raises(IntegrityError, match="quote_of_own_course"), acting_as(member):
        row.save(force_insert=True)


def test_anothers_quote_is_unknown(member, course, now):
    quote = quoted(member, course, now)
    with pytest.raises(NotFound):
        agreed(covered_member(), quote, now)


def test_when_cover_has_ended_nothing_shifts_silently(member, course, now):
    quote = quoted(member, course, now)
    end_cover(member)
    with pytest.raises(NotCovered):
        agreed(member, quote, now)
    with acting_as(member):
        assert get_quote(quote.pk).status == QuoteStatus.OFFERED


@pytest.mark.parametrize("role", [Role.HR, Role.CLINIC, Role.AUTH])
@pytest.mark.parametrize("model", [Quote, QuoteLine, BenefitUse])
def test_no_employer_and_no_clinic_reads_quotes(member, course, now, role, model):
    quote = quoted(member, course, now)
    other = Actor(role=role, employer=member.employer, clinic=quote.clinic_id)
    with pytest.raises(DatabaseError, match="permission denied"), acting_as(other):
        model.objects.exists()


def test_members_see_only_their_own(member, course, now):
    quoted(member, course, now)
    with acting_as(Actor(role=Role.EMPLOYEE, member=new_id(), employer=member.employer)):
        assert not Quote.objects.exists()
        assert not QuoteLine.objects.exists()


@pytest.mark.parametrize("field", ["member_cents", "employer_cents", "expires_at"])
def test_members_change_no_amount(member, course, now, field):
    quoted(member, course, now)
    with pytest.raises(DatabaseError, match="permission denied"), acting_as(member):
        Quote.objects.update(**{field: getattr(Quote.objects.get(), field)})


def test_the_database_refuses_a_line_that_does_not_add_up(member, course, now):
    quote = quoted(member, course, now)
    amounts = {"list_cents": 100, "discount_cents": 0, "deductible_cents": 0, "employer_cents": 0, "member_cents": 99}
    with acting_as(member), pytest.raises(IntegrityError, match="quote_line_adds_up"), transaction.atomic():
        QuoteLine.objects.create(
            quote=quote, member_id=member.member, number=9, session_id=new_id(), kind="dosing", **amounts
        )
