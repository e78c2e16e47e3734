"""The outermost app: management commands of the whole."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Named so that `manage.py` finds config/management."""

    name = "config"

    def ready(self) -> None:
        """Let the OpenAPI schema know how clinics' software signs in."""
        import config.machines  # noqa: F401 - its extension registers itself
