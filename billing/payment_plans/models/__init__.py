"""The tables of payment plans: what is owed when, what it is paid with, what was tried, and what came after."""

from billing.payment_plans.models.aftermath import Dispute, Refund, RefundReason, RefundStatus
from billing.payment_plans.models.attempts import CLOSED, AttemptStatus, ChargeAttempt
from billing.payment_plans.models.methods import (
    MethodStatus,
    PaymentMethod,
    PaymentMethodSetup,
    SetupStatus,
    SetupWay,
)
from billing.payment_plans.models.plans import (
    ChangeStatus,
    Instalment,
    InstalmentStatus,
    PaymentPlan,
    PlanChange,
    PlanStatus,
)

__all__ = [
    "CLOSED",
    "AttemptStatus",
    "ChangeStatus",
    "ChargeAttempt",
    "Dispute",
    "Instalment",
    "InstalmentStatus",
    "MethodStatus",
    "PaymentMethod",
    "PaymentMethodSetup",
    "PaymentPlan",
    "PlanChange",
    "PlanStatus",
    "Refund",
    "RefundReason",
    "RefundStatus",
    "SetupStatus",
    "SetupWay",
]
