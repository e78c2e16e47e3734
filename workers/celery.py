"""The Celery app. Its messages are bells: no results, no acknowledgements, no retries."""

import os
from typing import Any

from celery import Celery
from celery.signals import task_prerun
from django.db import close_old_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("workers")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["workers"])


@task_prerun.connect
def _check_connections(**_: Any) -> None:
    """Connections outlive tasks (config/settings/engine.py); one that the server closed is dropped here."""
    close_old_connections()
