"""The addresses of billing."""

from django.urls import URLPattern, URLResolver, path

from billing.ledger import api as ledger
from billing.sliding_scale import api as sliding_scale

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/income-declarations/", sliding_scale.Declarations.as_view(), name="income-declarations"),
    path(
        "api/v1/income-declarations/<uuid:declaration_id>/evidence/",
        sliding_scale.DeclarationEvidence.as_view(),
        name="income-declaration-evidence",
    ),
    path("api/v1/ledger/trial-balance/", ledger.TrialBalance.as_view(), name="trial-balance"),
]
