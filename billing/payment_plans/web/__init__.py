"""The member's pages of what they pay, of a plan that they change, and of what they pay with."""

from billing.payment_plans.web.changing import PlanPage
from billing.payment_plans.web.paying import NewMethod, Pay, PaymentPanel, Payments, PayNext
from billing.payment_plans.web.pricing import PricePage
from billing.payment_plans.web.shown import MoneyPage

__all__ = ["MoneyPage", "NewMethod", "Pay", "PayNext", "PaymentPanel", "Payments", "PlanPage", "PricePage"]
