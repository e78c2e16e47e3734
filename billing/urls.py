"""The addresses of billing."""

from django.urls import URLPattern, URLResolver, path

from billing.ledger import api as ledger
from billing.payment_plans import api as payment_plans
from billing.payment_plans import web as payment_plans_web
from billing.quotes import api as quotes
from billing.sliding_scale import api as sliding_scale
from billing.stripe.webhooks import StripeWebhook

urlpatterns: list[URLPattern | URLResolver] = [
    path("webhooks/stripe/", StripeWebhook.as_view(), name="stripe-webhook"),
    path("api/v1/income-declarations/", sliding_scale.Declarations.as_view(), name="income-declarations"),
    path(
        "api/v1/income-declarations/<uuid:declaration_id>/evidence/",
        sliding_scale.DeclarationEvidence.as_view(),
        name="income-declaration-evidence",
    ),
    path("api/v1/ledger/trial-balance/", ledger.TrialBalance.as_view(), name="trial-balance"),
    path("api/v1/payment-plans/", payment_plans.Plans.as_view(), name="payment-plans"),
    path("api/v1/payment-plans/<uuid:plan_id>/", payment_plans.Plan.as_view(), name="payment-plan"),
    path("api/v1/instalments/<uuid:instalment_id>/", payment_plans.InstalmentDetail.as_view(), name="instalment"),
    path("api/v1/payment-methods/setups/", payment_plans.Setups.as_view(), name="payment-method-setups"),
    path(
        "api/v1/payment-methods/setups/<uuid:setup_id>/",
        payment_plans.Setup.as_view(),
        name="payment-method-setup",
    ),
    path("api/v1/quotes/", quotes.Quotes.as_view(), name="quotes"),
    path("api/v1/quotes/<uuid:quote_id>/", quotes.OneQuote.as_view(), name="quote"),
    path("api/v1/quotes/<uuid:quote_id>/accept/", quotes.Acceptance.as_view(), name="quote-acceptance"),
    path("payments/", payment_plans_web.Payments.as_view(), name="page-payments"),
    path("pay/<uuid:instalment_id>/", payment_plans_web.Pay.as_view(), name="page-pay"),
]
