"""The member's pages of what they pay."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from benefits import facade as benefits
from billing.payment_plans.models import Instalment, InstalmentStatus, MethodStatus, PaymentPlan, SetupWay
from billing.payment_plans.queries import (
    find_active_method,
    find_attempt_to_authenticate,
    get_instalment,
    get_setup,
    list_methods,
    list_plans,
)
from billing.payment_plans.rules import ChangeKind, MethodKind, mandate_text
from billing.payment_plans.services import changing, methods
from workers.kernel import clock
from workers.kernel.money import dollars
from workers.kernel.web import Page, language

_SHOWN = 50
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
        user: Any = self.request.user
        return super().get_context_data(zone=benefits.get_member(user.member_id).timezone, **kwargs)


class Payments(MoneyPage):
    """The member's payment plans with their instalments."""

    template_name = "billing/payments.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Newest first."""
        plans = [_plan(plan) for plan in list_plans().order_by("-id")[:_SHOWN]]
        method = list_methods().filter(status=MethodStatus.ACTIVE).first()
        return super().get_context_data(plans=plans, method=method, **kwargs)


class Pay(MoneyPage):
    """One instalment, and what its payer can do about it."""

    template_name = "billing/pay.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Raises NotFound, also for another's instalment."""
        instalment = get_instalment(kwargs["instalment_id"])
        attempt = find_attempt_to_authenticate(instalment.pk)
        return super().get_context_data(
            instalment=_instalment(instalment),
            can_pay=instalment.status in PAYABLE and find_active_method(instalment.member_id) is not None,
            bank_url=attempt.action_url if attempt else "",
            **kwargs,
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Pay it now, or ask for the bank's page; then the page says what came of it. Raises NotFound."""
        instalment = get_instalment(kwargs["instalment_id"])
        user: Any = request.user
        try:
            if request.POST.get("action") == "confirm":
                changing.ask_authentication(instalment_id=instalment.pk, now=clock.now())
            else:
                changing.request(
                    plan_id=instalment.plan_id,
                    kind=ChangeKind.PAY_NOW,
                    wish={},
                    instalment_id=instalment.pk,
                    requested_by=user.pk,
                    now=clock.now(),
                )
        except changing.ChangeRefused as error:
            messages.warning(request, str(error))
        return redirect(f"{request.path}?asked=1")


class NewMethod(MoneyPage):
    """Choosing a kind of payment method, and the permission to charge it; the rest is typed on Stripe's own page."""

    template_name = "billing/new_method.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The words of each mandate."""
        mandates = [{"kind": kind, "text": mandate_text(kind)} for kind in MethodKind]
        return super().get_context_data(mandates=mandates, **kwargs)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Ask for Stripe's page, and wait for it on the next one."""
        user: Any = request.user
        kind = request.POST.get("kind", "")
        if kind not in list(MethodKind) or request.POST.get("accepted") != "yes":
            return self.render_to_response(self.get_context_data(is_incomplete=True), status=422)
        setup = methods.request_setup(
            member_id=user.member_id,
            mandate_accepted=True,
            kind=MethodKind(kind),
            way=SetupWay.CHECKOUT,
            now=clock.now(),
        )
        return redirect("page-method", setup.pk)


class MethodSetup(MoneyPage):
    """Where the storing of a payment method stands; it loads itself again until Stripe's page is there."""

    template_name = "billing/method.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Raises NotFound, also for another's."""
        return super().get_context_data(setup=get_setup(kwargs["setup_id"]), **kwargs)


def _plan(plan: PaymentPlan) -> dict[str, Any]:
    ordered = sorted(plan.instalments.all(), key=lambda instalment: (instalment.due_at, instalment.number))
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
        "is_yours": instalment.status in _FOR_THE_PAYER,
        "status": _WORDS[language()][instalment.status],
    }
