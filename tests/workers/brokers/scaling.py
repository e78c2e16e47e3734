"""How many reactions a second one worker process runs, and how many two: docs/operations.md, "Scaling".

    python -m config.local servers --fast -- python -m tests.workers.brokers.scaling [events] [processes …]

Each reaction makes one ORM write. Prints one line per number of processes, and the ratio to the first.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402 - the apps have to be ready

from config.local.processes import ProcessGroup  # noqa: E402
from config.local.state import PROJECT  # noqa: E402
from tests.workers.brokers.written import Noted  # noqa: E402
from workers.kernel import clock  # noqa: E402
from workers.kernel.actor import WORKER, Actor, Role, acting_as  # noqa: E402
from workers.kernel.ids import new_id  # noqa: E402
from workers.outbox.models import Job  # noqa: E402
from workers.outbox.publishing import publish_all  # noqa: E402
from workers.receipts.models import Receipt  # noqa: E402
from workers.tasks import strike  # noqa: E402

CHUNK = 1_000


def publish(count: int) -> None:
    """Events of `count` different aggregates: none has to wait for another."""
    for _ in range(0, count, CHUNK):
        now = clock.now()
        receipts = [
            Receipt(source="scaling", message_id=new_id().hex, body="{}", received_at=now) for _ in range(CHUNK)
        ]
        with acting_as(Actor(role=Role.AUTH)):
            Receipt.objects.bulk_create(receipts)
            publish_all([(Noted(receipt_id=receipt.pk), receipt) for receipt in receipts], now=now)


def drained(processes: int, *, deadline: float = 300.0) -> float:
    """Ring once for each process, wait until nothing is left, and return the seconds."""
    began = time.monotonic()
    while _left():
        assert time.monotonic() - began < deadline, "the jobs were not done in time"
        for _ in range(processes):
            strike("domain")
        time.sleep(0.02)
    return time.monotonic() - began


def _left() -> bool:
    with acting_as(WORKER):
        return Job.objects.filter(lane="domain").exists()


def measure(processes: int, events: int) -> float:
    """Reactions a second of one Celery worker with so many processes."""
    pool = ["-P", "prefork", "-c", str(processes), "--without-gossip", "--without-mingle", "-l", "INFO"]
    worker = ["-m", "celery", "-q", "-A", "workers.celery", "worker", "-Q", "domain", *pool]
    with tempfile.TemporaryDirectory() as folder, ProcessGroup(Path(folder)) as group:
        command = [sys.executable, *worker, "-I", "tests.workers.brokers.written"]
        group.start("domain", command, dict(os.environ), ready=" ready.", cwd=PROJECT)
        group.wait_ready()
        publish(CHUNK)
        drained(processes)  # every process has its connection and its code
        publish(events)
        return events / drained(processes)


def main(events: int, numbers: list[int]) -> None:
    """Prepare the database and measure each number of processes in turn."""
    subprocess.run([sys.executable, "manage.py", "provision"], cwd=PROJECT, check=True)
    call_command("migrate", database="owner", verbosity=0)
    first = 0.0
    for processes in numbers:
        rate = measure(processes, events)
        first = first or rate
        sys.stdout.write(f"{processes} process(es): {rate:,.0f} reactions/s, {rate / first:.2f} of the first\n")


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[1:]]
    main(given[0] if given else 10_000, given[1:] or [1, 2])
