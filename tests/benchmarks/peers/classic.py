"""Classic Celery: one task per event (tests/benchmarks/plain/tasks.py), acknowledged as it is taken."""

import os

from celery import Celery
from celery.signals import worker_ready

app = Celery("classic", broker=os.environ["REDIS_URL"], set_as_current=False)
app.conf.update(
    task_ignore_result=True,
    task_default_queue="classic",
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"global_keyprefix": "bench:", "ack_emulation": False},
    CELERY_DB_REUSE_MAX=1_000_000_000,  # a connection is never opened anew
)
app.autodiscover_tasks(["tests.benchmarks.plain"])


@worker_ready.connect
def say_ready(**_: object) -> None:
    """The worker listens."""
    print("ready", flush=True)
