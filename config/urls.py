"""Every address begins here; each app names its own."""

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from config.health import healthz, readyz
from config.http import not_offered

urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    re_path("^_allauth/browser/v1/account/(email|phone)$", not_offered),
    path("_allauth/", include("allauth.headless.urls")),
    path("accounts/", include("allauth.urls")),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="schema"),
    path(
        "api/v1/docs/",
        SpectacularSwaggerView.as_view(url_name="schema", http_method_names=["get", "head"]),
        name="docs",
    ),
    path("", include("benefits.urls")),
    path("", include("referrals.urls")),
    path("", include("billing.urls")),
]

handler404 = "config.http.not_found"
handler500 = "config.http.server_error"
