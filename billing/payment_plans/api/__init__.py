"""Plans, what may be changed of them, payment methods, charges and refunds over HTTP."""

from billing.payment_plans.api.changes import Changes
from billing.payment_plans.api.methods import Mandates, Method, Methods, Setup, Setups
from billing.payment_plans.api.plans import InstalmentDetail, Plan, Plans
from billing.payment_plans.api.refunds import Charges, OwnRefunds, RefundRetry, Refunds

__all__ = [
    "Changes",
    "Charges",
    "InstalmentDetail",
    "Mandates",
    "Method",
    "Methods",
    "OwnRefunds",
    "Plan",
    "Plans",
    "RefundRetry",
    "Refunds",
    "Setup",
    "Setups",
]
