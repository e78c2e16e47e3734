"""The agreed price of a missed session goes over to the one that makes up for it."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.ledger.queries import balance, trial_balance
from billing.ledger.rules import Account
from billing.quotes.queries import explain, get_quote
from billing.quotes.rules import Line, carried_over
from billing.quotes.services.quoting import PriceAgreed
from billing.quotes.services.recording import record_agreement, record_delivery
from billing.work_items.models import WorkItem
from referrals.courses.models import Course, Session
from tests.factories.billing import agreed, declared, id_of, now_is, quoted
from workers.kernel.actor import WORKER, Actor, acting_as
from workers.kernel.ids import new_id

HOUR = timedelta(hours=1)


def make_up(course: Course, place: int, *, by: int) -> Session:
    """Another session in place of a missed one, at a place of its own."""
    with acting_as(WORKER):
        missed = course.sessions.get(sequence=place)
        again = course.sessions.get(sequence=place)
        again.pk, again.sequence, again.makes_up, again.follows = new_id(), by, missed, None
        again.status = "proposed"
        again.save(force_insert=True)
    return again


def deliver(course: Course, place: int, now: datetime) -> None:
    now_is("completed", course, place)
    with acting_as(WORKER):
        record_delivery(session_id=course.sessions.get(sequence=place).pk, at=now)


def unpriced() -> list[bool]:
    """Whether each work item for a session without a price is open."""
    with acting_as(WORKER):
        return [item.closed_at is None for item in WorkItem.objects.filter(kind="session_unpriced")]


def test_a_session_in_place_of_a_missed_one_is_delivered_at_the_agreed_price(
    member: Actor, course: Course, now: datetime
) -> None:
    quote = agreed(member, quoted(member, course, now), now)
    now_is("no_show", course, 1)
    make_up(course, 1, by=3)
    with pytest.raises(PriceAgreed):
        quoted(member, course, now)
    with acting_as(WORKER):
        record_agreement(quote_id=quote.pk)
    for place in (0, 3, 2):
        deliver(course, place, now)
    with acting_as(WORKER):
        assert balance(Account.REVENUE, member_id=id_of(member)) == -quote.member_cents - quote.employer_cents
        assert balance(Account.DEFERRED_REVENUE, member_id=id_of(member)) == 0
        assert balance(Account.CLINIC_PAYABLE, clinic_id=course.clinic_id) == -quote.total_list_cents
        assert sum(total.balance_cents for total in trial_balance()) == 0
    assert unpriced() == []


def test_what_was_made_up_for_stays_as_agreed_through_later_prices(
    member: Actor, course: Course, now: datetime
) -> None:
    """Missed twice, then delivered; an income that is declared after that lowers what is still to come."""
    first = agreed(member, quoted(member, course, now), now)
    now_is("cancelled", course, 0)
    make_up(course, 0, by=3)
    now_is("no_show", course, 3)
    third = make_up(course, 3, by=4)
    deliver(course, 4, now)
    for income, when in ((6_600_000, now), (13_200_000, now + HOUR)):
        declared(member, when, income_cents=income)
        latest = agreed(member, quoted(member, course, when), when)
        with acting_as(WORKER):
            record_agreement(quote_id=latest.pk)
    with acting_as(member):
        explained = {line.line.session_id: line for line in explain(latest.pk).lines}
        [known] = [line for line in get_quote(first.pk).lines.all() if line.number == 1]
    line = explained[third.pk]
    assert [step.rule for step in line.steps[:2]] == ["delivered", "list_price"]
    assert line.steps[0].version == str(first.pk)
    assert (line.line.employer_cents, line.line.member_cents) == (known.employer_cents, known.member_cents)
    for place in (1, 2):
        deliver(course, place, now)
    with acting_as(WORKER):
        assert balance(Account.DEFERRED_REVENUE, member_id=id_of(member)) == 0


def test_finance_is_told_of_a_session_without_a_price_until_it_has_one(
    member: Actor, course: Course, now: datetime
) -> None:
    for _ in range(2):
        deliver(course, 0, now)
    assert unpriced() == [True]
    quote = agreed(member, quoted(member, course, now), now)
    with acting_as(WORKER):
        record_agreement(quote_id=quote.pk)
    assert unpriced() == [False]


def line_of(session_id: UUID, cents: int = 100) -> Line:
    return Line(
        session_id=session_id,
        kind="dosing",
        list_cents=cents,
        discount_cents=0,
        deductible_cents=0,
        employer_cents=0,
        member_cents=cents,
        scale_cents=0,
        share_cents=0,
    )


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=8), st.integers(1, 4))
def test_every_line_pays_for_one_session_and_none_of_those_that_were_made_up_for(
    made: list[tuple[int, bool]], priced: int
) -> None:
    """Sessions made up for once each, in any order; some have a line of their own."""
    ids = [UUID(int=number) for number in range(priced)]
    lines = [line_of(one, cents=100 + number) for number, one in enumerate(ids)]
    makes_up: dict[UUID, UUID | None] = dict.fromkeys(ids)
    for number, (place, has_line) in enumerate(made):
        former = list(makes_up)[place % len(makes_up)]
        if former in makes_up.values():
            continue
        makes_up[UUID(int=100 + number)] = former
        if has_line:
            lines.append(line_of(UUID(int=100 + number), cents=500 + number))
    missed = frozenset(former for former in makes_up.values() if former)
    carried = carried_over(lines, makes_up, missed=missed)
    assert [line.member_cents for line in carried] == [line.member_cents for line in lines]
    sessions = [line.session_id for line in carried]
    assert len(sessions) == len(set(sessions))
    own = {line.session_id for line in lines}
    open_ones = {one for one in makes_up if one not in missed}
    assert all(one in open_ones or _made_up_by(one, makes_up) & own for one in sessions)


def _made_up_by(session_id: UUID, makes_up: dict[UUID, UUID | None]) -> set[UUID]:
    return {one for one, former in makes_up.items() if former == session_id}
