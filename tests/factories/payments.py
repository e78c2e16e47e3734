"""Accepted quotes, plans and stored payment methods for tests of billing."""

from dataclasses import replace
from datetime import datetime

from django.test import Client

from benefits.accounts.models import User
from billing.payment_plans.models import PaymentMethod, PaymentPlan
from billing.payment_plans.rules import Interval
from billing.payment_plans.services import methods, plans
from billing.quotes.models import Quote, QuoteStatus
from tests.factories import benefits
from tests.factories.billing import covered_member
from workers.kernel.actor import AUTH, WORKER, Actor, acting_as
from workers.kernel.ids import new_id


def paying_member() -> Actor:
    """Return a covered employee who has activated their account, so that e-mails reach them."""
    member = covered_member()
    user = benefits.make_user("employee", employer_id=member.employer, member_id=member.member)
    return replace(member, user=user.pk)


def browser_of(member: Actor) -> Client:
    """Return a browser in which a paying member is signed in."""
    assert member.user is not None
    with acting_as(AUTH):
        user = User.objects.get(pk=member.user)
    return benefits.signed_in(user)


def card_of(member: Actor, now: datetime) -> PaymentMethod:
    """Store a payment method of `member` as Stripe's word on a SetupIntent would."""
    assert member.member is not None
    with acting_as(member):
        setup = methods.request_setup(member_id=member.member, mandate_accepted=True, now=now)
    with acting_as(WORKER):
        methods.store(setup_id=setup.pk, stripe_id=f"pm_{setup.pk}", customer_id="cus_1", now=now)
        return PaymentMethod.objects.get(stripe_id=f"pm_{setup.pk}")


def accepted_quote(
    member: Actor, member_cents: int, now: datetime, status: QuoteStatus = QuoteStatus.ACCEPTED
) -> Quote:
    """Store a quote that `member` has accepted; the employer pays nothing of it."""
    assert member.member is not None
    assert member.employer is not None
    with acting_as(member):
        return Quote.objects.create(
            member_id=member.member,
            employer_id=member.employer,
            course_id=new_id(),
            clinic_id=new_id(),
            status=status,
            total_list_cents=member_cents,
            discount_cents=0,
            deductible_cents=0,
            employer_cents=0,
            member_cents=member_cents,
            snapshot={},
            created_at=now,
            expires_at=now,
            accepted_at=now if status == QuoteStatus.ACCEPTED else None,
        )


def agree(
    member: Actor, *, cents: int, count: int = 1, interval: Interval = Interval.MONTHLY, now: datetime
) -> PaymentPlan:
    """Have `member` agree to pay `cents` in `count` instalments."""
    quote = accepted_quote(member, cents, now)
    with acting_as(member):
        return plans.create(quote_id=quote.pk, count=count, interval=interval, now=now)
