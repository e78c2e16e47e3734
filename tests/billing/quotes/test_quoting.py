"""Quotes of real courses by real plans, and agreeing to them."""

import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from billing.events import QuoteAccepted
from billing.quotes.models import Quote, QuoteLine, QuoteStatus
from billing.quotes.queries import Used, get_quote, used_in_year
from billing.quotes.services.agreeing import PriceAgreed, QuoteExpired, QuoteOutdated, accept
from billing.quotes.services.cover import NotCovered
from billing.quotes.services.quoting import NothingToQuote, create
from billing.sliding_scale.services import declare
from referrals.courses.models import Session
from tests.factories.billing import course_of, covered_member, end_cover
from tests.factories.courses import make_course
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.errors import NotFound
from workers.kernel.ids import new_id
from workers.outbox.models import EventRecord

VALID = timedelta(days=14)


def _quote(member: Actor, course, now) -> Quote:
    assert member.member
    with acting_as(member):
        return create(member_id=member.member, course_id=course.pk, now=now)


def _accept(member: Actor, quote: Quote, now) -> Quote:
    assert member.member
    with acting_as(member):
        return accept(quote_id=quote.pk, member_id=member.member, now=now)


def _parts(quote: Quote) -> dict[str, int]:
    names = ("total_list_cents", "discount_cents", "deductible_cents", "employer_cents", "member_cents")
    return {name: getattr(quote, name) for name in names}


def test_without_a_declared_income_the_full_fee_applies(member, course, now):
    quote = _quote(member, course, now)
    assert _parts(quote) == {
        "total_list_cents": 52_500,
        "discount_cents": 0,
        "deductible_cents": 0,
        "employer_cents": 31_500,
        "member_cents": 21_000,
    }
    assert quote.expires_at == now + VALID


def test_an_income_lowers_the_fee_and_not_the_employers_percentage(member, course, now):
    with acting_as(member):
        declare(
            member_id=member.member,
            annual_income_cents=6_600_000,
            household_size=4,
            region="contiguous",
            now=now,
        )
    quote = _quote(member, course, now)
    assert (quote.discount_cents, quote.employer_cents, quote.member_cents) == (26_250, 15_750, 10_500)
    with acting_as(member):
        stored = get_quote(quote.pk)
        assert stored.discount.guideline_version == "2026-01-13/contiguous"
        assert stored.snapshot["coverage"]["annual_cap_cents"] == 500_000
        assert [line.number for line in stored.lines.all()] == [1, 2, 3]


def test_the_inputs_are_stored_encrypted(member, course, now):
    quote = _quote(member, course, now)
    with acting_as(WORKER), connection.cursor() as cursor:
        cursor.execute("SELECT snapshot FROM billing_quote WHERE id = %s", [quote.pk])
        assert b"percent" not in bytes(cursor.fetchone()[0])


def test_cancelled_sessions_cost_nothing(member, course, now):
    with acting_as(WORKER):
        Session.objects.filter(course=course, sequence=0).update(status="cancelled")
    assert _quote(member, course, now).total_list_cents == 35_000
    with acting_as(WORKER):
        Session.objects.filter(course=course).update(status="cancelled")
    with pytest.raises(NothingToQuote):
        _quote(member, course, now)


def test_anothers_course_is_unknown(member, now):
    other = make_course()
    with pytest.raises(NotFound):
        _quote(member, other, now)


def test_not_even_a_worker_quotes_a_member_anothers_course(member, now):
    other = make_course()
    with pytest.raises(NotFound), acting_as(WORKER):
        create(member_id=member.member, course_id=other.pk, now=now)


def test_without_cover_there_is_no_quote(member, course, now):
    end_cover(member)
    with pytest.raises(NotCovered):
        _quote(member, course, now)


def test_accepting_twice_is_accepting_once(member, course, now):
    quote = _quote(member, course, now)
    for _ in range(2):
        assert _accept(member, quote, now).accepted_at == now
    with acting_as(WORKER):
        assert EventRecord.objects.filter(type=QuoteAccepted.wire_name).count() == 1


def test_a_quote_can_be_accepted_until_it_expires(member, course, now):
    early, late = _quote(member, course, now), _quote(member, course, now)
    with pytest.raises(QuoteExpired):
        _accept(member, late, now + VALID)
    assert late.status_at(now + VALID) == QuoteStatus.EXPIRED
    _accept(member, early, now + VALID - timedelta(seconds=1))


def test_one_price_is_agreed_per_course(member, course, now):
    first, second = _quote(member, course, now), _quote(member, course, now)
    _accept(member, first, now)
    with pytest.raises(QuoteOutdated):
        _accept(member, second, now)
    with pytest.raises(PriceAgreed):
        _quote(member, course, now)


def test_where_the_plan_pays_nothing_the_index_still_decides(now, db):
    member = covered_member(routes=("iv",))
    course = course_of(member)
    first, second = _quote(member, course, now), _quote(member, course, now)
    _accept(member, first, now)
    with pytest.raises(PriceAgreed):
        _accept(member, second, now)
    assert first.employer_cents == 0


def test_anothers_quote_is_unknown(member, course, now):
    quote = _quote(member, course, now)
    with pytest.raises(NotFound):
        _accept(covered_member(), quote, now)


def test_when_cover_has_ended_nothing_shifts_silently(member, course, now):
    quote = _quote(member, course, now)
    end_cover(member)
    with pytest.raises(NotCovered):
        _accept(member, quote, now)
    with acting_as(member):
        assert get_quote(quote.pk).status == QuoteStatus.OFFERED


def test_cap_and_deductible_are_used_up_within_a_year(now, db):
    member = covered_member(cap_cents=40_000, deductible_cents=10_000)
    first, second = (course_of(member) for _ in range(2))
    one = _quote(member, first, now)
    assert (one.deductible_cents, one.employer_cents) == (10_000, 25_500)
    _accept(member, one, now)
    two = _quote(member, second, now)
    assert (two.deductible_cents, two.employer_cents, two.member_cents) == (0, 14_500, 38_000)
    next_year = now + timedelta(days=365)
    assert _quote(member, second, next_year).employer_cents == 25_500


def test_only_accepted_quotes_of_the_same_employer_and_year_use_up_a_cap(now):
    employer = new_id()

    def quoted(of, at) -> Quote:
        return Quote(employer_id=of, accepted_at=at, employer_cents=10, deductible_cents=3)

    last_year, new_year = now.replace(year=2025), now.replace(month=1, day=1, hour=0)
    quotes = [
        quoted(employer, now),
        quoted(employer, new_year),
        quoted(employer, None),
        quoted(employer, last_year),
        quoted(new_id(), now),
    ]
    assert used_in_year(quotes, employer_id=employer, now=now) == Used(cap_cents=20, deductible_cents=6)


def test_a_quote_made_before_the_cap_was_used_is_outdated(now, db):
    member = covered_member(cap_cents=40_000)
    quotes = [_quote(member, course_of(member), now) for _ in range(2)]
    _accept(member, quotes[0], now)
    with pytest.raises(QuoteOutdated):
        _accept(member, quotes[1], now)


def test_two_quotes_accepted_at_once_do_not_spend_one_cap_twice(committed_db, now):
    member = covered_member(cap_cents=40_000)
    quotes = [_quote(member, course_of(member), now) for _ in range(2)]
    outcomes: list[str] = []

    def race(quote: Quote) -> None:
        try:
            outcomes.append(str(_accept(member, quote, now).status))
        except QuoteOutdated:
            outcomes.append("outdated")
        finally:
            connection.close()

    threads = [threading.Thread(target=race, args=[quote]) for quote in quotes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert sorted(outcomes) == ["accepted", "outdated"]


@pytest.mark.parametrize("role", [Role.HR, Role.CLINIC, Role.AUTH])
@pytest.mark.parametrize("model", [Quote, QuoteLine])
def test_no_employer_and_no_clinic_reads_quotes(member, course, now, role, model):
    quote = _quote(member, course, now)
    other = Actor(role=role, employer=member.employer, clinic=quote.clinic_id)
    with pytest.raises(DatabaseError, match="permission denied"), acting_as(other):
        model.objects.exists()


def test_members_see_only_their_own(member, course, now):
    _quote(member, course, now)
    with acting_as(Actor(role=Role.EMPLOYEE, member=new_id(), employer=member.employer)):
        assert not Quote.objects.exists()
        assert not QuoteLine.objects.exists()


@pytest.mark.parametrize("field", ["member_cents", "employer_cents", "expires_at"])
def test_members_change_no_amount(member, course, now, field):
    _quote(member, course, now)
    with pytest.raises(DatabaseError, match="permission denied"), acting_as(member):
        Quote.objects.update(**{field: getattr(Quote.objects.get(), field)})


def test_the_database_refuses_a_line_that_does_not_add_up(member, course, now):
    quote = _quote(member, course, now)
    amounts = {"list_cents": 100, "discount_cents": 0, "deductible_cents": 0, "employer_cents": 0, "member_cents": 99}
    with acting_as(member), pytest.raises(IntegrityError, match="quote_line_adds_up"), transaction.atomic():
        QuoteLine.objects.create(
            quote=quote, member_id=member.member, number=9, session_id=new_id(), kind="dosing", **amounts
        )
