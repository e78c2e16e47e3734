"""The addresses of e-mail."""

from django.urls import path

from workers.emails import api, web
from workers.emails.webhooks import MailNotices

urlpatterns = [
    path("webhooks/mail/", MailNotices.as_view(), name="mail-notices"),
    path("api/v1/mail-preferences/", api.MailPreferences.as_view(), name="mail-preferences-api"),
    path("api/v1/operator/mail/previews/", api.Previews.as_view(), name="mail-previews"),
    path("api/v1/operator/mail/stopped-addresses/", api.StoppedAddresses.as_view(), name="stopped-addresses"),
    path(
        "api/v1/operator/mail/stopped-addresses/<uuid:stopped_address_id>/release/",
        api.StoppedAddressRelease.as_view(),
        name="stopped-address-release",
    ),
    path("operator/mails/stopped/", web.StoppedAddresses.as_view(), name="page-stopped-addresses"),
    path("what-we-write/", web.OwnPreferences.as_view(), name="page-own-mail"),
    path("mail/", web.Preferences.as_view(), name="mail-preferences"),
]
