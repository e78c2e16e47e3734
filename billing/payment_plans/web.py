"""The member's pages of what they pay."""

from typing import Any

from benefits import facade as benefits
from billing.payment_plans.models import Instalment, PaymentPlan
from billing.payment_plans.queries import get_instalment, list_plans
from workers.kernel.money import dollars
from workers.kernel.web import Page, language

_SHOWN = 50
_WORDS = {
    "en": {
        "scheduled": "Scheduled",
        "charging": "Being debited",
        "processing": "Being processed by your bank",
        "action_required": "Your bank asks you to confirm",
        "retry_wait": "Not paid yet – we will try again",
        "needs_method": "Not paid – a new payment method is needed",
        "paid": "Paid",
        "cancelled": "Cancelled",
        "awaiting_method": "Waits for a payment method",
        "active": "Active",
        "completed": "Completed",
    },
    "es": {
        "scheduled": "Programado",
        "charging": "Cargándose",
        "processing": "En trámite en su banco",
        "action_required": "Su banco le pide que lo confirme",
        "retry_wait": "Aún sin pagar – lo intentaremos de nuevo",
        "needs_method": "Sin pagar – hace falta otro método de pago",
        "paid": "Pagado",
        "cancelled": "Cancelado",
        "awaiting_method": "A la espera de un método de pago",
        "active": "Activo",
        "completed": "Terminado",
    },
}


class MoneyPage(Page):
    """A page for members, dates in their own zone."""

    roles = ("employee",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name the zone."""
        user: Any = self.request.user
        return super().get_context_data(zone=benefits.get_member(user.member_id).timezone, **kwargs)


class Payments(MoneyPage):
    """The member's payment plans with their instalments."""

    template_name = "billing/payments.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Newest first."""
        plans = [_plan(plan) for plan in list_plans().order_by("-id")[:_SHOWN]]
        return super().get_context_data(plans=plans, **kwargs)


class Pay(MoneyPage):
    """One instalment, and what its payer has to do, if anything."""

    template_name = "billing/pay.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Raises NotFound, also for another's instalment."""
        instalment = get_instalment(kwargs["instalment_id"])
        return super().get_context_data(instalment=_instalment(instalment), **kwargs)


def _plan(plan: PaymentPlan) -> dict[str, Any]:
    ordered = sorted(plan.instalments.all(), key=lambda instalment: instalment.number)
    return {
        "status": _WORDS[language()][plan.status],
        "total": dollars(plan.total_cents),
        "instalments": [_instalment(each) for each in ordered],
    }


def _instalment(instalment: Instalment) -> dict[str, Any]:
    return {
        "id": instalment.pk,
        "number": instalment.number,
        "amount": dollars(instalment.amount_cents),
        "due_at": instalment.due_at,
        "paid_at": instalment.paid_at,
        "code": instalment.status,
        "status": _WORDS[language()][instalment.status],
    }
