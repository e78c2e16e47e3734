"""The member's pages of what they pay, and with what."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from billing.payment_plans.models import InstalmentStatus, MethodStatus, SetupWay
from billing.payment_plans.queries import (
    find_active_method,
    find_attempt_to_authenticate,
    find_next_instalment,
    get_instalment,
    list_methods,
    list_plans,
)
from billing.payment_plans.rules import ChangeKind, MethodKind, mandate_text
from billing.payment_plans.services import changing, methods
from billing.payment_plans.web.shown import PAYABLE, MoneyPage, shown_instalment, shown_plan
from workers.kernel import clock
from workers.kernel.web import language, translated

_SHOWN = 50


class Payments(MoneyPage):
    """The member's payment plans with their instalments."""

    template_name = "billing/payments.html"

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Take the stored method away, as its mandate promises; nothing is debited from it any more."""
        method = list_methods().filter(status=MethodStatus.ACTIVE).first()
        if method is not None:
            methods.ask_removal(method_id=method.pk, now=clock.now())
        return redirect("page-payments")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Newest first."""
        plans = [shown_plan(plan) for plan in list_plans().order_by("-id")[:_SHOWN]]
        method = list_methods().filter(status=MethodStatus.ACTIVE).first()
        return super().get_context_data(plans=plans, method=method, **kwargs)


class PayNext(MoneyPage):
    """The address to give to somebody who wants to pay: it leads to what is to be paid next, or to all payments."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Lead on; GET changes nothing."""
        user: Any = request.user
        instalment = find_next_instalment(user.member_id)
        return redirect("page-pay", instalment.pk) if instalment else redirect("page-payments")


class PaymentPanel(MoneyPage):
    """What the member pays next, for their home."""

    template_name = "billing/panel_payment.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The next instalment and what it is paid with; None where there is none."""
        user: Any = self.request.user
        instalment = find_next_instalment(user.member_id)
        method = find_active_method(user.member_id) if instalment else None
        shown = shown_instalment(instalment) if instalment else None
        return super().get_context_data(instalment=shown, method=method, **kwargs)


class Pay(MoneyPage):
    """One instalment, and what its payer can do about it."""

    template_name = "billing/pay.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Raises NotFound, also for another's instalment."""
        instalment = get_instalment(kwargs["instalment_id"])
        attempt = find_attempt_to_authenticate(instalment.pk)
        bank_url, is_asked = attempt.action_url if attempt else "", "asked" in self.request.GET
        return super().get_context_data(
            instalment=shown_instalment(instalment),
            plan_id=instalment.plan_id,
            can_pay=instalment.status in PAYABLE and find_active_method(instalment.member_id) is not None,
            bank_url=bank_url,
            is_waiting=is_asked and not bank_url and instalment.status == InstalmentStatus.ACTION_REQUIRED,
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
            messages.warning(request, translated(str(error)))
        return redirect(f"{request.path}?asked=1")


class NewMethod(MoneyPage):
    """Choosing a kind of payment method, and the permission to charge it; the rest is typed at Stripe.

    Into Stripe's fields on a page of ours, or on Stripe's own page, which needs no JavaScript.
    """

    template_name = "billing/new_method.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The words of each mandate, in the reader's language."""
        mandates = [{"kind": kind, "text": mandate_text(kind, language())} for kind in MethodKind]
        return super().get_context_data(mandates=mandates, has_elements=_has_elements(), **kwargs)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Ask for Stripe's fields or page, and wait for it on the next one."""
        user: Any = request.user
        kind = request.POST.get("kind", "")
        if kind not in list(MethodKind) or request.POST.get("accepted") != "yes":
            return self.render_to_response(self.get_context_data(is_incomplete=True), status=422)
        setup = methods.request_setup(
            member_id=user.member_id,
            mandate_accepted=True,
            kind=MethodKind(kind),
            way=SetupWay.ELEMENTS if request.POST.get("way") == "elements" and _has_elements() else SetupWay.CHECKOUT,
            language=language(),
            now=clock.now(),
        )
        return redirect("page-method", setup.pk)


def _has_elements() -> bool:
    """Stripe's fields need the key that a browser may hold."""
    return bool(settings.STRIPE_PUBLISHABLE_KEY)
