"""Accepted quotes, plans and stored payment methods for tests of billing."""

from dataclasses import asdict, replace
from datetime import datetime

import msgspec
from django.test import Client

from benefits.accounts.models import User
from billing.payment_plans.models import (
    AttemptStatus,
    ChargeAttempt,
    Instalment,
    InstalmentStatus,
    PaymentMethod,
    PaymentPlan,
    PlanStatus,
    Refund,
    RefundReason,
    RefundStatus,
)
from billing.payment_plans.rules import Interval
from billing.payment_plans.services import methods, plans
from billing.quotes.models import Quote, QuoteStatus
from billing.quotes.rules import NOTHING
from billing.sliding_scale.rules import NO_DISCOUNT
from tests.factories import benefits
from tests.factories.billing import course_of, covered_member
from workers.kernel.actor import AUTH, WORKER, Actor, acting_as
from workers.kernel.ids import new_id

# The inputs of a quote that no rule computed: full fee, no plan.
NO_INPUTS = {
    "route": "im",
    "price_version": "",
    "declaration": None,
    "discount": asdict(NO_DISCOUNT),
    "coverage": None,
    "terms": msgspec.to_builtins(NOTHING),
    "taken": {},
    "moves": {},
    "fund": None,
    "counted_on": "2026-03-02",
    "lines": [],
    "delivered": {},
    "carried": {},
}


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
    member: Actor,
    member_cents: int,
    now: datetime,
    status: QuoteStatus = QuoteStatus.ACCEPTED,
    *,
    employer_cents: int = 0,
) -> Quote:
    """Store a quote that `member` has accepted, of which nothing is in the ledger."""
    assert member.member is not None
    assert member.employer is not None
    with acting_as(member):  # in one transaction: a course without its quote would be in the way of the next one
        course = course_of(member)
        return Quote.objects.create(
            member_id=member.member,
            employer_id=member.employer,
            course_id=course.pk,
            clinic_id=course.clinic_id,
            status=status,
            total_list_cents=member_cents + employer_cents,
            discount_cents=0,
            deductible_cents=0,
            employer_cents=employer_cents,
            member_cents=member_cents,
            snapshot=NO_INPUTS,
            created_at=now,
            expires_at=now,
            accepted_at=now if status == QuoteStatus.ACCEPTED else None,
        )


def agree(
    member: Actor,
    *,
    cents: int,
    count: int = 1,
    interval: Interval = Interval.MONTHLY,
    now: datetime,
    employer_cents: int = 0,
) -> PaymentPlan:
    """Have `member` agree to pay `cents` in `count` instalments; their employer pays `employer_cents` besides."""
    quote = accepted_quote(member, cents, now, employer_cents=employer_cents)
    with acting_as(member):
        return plans.create(quote_id=quote.pk, count=count, interval=interval, now=now)


def past_charge(member: Actor, now: datetime, *, cents: int = 10_000) -> ChargeAttempt:
    """Store a charge of `member` that succeeded, with all that it belongs to, as rows that nobody announces."""
    assert member.member is not None
    quote = accepted_quote(member, cents, now)
    with acting_as(WORKER):
        method = PaymentMethod.objects.create(
            member_id=member.member, stripe_id=f"pm_{new_id()}", customer_id="cus_1", stored_at=now
        )
        plan = PaymentPlan.objects.create(
            member_id=member.member,
            quote_id=quote.pk,
            status=PlanStatus.COMPLETED,
            interval=Interval.MONTHLY,
            total_cents=cents,
            created_at=now,
        )
        instalment = Instalment.objects.create(
            member_id=member.member,
            plan=plan,
            number=1,
            amount_cents=cents,
            due_at=now,
            status=InstalmentStatus.PAID,
            paid_at=now,
        )
        return ChargeAttempt.objects.create(
            member_id=member.member,
            instalment=instalment,
            payment_method=method,
            generation=1,
            number=1,
            status=AttemptStatus.PAID,
            amount_cents=cents,
            payment_intent_id=f"pi_{new_id()}",
            create_key=f"pi-create:{instalment.pk}:g1",
            confirm_key=f"pi-confirm:{instalment.pk}:g1:a1",
            created_at=now,
            paid_at=now,
        )


def failed_refund(attempt: ChargeAttempt, now: datetime, *, cents: int = 100) -> Refund:
    """Store a refund of a charge that came back."""
    with acting_as(WORKER):
        ChargeAttempt.objects.filter(pk=attempt.pk).update(refunded_cents=cents)
        return Refund.objects.create(
            member_id=attempt.member_id,
            attempt=attempt,
            amount_cents=cents,
            reason=RefundReason.GOODWILL,
            request_key=str(new_id()),
            status=RefundStatus.FAILED,
            stripe_id=f"re_{new_id()}",
            created_at=now,
        )
