"""The page on which a member types a payment method: into Stripe's own fields, or led on to Stripe's own page."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from billing.payment_plans.models import PaymentMethodSetup, SetupStatus, SetupWay
from billing.payment_plans.queries import get_setup
from billing.payment_plans.web import MoneyPage
from billing.stripe.client import API_VERSION
from billing.stripe.rules import loaded_by, script_of
from workers.kernel.web import content_policy


class MethodSetup(MoneyPage):
    """Where the storing of a payment method stands; it loads itself again while it waits for Stripe.

    What is typed goes to Stripe alone. This page, and no other, runs Stripe's script, and only while it is needed.
    """

    template_name = "billing/method.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show it; of the address that Stripe.js comes back to only whether it worked is kept, and no secret."""
        if outcome := request.GET.get("redirect_status"):
            return redirect(f"{request.path}?{'failed' if outcome == 'failed' else 'confirmed'}=1")
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Raises NotFound, also for another's."""
        setup = get_setup(kwargs["setup_id"])
        is_confirmed = "confirmed" in self.request.GET
        return super().get_context_data(
            setup=setup,
            elements=None if is_confirmed else _elements(setup, f"{settings.BASE_URL}{self.request.path}"),
            is_waiting=setup.status == SetupStatus.CREATING or (is_confirmed and setup.status == SetupStatus.READY),
            has_failed="failed" in self.request.GET,
            **kwargs,
        )

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> Any:
        """Let the browser load Stripe's fields where they are shown."""
        response = super().render_to_response(context, **kwargs)
        if context["elements"]:
            response.headers["Content-Security-Policy"] = content_policy(**loaded_by(settings.STRIPE_API_BASE))
        return response


def _elements(setup: PaymentMethodSetup, back: str) -> dict[str, Any] | None:
    """What Stripe.js needs, while there is something to type."""
    if setup.way != SetupWay.ELEMENTS or setup.status != SetupStatus.READY:
        return None
    return {
        "script": script_of(settings.STRIPE_API_BASE, API_VERSION),
        "key": settings.STRIPE_PUBLISHABLE_KEY,
        "secret": setup.client_secret,
        "back": back,
    }
