"""The engine as a Django app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class WorkersConfig(AppConfig):
    """Connects the bells to Celery and finds the apps' reactions."""

    name = "workers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Every app's reactions.py subscribes on import; importing the Celery app makes it the one that tasks use."""
        from workers import celery  # noqa: F401 - its tasks register themselves
        from workers.kernel import bells
        from workers.tasks import strike

        bells.install(strike)
        autodiscover_modules("reactions")
