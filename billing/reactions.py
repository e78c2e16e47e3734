"""When something happened, do this: one service call each."""

from billing.events import (
    ActionReminderDue,
    ChargeRequested,
    InstalmentChanged,
    InstalmentDue,
    InstalmentReminderDue,
    InstalmentReviewDue,
    PaymentMethodStored,
    PaymentPlanActivated,
    PaymentPlanCreated,
    QuoteAccepted,
    SetupCheckDue,
    SetupRequested,
    StripeNoticeReceived,
    StripeSweepDue,
)
from billing.payment_plans.services import charging, dunning, notices, plans
from billing.quotes.services import recording
from billing.stripe.services import charges, setups
from billing.stripe.services import notices as stripe_notices
from referrals.events import SessionChanged
from workers.events import Envelope, reacts_to


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


@reacts_to(InstalmentDue, lane="billing")
def charge_due_instalment(event: InstalmentDue, envelope: Envelope) -> None:
    """Record an attempt and ask for it."""
    charging.charge_due(instalment_id=event.instalment_id, generation=event.generation, now=envelope.now)


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


@reacts_to(QuoteAccepted, lane="billing")
def record_agreement(event: QuoteAccepted, envelope: Envelope) -> None:
    """Post the agreed price to the ledger."""
    recording.record_agreement(quote_id=event.quote_id)


@reacts_to(SessionChanged, lane="billing")
def record_delivery(event: SessionChanged, envelope: Envelope) -> None:
    """Post a completed session to the ledger; other changes move no money."""
    if event.status == "completed":
        recording.record_delivery(session_id=event.session_id, at=envelope.occurred_at)
