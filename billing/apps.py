"""The app `billing`."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """Registers billing: what care costs and who pays."""

    name = "billing"
    default_auto_field = "django.db.models.BigAutoField"
