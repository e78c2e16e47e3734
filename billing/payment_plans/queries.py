"""Reading plans, instalments and payment methods; row-level security shows each actor its own."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from billing.payment_plans.models import (
    AttemptStatus,
    ChargeAttempt,
    Instalment,
    InstalmentStatus,
    MethodStatus,
    PaymentMethod,
    PaymentMethodSetup,
    PaymentPlan,
    PlanChange,
    Refund,
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


def find_next_instalment(member_id: UUID) -> Instalment | None:
    """Return the next of a member's instalments that is to be paid, or None."""
    settled = (InstalmentStatus.PAID, InstalmentStatus.CANCELLED)
    unpaid = Instalment.objects.filter(member_id=member_id).exclude(status__in=settled)
    return unpaid.order_by("due_at", "pk").first()


def get_setup(setup_id: UUID) -> PaymentMethodSetup:
    """Return the storing of a payment method. Raises NotFound."""
    setup = PaymentMethodSetup.objects.filter(pk=setup_id).first()
    if setup is None:
        raise NotFound("There is no such set-up of a payment method.")
    return setup


def find_active_method(member_id: UUID) -> PaymentMethod | None:
    """Return the payment method that a member's instalments are charged to, or None."""
    return PaymentMethod.objects.filter(member_id=member_id, status=MethodStatus.ACTIVE).first()


def active_methods(member_ids: Iterable[UUID]) -> dict[UUID, PaymentMethod]:
    """Return the payment methods that several members' instalments are charged to, by member; some have none."""
    active = PaymentMethod.objects.filter(member_id__in=member_ids, status=MethodStatus.ACTIVE)
    return {method.member_id: method for method in active}


def latest_attempts(instalment_ids: Iterable[UUID]) -> dict[UUID, ChargeAttempt]:
    """Return the latest attempt of each of several instalments that has one."""
    tried = ChargeAttempt.objects.filter(instalment_id__in=instalment_ids).order_by("generation", "number")
    return {attempt.instalment_id: attempt for attempt in tried}


def get_attempt(attempt_id: UUID) -> ChargeAttempt:
    """Return an attempt with its instalment and payment method, not locked. Raises NotFound."""
    rows = ChargeAttempt.objects.select_related("instalment", "payment_method")
    attempt = rows.filter(pk=attempt_id).first()
    if attempt is None:
        raise NotFound("There is no such attempt.")
    return attempt


def list_attempts(attempt_ids: Iterable[UUID]) -> list[ChargeAttempt]:
    """Return attempts with their instalments and payment methods, not locked."""
    rows = ChargeAttempt.objects.select_related("instalment", "payment_method")
    return list(rows.filter(pk__in=list(attempt_ids)).order_by("pk"))


def find_attempt_to_authenticate(instalment_id: UUID) -> ChargeAttempt | None:
    """Return the open attempt that waits for its payer, or None."""
    return (
        ChargeAttempt.objects.filter(instalment_id=instalment_id, status=AttemptStatus.ACTION_REQUIRED)
        .select_related("payment_method")
        .first()
    )


def list_methods() -> QuerySet[PaymentMethod]:
    """Return the payment methods that the actor may see and that can be charged or were, newest first."""
    return PaymentMethod.objects.order_by("-stored_at", "-pk")


def get_method(method_id: UUID) -> PaymentMethod:
    """Return a stored payment method. Raises NotFound."""
    method = PaymentMethod.objects.filter(pk=method_id).first()
    if method is None:
        raise NotFound("There is no such payment method.")
    return method


def count_tries(instalment_id: UUID, method_id: UUID, *, since: datetime) -> int:
    """Return how often an instalment was tried with one method since an instant, whatever came of it."""
    tried = ChargeAttempt.objects.filter(instalment_id=instalment_id, payment_method_id=method_id, sent_at__gte=since)
    return tried.count()


def list_changes(plan_id: UUID) -> QuerySet[PlanChange]:
    """Return what was asked to change of a plan, newest first."""
    return PlanChange.objects.filter(plan_id=plan_id).order_by("-requested_at", "-pk")


def list_charges() -> QuerySet[ChargeAttempt]:
    """Return the successful charges that the actor may see, newest first."""
    paid = ChargeAttempt.objects.filter(status=AttemptStatus.PAID).select_related("instalment")
    return paid.order_by("-created_at", "-pk")


def list_refunds() -> QuerySet[Refund]:
    """Return the refunds that the actor may see, newest first."""
    return Refund.objects.order_by("-created_at", "-pk")


def get_refund(refund_id: UUID) -> Refund:
    """Return a refund with its attempt. Raises NotFound."""
    refund = Refund.objects.select_related("attempt").filter(pk=refund_id).first()
    if refund is None:
        raise NotFound("There is no such refund.")
    return refund


def find_refund_by_key(request_key: str) -> Refund | None:
    """Return the refund that a request made before, or None."""
    return Refund.objects.filter(request_key=request_key).first()
