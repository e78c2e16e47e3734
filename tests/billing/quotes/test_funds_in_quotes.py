"""A subsidy fund under racing quotes, and what expired quotes give back."""

from datetime import timedelta
from functools import partial

from billing.events import QuoteExpiryDue
from billing.quotes.models import Quote, QuoteStatus
from billing.quotes.services.closing import settle_closed
from billing.quotes.services.quoting import QuoteInTheMaking
from billing.sliding_scale.models import SubsidyFund
from billing.sliding_scale.services import funds
from tests.factories.billing import agreed, course_of, covered_member, declared, now_is, quoted
from tests.racing import at_once
from workers.kernel import clock
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.outbox.draining import drain
from workers.timers.firing import fire_due
from workers.timers.models import Timer


def _fund() -> SubsidyFund:
    with acting_as(WORKER):
        return SubsidyFund.objects.get()


def _open(now, cents: int) -> None:
    with acting_as(Actor(role=Role.OPERATOR)):
        funds.open_fund(programme="standard", starts_on=now.date(), ends_on=None, budget_cents=cents, now=now)


def test_quotes_that_race_for_a_fund_never_overdraw_it(committed_db, now):
    """Eight members ask at once; there is money for three discounts and a half. Half of them agree at once, too."""
    _open(now, 26_250 * 7 // 2)
    members = [covered_member() for _ in range(8)]
    courses = [course_of(member) for member in members]
    for member in members:
        declared(member, now, income_cents=6_600_000)

    def race(place: int) -> None:
        quote = quoted(members[place], courses[place], now)
        if place % 2:
            agreed(members[place], quote, now)

    at_once(*[partial(race, place) for place in range(len(members))])
    fund = _fund()
    with acting_as(WORKER):
        quotes = list(Quote.objects.all())
    assert len(quotes) == len(members)
    assert fund.left_cents == 0
    assert fund.reserved_cents == sum(q.discount_cents for q in quotes if q.status == QuoteStatus.OFFERED)
    assert fund.spent_cents == sum(q.discount_cents for q in quotes if q.status == QuoteStatus.ACCEPTED)
    assert sorted(q.discount_cents for q in quotes) == [0, 0, 0, 0, 13_125, 26_250, 26_250, 26_250]


def test_two_first_quotes_of_one_course_that_race_leave_one(committed_db, now):
    _open(now, 10**6)
    member = covered_member()
    course = course_of(member)
    declared(member, now, income_cents=6_600_000)
    outcomes = at_once(*[lambda: quoted(member, course, now)] * 4, expected=QuoteInTheMaking)
    assert any(isinstance(outcome, Quote) for outcome in outcomes)
    with acting_as(WORKER):
        assert Quote.objects.filter(status=QuoteStatus.OFFERED).count() == 1
    assert _fund().reserved_cents == 26_250


def test_an_expired_quote_gives_back_what_it_reserved(committed_db, now):
    _open(now, 30_000)
    member = covered_member()
    declared(member, now, income_cents=6_600_000)
    quote = quoted(member, course_of(member), now)
    assert _fund().reserved_cents == 26_250
    with acting_as(WORKER):
        assert Timer.objects.get(kind=QuoteExpiryDue.wire_name).due_at == quote.expires_at == now + timedelta(days=14)
    clock.freeze(quote.expires_at)
    fire_due()
    drain("billing")
    assert _fund().left_cents == 30_000
    with acting_as(WORKER):
        assert Quote.objects.get().status == QuoteStatus.EXPIRED


def test_what_an_agreed_price_spent_comes_back_when_its_course_did_not_take_place(committed_db, now):
    _open(now, 30_000)
    member = covered_member()
    course = course_of(member)
    declared(member, now, income_cents=6_600_000)
    agreed(member, quoted(member, course, now), now)
    assert _fund().spent_cents == 26_250
    now_is("completed", course, 0)
    now_is("cancelled", course, 1, 2)
    for _ in range(2):
        with acting_as(WORKER):
            settle_closed(course_id=course.pk, now=now)
    assert (_fund().spent_cents, _fund().left_cents) == (8_750, 30_000 - 8_750)
