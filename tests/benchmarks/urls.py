"""The project's addresses, and the views that do nothing on the same server."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
def empty(request: HttpRequest) -> HttpResponse:
    """Answer 200 and nothing else."""
    return HttpResponse()


urlpatterns = [
    path("webhooks/empty/", empty),  # in the transaction of an actor, as every webhook is
    path("healthz/empty/", empty),  # in none
    path("", include("config.urls")),
]
handler404 = "config.http.not_found"
handler500 = "config.http.server_error"
