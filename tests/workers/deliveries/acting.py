"""What the tests of deliveries do and look at."""

import httpx

from workers.deliveries.models import Endpoint
from workers.deliveries.queries import list_deliveries
from workers.deliveries.queueing import queue_delivery
from workers.kernel import clock
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id

DATA = {"referral.withdrawn": {"offer_id": "o1"}}  # the least that a clinic takes
OPERATOR = Actor(role=Role.OPERATOR)


def staff_of(endpoint):
    """The actor of the clinic that an endpoint belongs to."""
    return Actor(role=Role.CLINIC, clinic=endpoint.owner_id, user=new_id())


def control_of(endpoint):
    """Where the simulator is told about the clinic."""
    return endpoint.url.replace("/clinics/", "/control/clinics/").removesuffix("/webhooks")


def log_of(endpoint):
    """What the clinic's server says it received and sent."""
    return httpx.get(f"{control_of(endpoint)}/log").json()


def queue(endpoint, now=None, *, type="endpoint.test", key=None):
    """Queue a message to the endpoints of an endpoint's owner."""
    with acting_as(WORKER):
        at = now or clock.now()
        return queue_delivery(
            owner_id=endpoint.owner_id, type=type, data=DATA.get(type, {}), event_id=new_id(), ordering_key=key, now=at
        )


def deliveries_of(endpoint):
    """Its deliveries in the order of their queueing."""
    with acting_as(WORKER):
        return list(list_deliveries().filter(endpoint=endpoint).order_by("seq"))


def delivery_of(endpoint):
    """Its only delivery."""
    [delivery] = deliveries_of(endpoint)
    return delivery


def stored(endpoint):
    """The endpoint as it is now."""
    with acting_as(WORKER):
        return Endpoint.objects.get(pk=endpoint.pk)
