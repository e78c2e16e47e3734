"""What billing announces."""

from dataclasses import dataclass
from uuid import UUID

from workers.events import Event


@dataclass(frozen=True, kw_only=True)
class QuoteAccepted(Event, name="billing.quote.accepted.v1"):
    """A member agreed to a price."""

    quote_id: UUID
    course_id: UUID
    member_id: UUID


@dataclass(frozen=True, kw_only=True)
class SetupRequested(Event, name="billing.payment-method.setup-requested.v1"):
    """A member wants to store a card: Stripe is to be asked for a SetupIntent."""

    setup_id: UUID


@dataclass(frozen=True, kw_only=True)
class PaymentMethodStored(Event, name="billing.payment-method.stored.v1"):
    """A member's payment method can be charged."""

    payment_method_id: UUID
    member_id: UUID


@dataclass(frozen=True, kw_only=True)
class PaymentPlanActivated(Event, name="billing.payment-plan.activated.v1"):
    """A plan has a payment method: its instalments fall due from now on."""

    plan_id: UUID
    member_id: UUID


@dataclass(frozen=True, kw_only=True)
class InstalmentReminderDue(Event, name="billing.instalment.reminder-due.v1"):
    """Timer: a debit is near, and is announced before it happens."""

    instalment_id: UUID
    generation: int


@dataclass(frozen=True, kw_only=True)
class InstalmentDue(Event, name="billing.instalment.due.v1"):
    """Timer: an instalment is to be charged, or tried again."""

    instalment_id: UUID
    generation: int


@dataclass(frozen=True, kw_only=True)
class ChargeRequested(Event, name="billing.charge.requested.v1"):
    """An attempt was recorded: Stripe is to be asked."""

    attempt_id: UUID


@dataclass(frozen=True, kw_only=True)
class InstalmentChanged(Event, name="billing.instalment.changed.v1"):
    """What became of a charge: `status` as in billing/payment_plans/models.py."""

    instalment_id: UUID
    plan_id: UUID
    status: str


@dataclass(frozen=True, kw_only=True)
class PaymentPlanCompleted(Event, name="billing.payment-plan.completed.v1"):
    """Every instalment of a plan is paid."""

    plan_id: UUID
    member_id: UUID


@dataclass(frozen=True, kw_only=True)
class StripeNoticeReceived(Event, name="billing.stripe-notice.received.v1"):
    """A verified Stripe event was stored."""

    receipt_id: UUID


@dataclass(frozen=True, kw_only=True)
class StripeSweepDue(Event, name="billing.stripe-sweep.due.v1"):
    """Timer: attempts whose outcome is unknown or processing are asked about."""
