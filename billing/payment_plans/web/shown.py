"""What the pages of money share: dates in the member's own zone, and states in words."""

from typing import Any

from benefits import facade as benefits
from billing.payment_plans.models import Instalment, InstalmentStatus, PaymentPlan
from workers.kernel.money import dollars
from workers.kernel.web import Page, language

PAYABLE = (
    InstalmentStatus.SCHEDULED,
    InstalmentStatus.DUE,
    InstalmentStatus.RETRY_WAIT,
    InstalmentStatus.NEEDS_METHOD,
)
# What its payer can or has to do something about.
_FOR_THE_PAYER = (*PAYABLE, InstalmentStatus.ACTION_REQUIRED)
_WORDS = {
    "en": {
        "scheduled": "Scheduled",
        "due": "Due – waits for you to pay",
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
        "due": "Vencido – espera a que usted pague",
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
        return super().get_context_data(zone=benefits.zone_of(self.request), **kwargs)


def shown_plan(plan: PaymentPlan) -> dict[str, Any]:
    """What a page shows of a plan."""
    ordered = sorted(plan.instalments.all(), key=lambda instalment: (instalment.due_at, instalment.number))
    return {
        "id": plan.pk,
        "code": plan.status,
        "autopay": plan.autopay,
        "paused_until": plan.paused_until,
        "status": _WORDS[language()][plan.status],
        "total": dollars(plan.total_cents),
        "left": dollars(sum(each.amount_cents for each in ordered if each.status in PAYABLE)),
        "instalments": [shown_instalment(each) for each in ordered],
    }


def shown_instalment(instalment: Instalment) -> dict[str, Any]:
    """What a page shows of an instalment."""
    return {
        "id": instalment.pk,
        "number": instalment.number,
        "amount": dollars(instalment.amount_cents),
        "due_at": instalment.due_at,
        "paid_at": instalment.paid_at,
        "code": instalment.status,
        "is_yours": instalment.status in _FOR_THE_PAYER,
        "status": _WORDS[language()][instalment.status],
    }
