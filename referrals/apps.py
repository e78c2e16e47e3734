"""The app `referrals`."""

from django.apps import AppConfig


class ReferralsConfig(AppConfig):
    """Registers referrals: from asking for care to having had it."""

    name = "referrals"
    default_auto_field = "django.db.models.BigAutoField"
