"""What billing announces."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from workers.events import Event

MemberId = Annotated[UUID, Meta(description="The covered person who pays.")]
PlanId = Annotated[UUID, Meta(description="The payment plan.")]
InstalmentId = Annotated[UUID, Meta(description="The instalment of a payment plan.")]
AttemptId = Annotated[UUID, Meta(description="The attempt to charge an instalment.")]
SetupId = Annotated[UUID, Meta(description="The storing of a payment method.")]
Generation = Annotated[int, Meta(description="Which due date of the instalment; a moved one raises it.", examples=[0])]
Number = Annotated[int, Meta(description="How many came before.", examples=[0])]


@dataclass(frozen=True, kw_only=True)
class QuoteAccepted(Event, name="billing.quote.accepted.v1"):
    """A member agreed to a price."""

    quote_id: Annotated[UUID, Meta(description="The quote that was accepted.")]
    course_id: Annotated[UUID, Meta(description="The course of treatment that is paid for.")]
    member_id: MemberId


@dataclass(frozen=True, kw_only=True)
class SetupRequested(Event, name="billing.payment-method.setup-requested.v1"):
    """A member wants to store a card: Stripe is to be asked for a SetupIntent."""

    setup_id: SetupId


@dataclass(frozen=True, kw_only=True)
class PaymentMethodStored(Event, name="billing.payment-method.stored.v1"):
    """A member's payment method can be charged."""

    payment_method_id: Annotated[UUID, Meta(description="The stored payment method.")]
    member_id: MemberId


@dataclass(frozen=True, kw_only=True)
class PaymentPlanCreated(Event, name="billing.payment-plan.created.v1"):
    """A member agreed to pay in instalments; the plan may still wait for a payment method."""

    plan_id: PlanId
    member_id: MemberId


@dataclass(frozen=True, kw_only=True)
class PaymentPlanActivated(Event, name="billing.payment-plan.activated.v1"):
    """A plan has a payment method: its instalments fall due from now on."""

    plan_id: PlanId
    member_id: MemberId


@dataclass(frozen=True, kw_only=True)
class InstalmentReminderDue(Event, name="billing.instalment.reminder-due.v1"):
    """Timer: a debit is near, and is announced before it happens."""

    instalment_id: InstalmentId
    generation: Generation


@dataclass(frozen=True, kw_only=True)
class InstalmentDue(Event, name="billing.instalment.due.v1"):
    """Timer: an instalment is to be charged, or tried again."""

    instalment_id: InstalmentId
    generation: Generation


@dataclass(frozen=True, kw_only=True)
class ActionReminderDue(Event, name="billing.instalment.action-reminder-due.v1"):
    """Timer: a payer who still has to authenticate is reminded for the `number`th time, counted from 0."""

    instalment_id: InstalmentId
    generation: Generation
    number: Number


@dataclass(frozen=True, kw_only=True)
class InstalmentReviewDue(Event, name="billing.instalment.review-due.v1"):
    """Timer: an instalment has been failing for so long that a person is to look at it."""

    instalment_id: InstalmentId


@dataclass(frozen=True, kw_only=True)
class ChargeRequested(Event, name="billing.charge.requested.v1"):
    """An attempt was recorded: Stripe is to be asked."""

    attempt_id: AttemptId


@dataclass(frozen=True, kw_only=True)
class InstalmentChanged(Event, name="billing.instalment.changed.v1"):
    """What became of a charge: `status` as in billing/payment_plans/models/plans.py."""

    instalment_id: InstalmentId
    plan_id: PlanId
    status: Annotated[str, Meta(description="The instalment's state: InstalmentStatus.", examples=["paid"])]


@dataclass(frozen=True, kw_only=True)
class PaymentPlanCompleted(Event, name="billing.payment-plan.completed.v1"):
    """Every instalment of a plan is paid."""

    plan_id: PlanId
    member_id: MemberId


@dataclass(frozen=True, kw_only=True)
class StripeNoticeReceived(Event, name="billing.stripe-notice.received.v1"):
    """A verified Stripe event was stored."""

    receipt_id: Annotated[UUID, Meta(description="The stored notice.")]


@dataclass(frozen=True, kw_only=True)
class StripeSweepDue(Event, name="billing.stripe-sweep.due.v1"):
    """Timer: Stripe is asked about an attempt that is still open; `sweep` tells the latest timer from former ones."""

    attempt_id: AttemptId
    sweep: Annotated[int, Meta(description="Which of the attempt's sweeps; an older one is ignored.", examples=[1])]


@dataclass(frozen=True, kw_only=True)
class SetupCheckDue(Event, name="billing.payment-method.setup-check-due.v1"):
    """Timer: Stripe is asked about a SetupIntent of which no notice came, for the `number`th time, from 0."""

    setup_id: SetupId
    number: Number
