"""When something happened, do this: one service call each."""

from collections.abc import Sequence

from billing.events import (
    ActionReminderDue,
    AuthenticationRequested,
    ChargeRequested,
    IncomeReminderDue,
    InstalmentChanged,
    InstalmentDue,
    InstalmentReminderDue,
    InstalmentReviewDue,
    PaymentAbandoned,
    PaymentMethodRemovalRequested,
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
    RefundCheckDue,
    SetupCheckDue,
    SetupRequested,
    StripeNoticeReceived,
    StripeRoundDue,
    StripeSweepDue,
)
from billing.payment_plans.services import changing, charging, dunning, notices, plans, refund_settling, replanning
from billing.quotes.services import recording, retiring
from billing.reactions import books as books
from billing.sliding_scale.services import reminding
from billing.stripe.services import abandoning, authenticating, charges, refunds, rounds, setups
from billing.stripe.services import notices as stripe_notices
from referrals.events.courses import SessionChanged
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


@reacts_to(InstalmentChanged, lane="billing")
def tell_payer(event: InstalmentChanged, envelope: Envelope) -> None:
    """Mail what became of a debit."""
    notices.tell(instalment_id=event.instalment_id, status=event.status, now=envelope.now)


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


@reacts_to(SetupRequested, lane="billing", external=True)
def prepare_setup(event: SetupRequested, envelope: Envelope) -> None:
    """Ask Stripe for a SetupIntent."""
    setups.prepare(setup_id=event.setup_id, now=envelope.now)


@reacts_to(SetupCheckDue, lane="billing", external=True)
def check_setup(event: SetupCheckDue, envelope: Envelope) -> None:
    """Ask Stripe what became of a SetupIntent."""
    setups.check(setup_id=event.setup_id, number=event.number, now=envelope.now)


@reacts_to(ChargeRequested, lane="billing", external=True)
def charge(event: ChargeRequested, envelope: Envelope) -> None:
    """Ask Stripe for the money."""
    charges.charge(attempt_id=event.attempt_id, now=envelope.now)


@reacts_to(StripeSweepDue, lane="billing", external=True)
def sweep_attempt(event: StripeSweepDue, envelope: Envelope) -> None:
    """Ask Stripe what became of an attempt."""
    charges.sweep(attempt_id=event.attempt_id, number=event.sweep, now=envelope.now)


@reacts_to(StripeNoticeReceived, lane="billing", external=True)
def heed_notice(event: StripeNoticeReceived, envelope: Envelope) -> None:
    """Fetch what a notice is about."""
    stripe_notices.heed(receipt_id=event.receipt_id, now=envelope.now)


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


@reacts_to(AuthenticationRequested, lane="billing", external=True)
def find_banks_page(event: AuthenticationRequested, envelope: Envelope) -> None:
    """Ask Stripe for the page on which the payer confirms."""
    authenticating.begin(attempt_id=event.attempt_id, key=str(envelope.event_id), now=envelope.now)


@reacts_to(PaymentAbandoned, lane="billing", external=True)
def cancel_payment_intent(event: PaymentAbandoned, envelope: Envelope) -> None:
    """Cancel at Stripe what nobody is to pay any more."""
    abandoning.abandon(attempt_id=event.attempt_id, now=envelope.now)


@reacts_to(PaymentMethodRemovalRequested, lane="billing", external=True)
def remove_payment_method(event: PaymentMethodRemovalRequested, envelope: Envelope) -> None:
    """Charge it no more, and detach it at Stripe."""
    setups.remove_method(method_id=event.payment_method_id, now=envelope.now)


@reacts_to(PaymentMethodRemoved, lane="billing")
def tell_of_removed_method(event: PaymentMethodRemoved, envelope: Envelope) -> None:
    """Mail that another method is needed, where something is left to pay."""
    notices.tell_method_gone(payment_method_id=event.payment_method_id, member_id=event.member_id, now=envelope.now)


@reacts_to(RefundApproved, lane="billing")
def book_refund(event: RefundApproved, envelope: Envelope) -> None:
    """Post that it is owed."""
    refund_settling.book(refund_id=event.refund_id, now=envelope.now)


@reacts_to(RefundApproved, lane="billing", external=True)
def send_refund(event: RefundApproved, envelope: Envelope) -> None:
    """Ask Stripe to give the money back."""
    refunds.send(refund_id=event.refund_id, now=envelope.now)


@reacts_to(RefundCheckDue, lane="billing", external=True)
def check_refund(event: RefundCheckDue, envelope: Envelope) -> None:
    """Ask Stripe what became of a refund."""
    refunds.check(refund_id=event.refund_id, number=event.sweep, now=envelope.now)


@reacts_to(SetupRequested, lane="billing")
def begin_rounds(event: SetupRequested, envelope: Envelope) -> None:
    """From the first payment method on, Stripe is looked through every hour."""
    rounds.begin(now=envelope.now)


@reacts_to(StripeRoundDue, lane="billing")
def plan_next_round(event: StripeRoundDue, envelope: Envelope) -> None:
    """Whatever becomes of this round, another follows."""
    rounds.plan_next(number=event.number, now=envelope.now)


@reacts_to(StripeRoundDue, lane="billing", external=True)
def make_round(event: StripeRoundDue, envelope: Envelope) -> None:
    """Look for what was missed."""
    rounds.go(now=envelope.now)


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
