"""The page on which a member changes a plan under way: everything that the API takes, in one place."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from rest_framework.serializers import ValidationError

from billing.payment_plans.forms import read_change
from billing.payment_plans.models import InstalmentStatus, PaymentPlan, PlanChange, PlanStatus
from billing.payment_plans.queries import get_plan, list_changes
from billing.payment_plans.rules import LONGEST_PAUSE, MOST_INSTALMENTS
from billing.payment_plans.services import changing
from billing.payment_plans.web.shown import MoneyPage, shown_plan
from workers.kernel import clock
from workers.kernel.web import language, translated

_SHOWN = 10
WORDS = {
    "en": {
        "pay_now": "Pay one instalment now",
        "pay_off": "Pay all that is left",
        "move": "Another date for one instalment",
        "spread": "Spread what is left differently",
        "pause": "Pause",
        "resume": "End the pause",
        "autopay_on": "Debit by itself",
        "autopay_off": "Ask me before each payment",
        "waive": "A part is waived",
        "requested": "being done",
        "applied": "done",
        "refused": "not possible",
        "weekly": "every week",
        "fortnightly": "every two weeks",
        "monthly": "every month",
    },
    "es": {
        "pay_now": "Pagar una cuota ahora",
        "pay_off": "Pagar todo lo que queda",
        "move": "Otra fecha para una cuota",
        "spread": "Repartir de otro modo lo que queda",
        "pause": "Hacer una pausa",
        "resume": "Terminar la pausa",
        "autopay_on": "Cargar automáticamente",
        "autopay_off": "Preguntarme antes de cada pago",
        "waive": "Se condona una parte",
        "requested": "en curso",
        "applied": "hecho",
        "refused": "no fue posible",
        "weekly": "cada semana",
        "fortnightly": "cada dos semanas",
        "monthly": "cada mes",
    },
}


class PlanPage(MoneyPage):
    """A plan, what may be changed of it now, and what became of earlier wishes. Care goes on whatever is chosen."""

    template_name = "billing/plan.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Raises NotFound, also for another's plan."""
        plan = get_plan(kwargs["plan_id"])
        now, words = clock.now(), WORDS[language()]
        return super().get_context_data(
            plan=shown_plan(plan),
            can_change=plan.status == PlanStatus.ACTIVE,
            is_paused=plan.is_paused_at(now),
            movable=[each for each in _ordered(plan) if each.status == InstalmentStatus.SCHEDULED],
            counts=range(1, MOST_INSTALMENTS + 1),
            first_day=now.date() + timedelta(days=1),
            last_pause=now.date() + LONGEST_PAUSE,
            changes=[_change(each, words) for each in list_changes(plan.pk)[:_SHOWN]],
            words=words,
            **kwargs,
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Ask for a change; what cannot be is said at once, with what is possible. Raises NotFound."""
        user: Any = request.user
        plan = get_plan(kwargs["plan_id"])
        told = {name: value for name, value in request.POST.items() if value and name != "csrfmiddlewaretoken"}
        try:
            changing.request(plan_id=plan.pk, **read_change(told), requested_by=user.pk, now=clock.now())
        except changing.ChangeRefused as error:
            return self._refuse(translated(str(error)), kwargs)
        except ValidationError:
            return self._refuse("", kwargs)
        return redirect("page-plan", plan.pk)

    def _refuse(self, why: str, kwargs: dict[str, Any]) -> HttpResponseBase:
        return self.render_to_response(self.get_context_data(is_refused=True, why=why, **kwargs), status=422)


def _change(change: PlanChange, words: dict[str, str]) -> dict[str, Any]:
    return {
        "at": change.requested_at,
        "kind": words[change.kind],
        "status": words[change.status],
        "refusal": change.refusal,
    }


def _ordered(plan: PaymentPlan) -> list[Any]:
    return sorted(plan.instalments.all(), key=lambda each: (each.due_at, each.number))
