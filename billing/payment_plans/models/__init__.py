"""The tables of payment plans: what is owed when, what it is paid with, and what was tried."""

from billing.payment_plans.models.attempts import CLOSED, AttemptStatus, ChargeAttempt
from billing.payment_plans.models.methods import MethodStatus, PaymentMethod, PaymentMethodSetup, SetupStatus
from billing.payment_plans.models.plans import Instalment, InstalmentStatus, PaymentPlan, PlanStatus

__all__ = [
    "CLOSED",
    "AttemptStatus",
    "ChargeAttempt",
    "Instalment",
    "InstalmentStatus",
    "MethodStatus",
    "PaymentMethod",
    "PaymentMethodSetup",
    "PaymentPlan",
    "PlanStatus",
    "SetupStatus",
]
