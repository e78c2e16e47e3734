"""When a course is over its agreed price gives way to what took place, and nobody has to ask."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from billing.ledger.queries import balance, trial_balance
from billing.ledger.rules import Account
from billing.quotes.models import BenefitUse, Quote
from billing.quotes.services.closing import settle_closed
from billing.quotes.services.recording import record_agreement, record_delivery
from referrals.courses.models import Session
from tests.factories.billing import agreed, course_of, covered_member, end_cover, id_of, now_is, quoted
from tests.factories.courses import sessions_of
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id

FEE, OWN, EMPLOYERS = 17_500, 7_000, 10_500  # cents of a session, and the two parts of it


@pytest.fixture
def member(db):
    return covered_member()


@pytest.fixture
def course(member, now):
    """Of three sessions; its price is agreed to."""
    course = course_of(member)
    quote = agreed(member, quoted(member, course, now), now)
    with acting_as(WORKER):
        record_agreement(quote_id=quote.pk)
    return course


def _closed(course, now, times=1):
    """What billing does when a course is over; returns its agreed quote."""
    for _ in range(times):
        with acting_as(WORKER):
            settle_closed(course_id=course.pk, now=now)
    with acting_as(WORKER):
        quote = Quote.objects.get(course=course, status="accepted")
        record_agreement(quote_id=quote.pk)
        return quote


def _held(member, account):
    with acting_as(WORKER):
        assert sum(total.balance_cents for total in trial_balance()) == 0
        return balance(account, member_id=id_of(member))


@pytest.mark.parametrize("missed", ["cancelled", "no_show"])
@pytest.mark.parametrize("took_place", [0, 1, 2])
def test_what_did_not_take_place_is_owed_by_nobody(member, course, now, took_place, missed):
    now_is("completed", course, *range(took_place))
    now_is(missed, course, *range(took_place, 3))
    quote = _closed(course, now, times=2)
    assert (quote.member_cents, quote.employer_cents) == (OWN * took_place, EMPLOYERS * took_place)
    assert _held(member, Account.RECEIVABLE_EMPLOYEE) == OWN * took_place
    assert _held(member, Account.RECEIVABLE_EMPLOYER_UNBILLED) == EMPLOYERS * took_place
    assert _held(member, Account.DEFERRED_REVENUE) == 0
    assert _held(member, Account.REVENUE) == -FEE * took_place
    with acting_as(WORKER):
        assert Quote.objects.count() == 2
        used = BenefitUse.objects.get(bucket__startswith="annual/")
    assert used.used == EMPLOYERS * took_place


def test_a_course_that_took_place_whole_stays_as_agreed(member, course, now):
    now_is("completed", course, 0, 1, 2)
    assert _closed(course, now).member_cents == 3 * OWN
    with acting_as(WORKER):
        assert Quote.objects.count() == 1


def test_a_session_without_a_price_is_the_members_to_agree_to(member, course, now):
    extra = sessions_of(course)[0]
    extra.pk, extra.sequence = new_id(), 9
    with acting_as(WORKER):
        extra.save(force_insert=True)
    now_is("completed", course, 9)
    now_is("cancelled", course, 0, 1, 2)
    assert _closed(course, now).member_cents == 3 * OWN


def test_a_course_without_an_agreed_price_has_none(member, now):
    course = course_of(member)
    with acting_as(WORKER):
        settle_closed(course_id=course.pk, now=now)
        assert not Quote.objects.exists()


def test_without_cover_what_took_place_stays_as_agreed_too(member, course, now):
    now_is("completed", course, 0)
    now_is("cancelled", course, 1, 2)
    end_cover(member)
    quote = _closed(course, now)
    assert (quote.member_cents, quote.employer_cents) == (OWN, EMPLOYERS)


def test_after_cover_has_ended_the_employers_share_stops_and_nobody_else_is_asked(member, course, now):
    first, second, _ = sessions_of(course)
    with acting_as(WORKER):
        record_delivery(session_id=first.pk, at=now)
    end_cover(member)
    for _ in range(2):
        with acting_as(WORKER):
            record_delivery(session_id=second.pk, at=now)
    assert _held(member, Account.RECEIVABLE_EMPLOYER_UNBILLED) == 2 * EMPLOYERS
    assert _held(member, Account.BAD_DEBT) == EMPLOYERS
    assert _held(member, Account.RECEIVABLE_EMPLOYEE) == 3 * OWN


@pytest.mark.parametrize(("day", "lost"), [(0, 0), (-1, EMPLOYERS)])
def test_the_members_day_of_the_session_counts_however_late_it_is_reported(member, course, now, day, lost):
    """The evening of the last day of cover is a day later by the books' clock."""
    session = sessions_of(course)[0]
    evening = datetime(2026, 3, 20, 22, tzinfo=ZoneInfo("America/New_York"))
    with acting_as(WORKER):
        length = session.ends_at - session.starts_at
        Session.objects.filter(pk=session.pk).update(starts_at=evening, ends_at=evening + length)
    end_cover(member, on=evening.date() + timedelta(days=day))
    with acting_as(WORKER):
        record_delivery(session_id=session.pk, at=evening + timedelta(days=9))
    assert _held(member, Account.BAD_DEBT) == lost
