"""python -m tests.workers.brokers.publisher N: publish N events, a transaction each; print the slowest in seconds."""

import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from tests.workers.brokers.effects import Rung  # noqa: E402 - the apps have to be ready
from workers.deliveries.queueing import register_endpoint  # noqa: E402
from workers.kernel import clock  # noqa: E402
from workers.kernel.actor import Actor, Role, acting_as  # noqa: E402
from workers.kernel.ids import new_id  # noqa: E402
from workers.outbox.publishing import publish  # noqa: E402


def publish_one() -> float:
    """One request's worth: an aggregate, its event, the jobs, and after the commit the bells. Returns the seconds."""
    began = time.monotonic()
    with acting_as(Actor(role=Role.OPERATOR)):
        endpoint = register_endpoint(owner_id=new_id(), url=f"https://{new_id()}.example/")
        publish(Rung(endpoint_id=endpoint.pk), about=endpoint, now=clock.now())
    return time.monotonic() - began


if __name__ == "__main__":
    sys.stdout.write(str(max(publish_one() for _ in range(int(sys.argv[1])))))
