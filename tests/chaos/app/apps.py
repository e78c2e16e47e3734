"""The fault run as a Django app."""

import os
from pathlib import Path

from django.apps import AppConfig


class ChaosConfig(AppConfig):
    """Makes workers dawdle, and switches a mutation on where one is ordered: to prove that the checkers notice."""

    name = "tests.chaos.app"
    label = "chaos"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Wrap the engine from outside, before anything imports it by name."""
        from tests.chaos.app import dawdling, mutations

        if mutation := os.environ.get("CHAOS_MUTATION"):
            mutations.apply(mutation)
        if folder := os.environ.get("CHAOS_FOLDER"):
            dawdling.install(Path(folder))
