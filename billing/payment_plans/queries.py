"""Reading plans, instalments and payment methods; row-level security shows each actor its own."""

from uuid import UUID

from django.db.models import QuerySet

from billing.payment_plans.models import (
    AttemptStatus,
    ChargeAttempt,
    Instalment,
    MethodStatus,
    PaymentMethod,
    PaymentMethodSetup,
    PaymentPlan,
)
from workers.kernel.errors import NotFound


def list_plans() -> QuerySet[PaymentPlan]:
    """Return the plans that the actor may see, with their instalments."""
    return PaymentPlan.objects.prefetch_related("instalments")


def get_plan(plan_id: UUID) -> PaymentPlan:
    """Return a plan. Raises NotFound."""
    plan = list_plans().filter(pk=plan_id).first()
    if plan is None:
        raise NotFound("There is no such payment plan.")
    return plan


def get_instalment(instalment_id: UUID) -> Instalment:
    """Return an instalment. Raises NotFound."""
    instalment = Instalment.objects.filter(pk=instalment_id).first()
    if instalment is None:
        raise NotFound("There is no such instalment.")
    return instalment


def get_setup(setup_id: UUID) -> PaymentMethodSetup:
    """Return the storing of a payment method. Raises NotFound."""
    setup = PaymentMethodSetup.objects.filter(pk=setup_id).first()
    if setup is None:
        raise NotFound("There is no such set-up of a payment method.")
    return setup


def find_active_method(member_id: UUID) -> PaymentMethod | None:
    """Return the payment method that a member's instalments are charged to, or None."""
    return PaymentMethod.objects.filter(member_id=member_id, status=MethodStatus.ACTIVE).first()


def get_attempt(attempt_id: UUID) -> ChargeAttempt:
    """Return an attempt with its instalment and payment method, not locked. Raises NotFound."""
    rows = ChargeAttempt.objects.select_related("instalment", "payment_method")
    attempt = rows.filter(pk=attempt_id).first()
    if attempt is None:
        raise NotFound("There is no such attempt.")
    return attempt


def find_attempt_to_authenticate(instalment_id: UUID) -> ChargeAttempt | None:
    """Return the open attempt that waits for its payer, or None."""
    return (
        ChargeAttempt.objects.filter(instalment_id=instalment_id, status=AttemptStatus.ACTION_REQUIRED)
        .select_related("payment_method")
        .first()
    )
