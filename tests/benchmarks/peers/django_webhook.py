"""django-webhook as its documentation installs it; runs in a virtualenv of its own, without our project.

`… -m tests.benchmarks.peers.django_webhook prepare PORT…` makes the tables and one webhook per port, `… send NUMBER`
saves so many rows, each of which fires every webhook; Celery's worker runs `app`.
"""

import os
import sys
from typing import Any
from urllib.parse import urlsplit

import django
from celery import Celery
from celery.signals import worker_ready
from django.conf import settings
from django.core.management import call_command


def _database() -> dict[str, Any]:
    parts = urlsplit(os.environ["DATABASE_OWNER_URL"])
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.strip("/"),
        "USER": parts.username,
        "PASSWORD": parts.password,
        "HOST": parts.hostname,
        "PORT": parts.port,
        "CONN_MAX_AGE": None,
    }


settings.configure(
    SECRET_KEY="a peer's",
    DATABASES={"default": _database()},
    INSTALLED_APPS=["django.contrib.contenttypes", "django_webhook", "tests.benchmarks.peers.hooked"],
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    DJANGO_WEBHOOK={"MODELS": ["hooked.Message"]},
)
app = Celery("peer", broker=os.environ["REDIS_URL"])
app.conf.update(
    task_ignore_result=True,
    task_default_queue="django-webhook",
    worker_hijack_root_logger=False,
    broker_transport_options={"global_keyprefix": "bench:", "ack_emulation": False},
    CELERY_DB_REUSE_MAX=1_000_000_000,
)
django.setup()


@worker_ready.connect
def say_ready(**_: object) -> None:
    """The worker listens."""
    print("ready", flush=True)


def prepare(ports: list[int]) -> None:
    """Make the tables and an active webhook, with one secret, for each port."""
    from django_webhook.models import Webhook, WebhookSecret, WebhookTopic  # noqa: PLC0415 - once Django is set up

    call_command("migrate", run_syncdb=True, verbosity=0)
    topic, _ = WebhookTopic.objects.get_or_create(name="hooked.Message/create")
    for port in ports:
        webhook = Webhook.objects.create(url=f"http://127.0.0.1:{port}/hook")
        webhook.topics.add(topic)
        WebhookSecret.objects.create(webhook=webhook, token="a secret of the peer")


def send(number: int) -> None:
    """Save rows; each sends one task per webhook."""
    from tests.benchmarks.peers.hooked.models import Message  # noqa: PLC0415 - once Django is set up

    for one in range(number):
        Message.objects.create(number=one)


if __name__ == "__main__":
    [command, *numbers] = sys.argv[1:]
    prepare([int(port) for port in numbers]) if command == "prepare" else send(int(numbers[0]))
