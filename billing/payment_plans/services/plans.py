"""Agreeing to a plan, and its beginning."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from benefits import facade as benefits
from billing.events import InstalmentDue, PaymentPlanActivated, PaymentPlanCreated
from billing.payment_plans import rules
from billing.payment_plans.models import Instalment, InstalmentStatus, PaymentPlan, PlanStatus
from billing.payment_plans.queries import find_active_method, get_plan
from billing.payment_plans.services import dunning
from billing.quotes.models import Quote, QuoteStatus
from billing.quotes.queries import list_replaced
from workers.kernel.errors import DomainError, Invalid
from workers.outbox.publishing import publish
from workers.timers.scheduling import schedule


class QuoteNotAccepted(DomainError):
    """A plan is for a quote that its member has accepted."""

    code = "quote_not_accepted"


class PlanExists(DomainError):
    """This quote is already paid by a plan."""

    code = "payment_plan_exists"


class AccountGone(DomainError):
    """Its member has closed their account meanwhile."""

    code = "account_closed"


class InstalmentsImpossible(Invalid):
    """The amount cannot be paid in so many instalments."""

    code = "instalments_impossible"


def create(*, quote_id: UUID, count: int, interval: rules.Interval, now: datetime) -> PaymentPlan:
    """Agree to pay the actor's accepted quote in `count` instalments; active at once where a method is stored.

    Raises NotFound, QuoteNotAccepted, AccountGone, InstalmentsImpossible (also when nothing is to be paid) and
    PlanExists.
    """
    quote = _lock_payable(quote_id, now)
    try:
        parts = rules.amounts(quote.member_cents, count)
    except rules.CannotSplit as error:
        raise InstalmentsImpossible(str(error)) from None
    plan = PaymentPlan(
        member_id=quote.member_id,
        quote_id=quote.pk,
        interval=interval,
        total_cents=quote.member_cents,
        created_at=now,
    )
    with transaction.atomic():
        _insert(plan, parts, now)
    return get_plan(plan.pk)


def _lock_payable(quote_id: UUID, now: datetime) -> Quote:
    """Lock an accepted quote: while a plan is made for it, no other price takes its place.

    What was agreed to pay for a price that this one took the place of follows by itself (QuoteReplaced).
    """
    quote = Quote.locked(pk=quote_id)
    if quote.status != QuoteStatus.ACCEPTED:
        raise QuoteNotAccepted(f"This quote is {quote.status_at(now)}: accept a quote first.")
    if not benefits.keep_account_open(quote.member_id):
        raise AccountGone("This account is closed: nobody could follow a payment plan from it.")
    if PaymentPlan.objects.filter(quote_id__in=list_replaced(quote)).exists():
        raise PlanExists("The payment plan of this course follows the new price by itself.")
    return quote


def _insert(plan: PaymentPlan, parts: list[int], now: datetime) -> None:
    has_method = find_active_method(plan.member_id) is not None
    plan.status = PlanStatus.ACTIVE if has_method else PlanStatus.AWAITING_METHOD
    plan.activated_at = now if has_method else None
    try:
        with transaction.atomic():
            plan.save(force_insert=True)
    except IntegrityError as error:
        raise PlanExists("There is already a payment plan for this quote.") from error
    due = _due(plan, len(parts), now)
    Instalment.objects.bulk_create(
        Instalment(member_id=plan.member_id, plan=plan, number=n, amount_cents=part, due_at=at)
        for n, (part, at) in enumerate(zip(parts, due, strict=True), start=1)
    )
    publish(PaymentPlanCreated(plan_id=plan.pk, member_id=plan.member_id), about=plan, now=now)
    if has_method:
        _announce_active(plan, now)


def _due(plan: PaymentPlan, count: int, first: datetime) -> list[datetime]:
    zone = benefits.get_member(plan.member_id).timezone
    return rules.due_instants(first, count, rules.Interval(plan.interval), zone)


def _announce_active(plan: PaymentPlan, now: datetime) -> None:
    publish(PaymentPlanActivated(plan_id=plan.pk, member_id=plan.member_id), about=plan, now=now)


def activate_waiting(*, member_id: UUID, now: datetime) -> None:
    """Activate the plans that waited for a payment method, if there is one now; the first debit is due at once.

    Called after a plan was created and after a method was stored: whichever committed last finds the other.
    """
    if find_active_method(member_id) is None:
        return
    with transaction.atomic():
        waiting = PaymentPlan.objects.filter(member_id=member_id, status=PlanStatus.AWAITING_METHOD)
        for plan in waiting.order_by("pk").select_for_update():
            plan.status, plan.activated_at = PlanStatus.ACTIVE, now
            plan.save(update_fields=["status", "activated_at"])
            instalments = list(plan.instalments.filter(status=InstalmentStatus.SCHEDULED).order_by("number"))
            for instalment, due_at in zip(instalments, _due(plan, len(instalments), now), strict=True):
                moved = Instalment.objects.filter(pk=instalment.pk)
                moved.update(due_at=due_at, generation=F("generation") + 1)  # a timer of its former date does nothing
            _announce_active(plan, now)


def start(*, plan_id: UUID) -> None:
    """Set the timers of an active plan's instalments: the debit, and the notice three days before it."""
    for instalment in get_plan(plan_id).instalments.filter(status=InstalmentStatus.SCHEDULED):
        due = InstalmentDue(instalment_id=instalment.pk, generation=instalment.generation)
        schedule(due, about=instalment, due_at=instalment.due_at, generation=instalment.generation)
        if instalment.number > 1:
            dunning.announce(instalment)
