"""What Stripe is asked for, and what becomes of what it tells."""

from collections.abc import Sequence

from billing.events import (
    AuthenticationRequested,
    ChargeRequested,
    PaymentAbandoned,
    PaymentIntentFound,
    PaymentMethodRemovalRequested,
    RefundApproved,
    RefundCheckDue,
    SetupCheckDue,
    SetupRequested,
    StripeNoticeReceived,
    StripeRoundDue,
    StripeSweepDue,
)
from billing.stripe.services import abandoning, adopting, authenticating, charges, notices, refunds, rounds, setups
from workers.events import Envelope, Heard, reacts_to, reacts_to_all, tell_failed


@reacts_to(SetupRequested, lane="billing", external=True)
def prepare_setup(event: SetupRequested, envelope: Envelope) -> None:
    """Ask Stripe for a SetupIntent."""
    setups.prepare(setup_id=event.setup_id, now=envelope.now)


@reacts_to(SetupCheckDue, lane="billing", external=True)
def check_setup(event: SetupCheckDue, envelope: Envelope) -> None:
    """Ask Stripe what became of a SetupIntent."""
    setups.check(setup_id=event.setup_id, number=event.number, now=envelope.now)


@reacts_to_all(ChargeRequested, lane="billing", external=True)
def charge(batch: Sequence[Heard[ChargeRequested]]) -> None:
    """Ask Stripe for the money."""
    traces = {heard.event.attempt_id: heard.envelope.trace for heard in batch}
    errors = charges.charge_all(traces=traces, now=max(heard.envelope.now for heard in batch))
    tell_failed({heard.envelope.event_id: errors.get(heard.event.attempt_id) for heard in batch})


@reacts_to(StripeSweepDue, lane="billing", external=True)
def sweep_attempt(event: StripeSweepDue, envelope: Envelope) -> None:
    """Ask Stripe what became of an attempt."""
    charges.sweep(attempt_id=event.attempt_id, number=event.sweep, now=envelope.now)


@reacts_to_all(StripeNoticeReceived, lane="billing", external=True)
def heed_notice(batch: Sequence[Heard[StripeNoticeReceived]]) -> None:
    """Fetch what notices are about."""
    traces = {heard.event.receipt_id: heard.envelope.trace for heard in batch}
    errors = notices.heed_all(traces=traces, now=max(heard.envelope.now for heard in batch))
    tell_failed({heard.envelope.event_id: errors.get(heard.event.receipt_id) for heard in batch})


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


@reacts_to(StripeRoundDue, lane="billing")
def ask_about_open(event: StripeRoundDue, envelope: Envelope) -> None:
    """Once a round, and not again for its rest."""
    if event.begun is None:
        rounds.ask_about_open(now=envelope.now)


@reacts_to(StripeRoundDue, lane="billing", external=True)
def make_round(event: StripeRoundDue, envelope: Envelope) -> None:
    """Look for what was missed."""
    rounds.go(event, now=envelope.now)


@reacts_to(PaymentIntentFound, lane="billing", external=True)
def adopt_payment_intent(event: PaymentIntentFound, envelope: Envelope) -> None:
    """Take over or cancel what no row knows."""
    adopting.adopt(payment_intent_id=event.payment_intent_id, now=envelope.now)
