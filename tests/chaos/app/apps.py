"""The fault run as a Django app."""

import os

from django.apps import AppConfig


class ChaosConfig(AppConfig):
    """Switches a mutation on where one is ordered: only to prove that the checkers notice."""

    name = "tests.chaos.app"
    label = "chaos"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Apply the mutation that `CHAOS_MUTATION` names."""
        from tests.chaos.app import mutations

        if mutation := os.environ.get("CHAOS_MUTATION"):
            mutations.apply(mutation)
