"""Every address begins here; each app names its own."""

from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.i18n import set_language

import config.machines  # noqa: F401 - tells the OpenAPI schema, which is made of these addresses, how software signs in
from config.developers.pages import ApiDocs, Document, GettingStarted
from config.engine import Engine, Events, EventWalk, Stuck
from config.health import healthz, readyz
from config.http import not_offered
from config.metrics import metrics
from config.operations import LiveEngine, MailAsSent, Mails, Operations
from config.own_data import OwnData, OwnDataFile
from workers.catalogue.api import WebhookEvents
from workers.status import QUEUES

# Of allauth's pages, those that are ours: everything else answers like an address that does not exist.
_OFFERED = r"(login/|logout/|inactive/|reauthenticate/|password/(change|reset)/|2fa/)"

# Patterns are tried one by one: the apps whose first one is a webhook's, which come in thousands, stand first.
urlpatterns = [
    path("", include("billing.urls")),
    path("", include("referrals.urls")),
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
    re_path("^_allauth/browser/v1/account/(email|phone)$", not_offered),
    path("_allauth/", include("allauth.headless.urls")),
    re_path(rf"^accounts/(?!{_OFFERED})", not_offered),
    re_path(r"^accounts/login/.", not_offered),
    path("api/v1/schema/", Document.as_view(), name="schema"),
    path("api/v1/docs/", ApiDocs.as_view(url_name="schema"), name="docs"),
    path("developers/", GettingStarted.as_view(), name="page-developers"),
    path("api/v1/webhook-events/", WebhookEvents.as_view(), name="webhook-events"),
    path("my-data/", OwnData.as_view(), name="page-own-data"),
    path("my-data/file/", OwnDataFile.as_view(), name="page-own-data-file"),
    path("operator/engine/", Engine.as_view(), name="page-engine"),
    *(path(f"operator/engine/{queue}/", Stuck.as_view(queue=queue), name=f"page-engine-{queue}") for queue in QUEUES),
    path("operator/engine/events/", Events.as_view(), name="page-engine-events"),
    path("operator/", Operations.as_view(), name="page-operations"),
    path("operator/mails/", Mails.as_view(), name="page-mails"),
    path("operator/mails/html/", MailAsSent.as_view(), name="page-mail"),
    path("panels/live-engine/", LiveEngine.as_view(), name="panel-live-engine"),
    path("operator/engine/events/<uuid:event_id>/", EventWalk.as_view(), name="page-engine-event"),
    # Without a token, so that pages for nobody in particular need no cookie: whoever forges it changes a language. It
    # leads back by the Referer, so that no page repeats a link's token.
    path("language/", csrf_exempt(set_language), name="set_language"),
    path("", include("workers.operations.urls")),
    path("", include("workers.deliveries.urls")),
    path("", include("workers.emails.urls")),
    path("", include("benefits.urls")),
    path("accounts/", include("allauth.urls")),
]

handler404 = "config.http.not_found"
handler500 = "config.http.server_error"
