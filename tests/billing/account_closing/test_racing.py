"""Closing an account in the moment in which its member agrees to pay."""

from dataclasses import replace
from datetime import datetime
from functools import partial

from benefits.enrollment.models import Member
from billing.account_closing import services as closing
from billing.payment_plans.models import PaymentPlan
from billing.payment_plans.rules import Interval
from billing.payment_plans.services import plans
from billing.quotes.models import Quote
from tests.factories.benefits import activate
from tests.factories.billing import covered_member
from tests.factories.payments import accepted_quote
from tests.racing import at_once
from workers.kernel.actor import WORKER, Actor, acting_as
from workers.kernel.errors import DomainError


def test_who_closes_an_account_while_agreeing_to_a_plan_does_one_of_them(committed_db, now):
    for number in range(8):
        member = arrived(f"ana-{number}@home.example")
        quote = accepted_quote(member, 10_000, now)
        done = at_once(partial(pay, member, quote, now), partial(leave, member, now), expected=DomainError)
        [refused] = [one.code for one in done if isinstance(one, DomainError)]
        assert refused in ("payments_open", "account_closed"), number
        with acting_as(WORKER):
            assert PaymentPlan.objects.filter(quote_id=quote.pk).exists() == (refused == "payments_open")


def arrived(email: str) -> Actor:
    """A covered member who has claimed their account."""
    member = covered_member()
    assert member.member
    with acting_as(WORKER):
        row = Member.objects.get(pk=member.member)
    return replace(member, user=activate(row, email=email).pk)


def pay(member: Actor, quote: Quote, now: datetime) -> None:
    with acting_as(member):
        plans.create(quote_id=quote.pk, count=1, interval=Interval.MONTHLY, now=now)


def leave(member: Actor, now: datetime) -> None:
    assert member.user
    assert member.member
    with acting_as(member):
        closing.close(user_id=member.user, member_id=member.member, now=now)
