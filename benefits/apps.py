"""The app `benefits`."""

from django.apps import AppConfig


class BenefitsConfig(AppConfig):
    """Registers benefits: employers and their people."""

    name = "benefits"
    default_auto_field = "django.db.models.BigAutoField"
