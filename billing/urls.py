"""The addresses of billing."""

from django.urls import URLPattern, URLResolver, path

from billing.ledger import api as ledger

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/ledger/trial-balance/", ledger.TrialBalance.as_view(), name="trial-balance"),
]
