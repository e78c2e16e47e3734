"""What the ledger records of agreed prices and delivered sessions."""

from datetime import timedelta

import pytest

from billing.ledger.queries import balance, find_journal, legs_of, trial_balance
from billing.ledger.rules import Account, credit, debit
from billing.quotes.services.agreeing import accept
from billing.quotes.services.quoting import create
from referrals.courses.models import Session
from referrals.events.courses import SessionChanged
from tests.factories.billing import course_of, covered_member
from tests.factories.courses import sessions_of
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id
from workers.outbox.draining import drain
from workers.outbox.publishing import publish


@pytest.fixture
def member(committed_db):
    return covered_member()


@pytest.fixture
def course(member):
    return course_of(member)


def _agree(member, course, now):
    clock.freeze(now)
    with acting_as(member):
        quote = create(member_id=member.member, course_id=course.pk, now=now)
        accept(quote_id=quote.pk, member_id=member.member, now=now)
    drain("billing")
    return quote


def _complete(session, now):
    clock.freeze(now)
    with acting_as(WORKER):
        Session.objects.filter(pk=session.pk).update(status="completed", completed_at=now)
        event = SessionChanged(session_id=session.pk, course_id=session.course_id, status="completed")
        publish(event, about=session, now=now)
    drain("billing")


def test_an_agreed_price_is_receivable_and_deferred(member, course, now):
    quote = _agree(member, course, now)
    with acting_as(WORKER):
        journal = find_journal(f"quote:{quote.pk}:agreed")
        assert journal
        assert (journal.at, journal.kind) == (now, "price_agreed")
        assert legs_of(journal) == [
            debit(Account.RECEIVABLE_EMPLOYEE, 21_000, member_id=member.member),
            debit(Account.RECEIVABLE_EMPLOYER_UNBILLED, 31_500, member_id=member.member, employer_id=member.employer),
            credit(Account.DEFERRED_REVENUE, 52_500, member_id=member.member),
        ]


def test_a_delivered_session_is_earned_once_and_owed_to_its_clinic(member, course, now):
    _agree(member, course, now)
    session = sessions_of(course)[1]
    for _ in range(2):
        _complete(session, now + timedelta(days=12))
    with acting_as(WORKER):
        assert balance(Account.REVENUE, member_id=member.member) == -17_500
        assert balance(Account.DEFERRED_REVENUE) == -35_000
        assert balance(Account.CLINIC_PAYABLE, clinic_id=course.clinic_id) == -17_500
        journal = find_journal(f"session:{session.pk}:delivered")
        assert journal
        assert journal.at == now + timedelta(days=12)


def test_a_whole_course_leaves_nothing_deferred(member, course, now):
    _agree(member, course, now)
    for session in sessions_of(course):
        _complete(session, now)
    with acting_as(WORKER):
        assert balance(Account.DEFERRED_REVENUE) == 0
        assert sum(total.balance_cents for total in trial_balance()) == 0


def test_a_session_delivered_before_the_price_was_agreed_is_made_up_for(member, course, now):
    session = sessions_of(course)[0]
    _complete(session, now)
    with acting_as(WORKER):
        assert find_journal(f"session:{session.pk}:delivered") is None
    _agree(member, course, now + timedelta(hours=1))
    with acting_as(WORKER):
        assert balance(Account.REVENUE) == -17_500
        assert balance(Account.DEFERRED_REVENUE) == -35_000


@pytest.mark.parametrize("status", ["scheduled", "cancelled", "no_show"])
def test_other_changes_of_a_session_move_no_money(member, course, now, status):
    _agree(member, course, now)
    session = sessions_of(course)[0]
    with acting_as(WORKER):
        event = SessionChanged(session_id=session.pk, course_id=course.pk, status=status)
        publish(event, about=session, now=now)
    drain("billing")
    with acting_as(WORKER):
        assert balance(Account.REVENUE) == 0


def test_a_course_that_costs_nothing_leaves_no_journal(member, now):
    course = course_of(member)
    free = sessions_of(course)[0]
    free.pk, free.sequence, free.list_price_cents = new_id(), 9, 0
    with acting_as(WORKER):
        Session.objects.filter(course=course).update(status="cancelled")
        free.save(force_insert=True)
    quote = _agree(member, course, now)
    _complete(free, now)
    with acting_as(WORKER):
        assert find_journal(f"quote:{quote.pk}:agreed") is None
        assert all(total.debit_cents == 0 for total in trial_balance())
