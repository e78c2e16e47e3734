"""When something happened, do this: one service call each."""

from collections.abc import Sequence

from billing.events import (
    ActionReminderDue,
    IncomeReminderDue,
    InstalmentChanged,
    InstalmentDue,
    InstalmentReminderDue,
    InstalmentReviewDue,
    PaymentMethodRemoved,
    PaymentMethodStored,
    PaymentPlanActivated,
    PaymentPlanCreated,
    PlanAskedTooMuch,
    PlanChangeRequested,
    PlanResumeDue,
    QuoteAccepted,
    QuoteExpiryDue,
    QuoteReplaced,
    RefundApproved,
)
from billing.payment_plans.services import changing, charging, dunning, notices, plans, refund_settling, replanning
from billing.quotes.services import closing, recording, retiring
from billing.reactions import books as books
from billing.reactions import stripe as stripe
from billing.sliding_scale.services import reminding
from referrals.events.courses import CourseClosed, SessionChanged
from workers.events import Envelope, Heard, reacts_to, reacts_to_all


@reacts_to(PaymentPlanCreated, lane="billing")
def activate_plan_with_stored_method(event: PaymentPlanCreated, envelope: Envelope) -> None:
    """A method may have been stored while the plan was being agreed to."""
    plans.activate_waiting(member_id=event.member_id, now=envelope.now)


@reacts_to(PaymentMethodStored, lane="billing")
def activate_waiting_plans(event: PaymentMethodStored, envelope: Envelope) -> None:
    """Plans that waited for a payment method begin."""
    plans.activate_waiting(member_id=event.member_id, now=envelope.now)


@reacts_to(PaymentMethodStored, lane="billing")
def charge_with_new_method(event: PaymentMethodStored, envelope: Envelope) -> None:
    """What failed with the former method is tried with the new one."""
    charging.charge_with_new_method(member_id=event.member_id, now=envelope.now)


@reacts_to(PaymentPlanActivated, lane="billing")
def start_plan(event: PaymentPlanActivated, envelope: Envelope) -> None:
    """Set the timers of an active plan."""
    plans.start(plan_id=event.plan_id)


@reacts_to(InstalmentReminderDue, lane="billing")
def announce_debit(event: InstalmentReminderDue, envelope: Envelope) -> None:
    """Mail that a debit is near."""
    notices.announce_debit(instalment_id=event.instalment_id, generation=event.generation, now=envelope.now)


@reacts_to_all(InstalmentDue, lane="billing")
def charge_due_instalment(batch: Sequence[Heard[InstalmentDue]]) -> None:
    """Record attempts and ask for them."""
    due = [
        charging.Due(
            instalment_id=heard.event.instalment_id, generation=heard.event.generation, trace=heard.envelope.trace
        )
        for heard in batch
    ]
    charging.charge_due(due, now=max(heard.envelope.now for heard in batch))


@reacts_to_all(InstalmentChanged, lane="billing")
def tell_payer(batch: Sequence[Heard[InstalmentChanged]]) -> None:
    """Mail what became of debits."""
    changes = [
        notices.Change(instalment_id=heard.event.instalment_id, status=heard.event.status, trace=heard.envelope.trace)
        for heard in batch
    ]
    notices.tell(changes, now=max(heard.envelope.now for heard in batch))


@reacts_to(ActionReminderDue, lane="billing")
def remind_payer(event: ActionReminderDue, envelope: Envelope) -> None:
    """Mail once more that the payer has to authenticate."""
    dunning.remind_payer(
        instalment_id=event.instalment_id,
        generation=event.generation,
        number=event.number,
        now=envelope.now,
    )


@reacts_to(InstalmentReviewDue, lane="billing")
def flag_instalment(event: InstalmentReviewDue, envelope: Envelope) -> None:
    """Have a person look at an instalment that keeps failing."""
    dunning.flag_for_review(instalment_id=event.instalment_id, now=envelope.now)


@reacts_to(PlanAskedTooMuch, lane="billing")
def rebalance_plan(event: PlanAskedTooMuch, envelope: Envelope) -> None:
    """Have the plan ask for what is owed now."""
    replanning.rebalance(plan_id=event.plan_id, now=envelope.now)


@reacts_to(PlanChangeRequested, lane="billing")
def change_plan(event: PlanChangeRequested, envelope: Envelope) -> None:
    """Do what a payer asked for."""
    changing.apply(change_id=event.change_id, now=envelope.now)


@reacts_to(PlanResumeDue, lane="billing")
def end_pause(event: PlanResumeDue, envelope: Envelope) -> None:
    """Go on after a pause."""
    changing.end_pause(plan_id=event.plan_id, now=envelope.now)


@reacts_to(PaymentMethodRemoved, lane="billing")
def tell_of_removed_method(event: PaymentMethodRemoved, envelope: Envelope) -> None:
    """Mail that another method is needed, where something is left to pay."""
    notices.tell_method_gone(payment_method_id=event.payment_method_id, member_id=event.member_id, now=envelope.now)


@reacts_to(RefundApproved, lane="billing")
def book_refund(event: RefundApproved, envelope: Envelope) -> None:
    """Post that it is owed."""
    refund_settling.book(refund_id=event.refund_id, now=envelope.now)


@reacts_to(QuoteAccepted, lane="billing")
def record_agreement(event: QuoteAccepted, envelope: Envelope) -> None:
    """Post the agreed price to the ledger."""
    recording.record_agreement(quote_id=event.quote_id)


@reacts_to(QuoteReplaced, lane="billing")
def follow_agreed_price(event: QuoteReplaced, envelope: Envelope) -> None:
    """What is still to be paid follows the price that is agreed to now."""
    replanning.follow_price(course_id=event.course_id, now=envelope.now)


@reacts_to(IncomeReminderDue, lane="billing")
def remind_of_income(event: IncomeReminderDue, envelope: Envelope) -> None:
    """Mail that a document or a new declaration is due."""
    reminding.remind(declaration_id=event.declaration_id, about=event.about, now=envelope.now)


@reacts_to(QuoteExpiryDue, lane="billing")
def expire_quote(event: QuoteExpiryDue, envelope: Envelope) -> None:
    """End a quote that nobody accepted."""
    retiring.expire(quote_id=event.quote_id, now=envelope.now)


@reacts_to(SessionChanged, lane="billing")
def record_delivery(event: SessionChanged, envelope: Envelope) -> None:
    """Post a completed session to the ledger; other changes move no money."""
    if event.status == "completed":
        recording.record_delivery(session_id=event.session_id, at=envelope.occurred_at)


@reacts_to(CourseClosed, lane="billing")
def settle_closed_course(event: CourseClosed, envelope: Envelope) -> None:
    """What did not take place is neither asked for nor kept."""
    closing.settle_closed(course_id=event.course_id, now=envelope.now)
