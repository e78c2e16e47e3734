"""The tables of billing, gathered for Django."""

from billing.ledger.models import Journal, Posting
from billing.payment_plans.models import (
    ChargeAttempt,
    Instalment,
    PaymentMethod,
    PaymentMethodSetup,
    PaymentPlan,
)
from billing.quotes.models import Quote, QuoteLine
from billing.sliding_scale.models import IncomeDeclaration
from billing.stripe.models import StripeCustomer

__all__ = [
    "ChargeAttempt",
    "IncomeDeclaration",
    "Instalment",
    "Journal",
    "PaymentMethod",
    "PaymentMethodSetup",
    "PaymentPlan",
    "Posting",
    "Quote",
    "QuoteLine",
    "StripeCustomer",
]
