"""New instalments in place of old ones: a plan changed midway, or a price that was corrected."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet, Sum

from billing.events import PaymentAbandoned
from billing.ledger.services import Signature
from billing.ledger.services.posting import BY_PROGRAM
from billing.payment_plans import rules
from billing.payment_plans.models import (
    AttemptStatus,
    ChargeAttempt,
    Instalment,
    InstalmentStatus,
    PaymentPlan,
    PlanStatus,
    Refund,
    RefundReason,
    RefundStatus,
)
from billing.payment_plans.services import booking, charging, dunning, refunds, settling
from billing.quotes.models import QuoteStatus
from billing.quotes.queries import list_replaced, lock_current
from billing.work_items.services import close_if_open
from workers.kernel.money import split
from workers.outbox.publishing import publish

# Something is owed, and nothing of these is in flight at Stripe unless their payer does something there.
MOVABLE = (
    InstalmentStatus.SCHEDULED,
    InstalmentStatus.DUE,
    InstalmentStatus.RETRY_WAIT,
    InstalmentStatus.NEEDS_METHOD,
    InstalmentStatus.ACTION_REQUIRED,
)
FIRST_NOTICE = timedelta(days=7)  # an instalment that nobody expected is due as long after it is announced


def replace(
    plan: PaymentPlan, former: Sequence[Instalment], parts: Sequence[int], dates: Sequence[datetime], now: datetime
) -> list[Instalment]:
    """Cancel `former` and return new instalments of these cents and dates. All of the plan is locked.

    A PaymentIntent of a cancelled one is canceled at Stripe; what is paid on it meanwhile goes back by itself. Where
    one needs another method, those that are due now need it, too.
    """
    is_stuck = any(each.status == InstalmentStatus.NEEDS_METHOD and not charging.is_untried(each) for each in former)
    for instalment in former:
        _cancel(instalment, now)
    highest = max(each.number for each in plan.instalments.all())
    created = []
    for number, (cents, due_at) in enumerate(zip(parts, dates, strict=True), start=highest + 1):
        instalment = Instalment(member_id=plan.member_id, plan=plan, number=number, amount_cents=cents, due_at=due_at)
        instalment.save(force_insert=True)
        if is_stuck and due_at <= now:
            dunning.note_trouble(instalment, now)
            charging.change(instalment, InstalmentStatus.NEEDS_METHOD, now)
        else:
            dunning.reschedule(instalment, due_at)
            instalment.save(update_fields=["generation", "due_at"])
            dunning.announce(instalment)
        created.append(instalment)
    return created


def _cancel(instalment: Instalment, now: datetime) -> None:
    instalment.generation += 1
    charging.change(instalment, InstalmentStatus.CANCELLED, now)
    if instalment.review_at is not None:
        close_if_open(key=dunning.review_key(instalment), now=now)
    charging.close_others(instalment, "superseded")
    last = instalment.attempts.order_by("generation", "number").last()
    if last is not None and last.payment_intent_id and last.status == AttemptStatus.RETRY_WAIT:
        publish(PaymentAbandoned(attempt_id=last.pk), about=last, now=now)


def adjust(*, plan_id: UUID, total_cents: int, now: datetime) -> None:
    """Have a plan ask for another total, as after a corrected income; acts as a worker. Idempotent.

    What is paid or in flight counts; the rest is split anew over the instalments that are left, on their dates. Too
    much paid goes back, the newest charge first; less than the smallest charge is waived. No more stays waived than
    is owed: it was charity care, and is no price any more. The change of the price itself is for whoever changed it to
    post.
    """
    with transaction.atomic():
        plan, instalments = _lock(plan_id)
        if plan.total_cents != total_cents:
            if plan.waived_cents > total_cents:
                _waive(plan, total_cents - plan.waived_cents, now)
            plan.total_cents = total_cents
            plan.save(update_fields=["total_cents"])
            _rebalance(plan, instalments, now)


def rebalance(*, plan_id: UUID, now: datetime) -> None:
    """Have a plan ask for its total again, once a charge has ended that was in flight while the total was lowered.

    Acts as a worker. Idempotent: nothing happens to a plan that asks for what is owed.
    """
    with transaction.atomic():
        _rebalance(*_lock(plan_id), now)


def waive(
    plan: PaymentPlan, instalments: Sequence[Instalment], cents: int, *, signature: Signature, now: datetime
) -> None:
    """Ask for so much less, because somebody found hardship; plan and instalments are locked.

    What is left is split anew over the instalments that are left, on their dates.
    """
    _waive(plan, cents, now, signature)
    _rebalance(plan, instalments, now)


def _lock(plan_id: UUID) -> tuple[PaymentPlan, list[Instalment]]:
    mine = Instalment.objects.filter(plan_id=plan_id).order_by("pk")
    instalments = sorted(mine.select_for_update(of=("self",)), key=lambda each: each.number)
    return PaymentPlan.locked(pk=plan_id), instalments


def _rebalance(plan: PaymentPlan, instalments: Sequence[Instalment], now: datetime) -> None:
    movable = [each for each in instalments if each.status in MOVABLE]
    rest = plan.total_cents - plan.waived_cents - _committed(plan, instalments)
    if rest != sum(each.amount_cents for each in movable):
        _ask_for(plan, rest, movable, now)
        settling.complete_if_paid(plan.pk, now)


def _committed(plan: PaymentPlan, instalments: Sequence[Instalment]) -> int:
    """Cents that are paid or being charged, less what went back because the price was lowered before."""
    counted = sum(
        each.amount_cents for each in instalments if each.status not in (*MOVABLE, InstalmentStatus.CANCELLED)
    )
    given = _lowered(plan).exclude(status=RefundStatus.REFUSED).aggregate(total=Sum("amount_cents"))["total"]
    return counted - int(given or 0)


def _lowered(plan: PaymentPlan) -> QuerySet[Refund]:
    return Refund.objects.filter(attempt__instalment__plan=plan, reason=RefundReason.PRICE_LOWERED)


def _ask_for(plan: PaymentPlan, rest: int, movable: list[Instalment], now: datetime) -> None:
    if rest >= rules.SMALLEST_CHARGE_CENTS:
        count = max(1, min(len(movable), rest // rules.SMALLEST_CHARGE_CENTS))
        dates = [max(each.due_at, now) for each in movable[-count:]] or [now + FIRST_NOTICE]
        if plan.status == PlanStatus.COMPLETED:
            plan.status = PlanStatus.ACTIVE
            plan.save(update_fields=["status"])
        replace(plan, movable, split(rest, [1] * count), dates, now)
        return
    for instalment in movable:
        _cancel(instalment, now)
    if rest > 0:
        _waive(plan, rest, now)
    elif rest < 0:
        _give_back(plan, -rest, now)


def _waive(plan: PaymentPlan, cents: int, now: datetime, signature: Signature = BY_PROGRAM) -> None:
    """Waive so much more, or less."""
    plan.waived_cents += cents
    plan.save(update_fields=["waived_cents"])
    booking.book_waiver(plan, cents=cents, now=now, signature=signature)


def _give_back(plan: PaymentPlan, cents: int, now: datetime) -> None:
    """Under the plan's lock, so that the number of what went back before names this time."""
    before = _lowered(plan).count()
    paid = ChargeAttempt.objects.filter(instalment__plan=plan, status=AttemptStatus.PAID, is_surplus=False)
    for attempt in paid.order_by("-created_at", "-pk"):
        part = min(cents, attempt.amount_cents - attempt.refunded_cents)
        if part > 0:
            refunds.approve(
                attempt_id=attempt.pk,
                amount_cents=part,
                reason=RefundReason.PRICE_LOWERED,
                request_key=f"price:{plan.pk}:{before}:{attempt.pk}",
                now=now,
            )
            cents -= part


def follow_price(*, course_id: UUID, now: datetime) -> None:
    """Have the plan that was made for an earlier price of a course ask for the one that is agreed to now; as a worker.

    Locks the course's agreed quote: in whichever order it is heard that prices were replaced, the present one counts.
    """
    with transaction.atomic():
        quote = lock_current(course_id)[QuoteStatus.ACCEPTED]
        plan = PaymentPlan.objects.filter(quote_id__in=list_replaced(quote)).first()
        if plan is not None:
            adjust(plan_id=plan.pk, total_cents=quote.member_cents, now=now)
