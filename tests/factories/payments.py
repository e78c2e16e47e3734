"""Accepted quotes, plans and stored payment methods for tests of billing."""

from datetime import datetime

from billing.payment_plans.models import PaymentPlan
from billing.payment_plans.rules import Interval
from billing.payment_plans.services import plans
from billing.quotes.models import Quote, QuoteStatus
from tests.factories import benefits
from tests.factories.billing import covered_member
from workers.kernel.actor import Actor, acting_as
from workers.kernel.ids import new_id


def paying_member() -> Actor:
    """Return a covered employee who has activated their account, so that e-mails reach them."""
    member = covered_member()
    benefits.make_user("employee", employer_id=member.employer, member_id=member.member)
    return member


def accepted_quote(member: Actor, member_cents: int, now: datetime) -> Quote:
    """Store a quote that `member` has accepted; the employer pays nothing of it."""
    with acting_as(member):
        return Quote.objects.create(
            member_id=member.member,
            employer_id=member.employer,
            course_id=new_id(),
            clinic_id=new_id(),
            status=QuoteStatus.ACCEPTED,
            total_list_cents=member_cents,
            discount_cents=0,
            deductible_cents=0,
            employer_cents=0,
            member_cents=member_cents,
            snapshot={},
            created_at=now,
            expires_at=now,
            accepted_at=now,
        )


def agree(
    member: Actor, *, cents: int, count: int = 1, interval: Interval = Interval.MONTHLY, now: datetime
) -> PaymentPlan:
    """Have `member` agree to pay `cents` in `count` instalments."""
    quote = accepted_quote(member, cents, now)
    with acting_as(member):
        return plans.create(quote_id=quote.pk, count=count, interval=interval, now=now)
