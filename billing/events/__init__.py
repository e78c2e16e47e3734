"""What billing announces."""

from dataclasses import dataclass
from datetime import datetime
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
ChangeId = Annotated[UUID, Meta(description="What a payer asked to change of a plan.")]
RefundId = Annotated[UUID, Meta(description="The refund of a charge.")]
PaymentMethodId = Annotated[UUID, Meta(description="The stored payment method.")]
Number = Annotated[int, Meta(description="How many came before.", examples=[0])]


@dataclass(frozen=True, kw_only=True)
class QuoteAccepted(Event, name="billing.quote.accepted.v1"):
    """A member agreed to a price."""

    quote_id: Annotated[UUID, Meta(description="The quote that was accepted.")]
    course_id: Annotated[UUID, Meta(description="The course of treatment that is paid for.")]
    member_id: MemberId


@dataclass(frozen=True, kw_only=True)
class QuoteReplaced(Event, name="billing.quote.replaced.v1"):
    """A price that was agreed to gave way to another one: the course, the plan or the income had changed."""

    quote_id: Annotated[UUID, Meta(description="The quote that was agreed to before.")]
    by_quote_id: Annotated[UUID, Meta(description="The quote that is agreed to now.")]
    course_id: Annotated[UUID, Meta(description="The course of treatment that is paid for.")]
    member_id: MemberId


@dataclass(frozen=True, kw_only=True)
class QuoteExpiryDue(Event, name="billing.quote.expiry-due.v1"):
    """Timer: nobody may accept the quote any more; what it reserved is free again."""

    quote_id: Annotated[UUID, Meta(description="The quote that ends, unless it was accepted.")]


@dataclass(frozen=True, kw_only=True)
class IncomeReminderDue(Event, name="billing.income-declaration.reminder-due.v1"):
    """Timer: a member is reminded that evidence is due soon, or that their income is to be declared anew."""

    declaration_id: Annotated[UUID, Meta(description="The declared income.")]
    about: Annotated[str, Meta(description="What is due soon: evidence or renewal.", examples=["evidence"])]


@dataclass(frozen=True, kw_only=True)
class SetupRequested(Event, name="billing.payment-method.setup-requested.v1"):
    """A member wants to store a payment method: Stripe is to be asked for a SetupIntent or a Checkout Session."""

    setup_id: SetupId


@dataclass(frozen=True, kw_only=True)
class PaymentMethodStored(Event, name="billing.payment-method.stored.v1"):
    """A member's payment method can be charged."""

    payment_method_id: PaymentMethodId
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


@dataclass(frozen=True, kw_only=True)
class PaymentMethodRemoved(Event, name="billing.payment-method.removed.v1"):
    """A stored payment method can no longer be charged: its owner removed it, or it was detached at Stripe."""

    payment_method_id: PaymentMethodId
    member_id: MemberId


@dataclass(frozen=True, kw_only=True)
class PaymentMethodRemovalRequested(Event, name="billing.payment-method.removal-requested.v1"):
    """The owner of a payment method wants it gone."""

    payment_method_id: PaymentMethodId


@dataclass(frozen=True, kw_only=True)
class PlanChangeRequested(Event, name="billing.payment-plan.change-requested.v1"):
    """A payer asked to change something of a plan under way."""

    change_id: ChangeId


@dataclass(frozen=True, kw_only=True)
class PlanResumeDue(Event, name="billing.payment-plan.resume-due.v1"):
    """Timer: a plan's pause ends."""

    plan_id: PlanId


@dataclass(frozen=True, kw_only=True)
class AuthenticationRequested(Event, name="billing.payment.authentication-requested.v1"):
    """A payer is there to confirm a payment with their bank: Stripe is to be asked for the bank's page."""

    attempt_id: AttemptId


@dataclass(frozen=True, kw_only=True)
class PlanAskedTooMuch(Event, name="billing.payment-plan.asked-too-much.v1"):
    """A charge ended that was in flight while the price was lowered: what is too much goes back or is split anew."""

    plan_id: PlanId


@dataclass(frozen=True, kw_only=True)
class PaymentAbandoned(Event, name="billing.payment.abandoned.v1"):
    """An instalment was cancelled: its PaymentIntent is to be canceled at Stripe, so that nobody can pay it."""

    attempt_id: AttemptId


@dataclass(frozen=True, kw_only=True)
class RefundApproved(Event, name="billing.refund.approved.v1"):
    """Money of a charge is to go back to its payer."""

    refund_id: RefundId


@dataclass(frozen=True, kw_only=True)
class RefundCheckDue(Event, name="billing.refund.check-due.v1"):
    """Timer: Stripe is asked about a refund that is still open; `sweep` tells the latest timer from former ones."""

    refund_id: RefundId
    sweep: Annotated[int, Meta(description="Which of the refund's checks; an older one is ignored.", examples=[1])]


@dataclass(frozen=True, kw_only=True)
class StripeRoundDue(Event, name="billing.stripe-round.due.v1"):
    """Timer: it is looked for what notices and answers from Stripe have missed."""

    number: Annotated[int, Meta(description="Which round; an older one is ignored.", examples=[1])]
    listed: Annotated[str, Meta(description="Of a rest: which of Stripe's lists is read on.", examples=["events"])] = ""
    after: Annotated[str, Meta(description="Of a rest: Stripe's id of what was read last.", examples=["evt_1Q"])] = ""
    begun: Annotated[
        Annotated[datetime, Meta(tz=True)] | None, Meta(description="When the round began of which this is the rest.")
    ] = None


@dataclass(frozen=True, kw_only=True)
class PaymentIntentFound(Event, name="billing.stripe-payment-intent.found.v1"):
    """A round found a PaymentIntent of ours at Stripe that no row knows: it is to be taken over or canceled."""

    payment_intent_id: Annotated[str, Meta(description="Stripe's id of it.", examples=["pi_3QabcDEF"])]
