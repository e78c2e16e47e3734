"""`/metrics` of the web process, for Prometheus: what this machine counted and what the database says."""

from django.http import Http404, HttpRequest, HttpResponse

from config.http import not_found
from workers.gauges import Gauges
from workers.kernel import metrics as counts
from workers.operations.exposing import may_read


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text, with the bearer token METRICS_TOKEN or in development; else there is nothing here."""
    if not may_read(request.headers.get("Authorization", "")):
        return not_found(request, Http404())
    return HttpResponse(counts.render(Gauges()), content_type=counts.CONTENT_TYPE)
