"""A payment plan follows the price that is agreed to."""

import pytest
from django.db.models import Sum

from billing.payment_plans.models import Instalment, InstalmentStatus, PaymentPlan
from billing.payment_plans.rules import Interval
from billing.payment_plans.services import plans
from billing.payment_plans.services.replanning import follow_price
from tests.factories.billing import agreed, course_of, now_is, quoted
from tests.factories.payments import paying_member
from workers.kernel.actor import WORKER, acting_as
from workers.outbox.draining import drain


@pytest.fixture
def member(committed_db):
    return paying_member()


def _asked() -> tuple[int, int]:
    """What the only plan asks for, and the sum of its instalments that are to be paid."""
    with acting_as(WORKER):
        open_ones = Instalment.objects.exclude(status=InstalmentStatus.CANCELLED)
        return PaymentPlan.objects.get().total_cents, open_ones.aggregate(s=Sum("amount_cents"))["s"]


def test_a_plan_asks_for_the_price_that_is_agreed_to_now(member, now):
    course = course_of(member)
    quote = agreed(member, quoted(member, course, now), now)
    with acting_as(member):
        plans.create(quote_id=quote.pk, count=3, interval=Interval.MONTHLY, now=now)
    drain("billing")
    assert _asked() == (21_000, 21_000)
    for place, cents in ((2, 14_000), (1, 7_000)):
        now_is("cancelled", course, place)
        agreed(member, quoted(member, course, now), now)
        drain("billing")
        assert _asked() == (cents, cents)
    with acting_as(WORKER):
        follow_price(course_id=course.pk, now=now)
    assert _asked() == (7_000, 7_000)


def test_a_price_without_a_plan_is_followed_by_none(member, now):
    course = course_of(member)
    agreed(member, quoted(member, course, now), now)
    now_is("cancelled", course, 2)
    agreed(member, quoted(member, course, now), now)
    drain("billing")
    with acting_as(WORKER):
        assert not PaymentPlan.objects.exists()
