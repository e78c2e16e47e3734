"""The Celery app. Its messages are bells: no results, no acknowledgements, no retries."""

import gc
import logging
import os
from typing import Any

from celery import Celery
from celery.signals import task_prerun, worker_init, worker_ready
from django.conf import settings
from django.db import close_old_connections

from workers.operations.exposing import serve

log = logging.getLogger(__name__)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Celery would run Django's checks as it starts and pass over what they say; they import every page and API of ours.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")
app = Celery("workers")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["workers"])


@task_prerun.connect
def _check_connections(**_: Any) -> None:
    """Connections outlive tasks (config/settings/engine.py); one that the server closed is dropped here."""
    close_old_connections()


@worker_init.connect
def _spare_what_lasts(**_: Any) -> None:
    """A full collection looks at every object, and what Django and we made at the start is most: all threads wait.

    Once, before the pool is forked: each child that did it again would copy all of its parent's memory, which was five
    sixths of what it takes to replace one that was killed.
    """
    gc.collect()
    gc.freeze()


@worker_ready.connect
def _serve_metrics(**_: Any) -> None:
    """The main process answers for its children; one whose port is taken works all the same."""
    if settings.METRICS_PORT:
        try:
            serve(settings.METRICS_PORT)
        except OSError as error:
            log.error("metrics port=%s error=%s: nothing is served there", settings.METRICS_PORT, error)
