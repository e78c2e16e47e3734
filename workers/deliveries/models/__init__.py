"""Tables of deliveries: where they go and under which secrets, what is sent, what is still to be done, every try."""

from workers.deliveries.models.deliveries import Attempt, Delivery, OpenDelivery
from workers.deliveries.models.endpoints import Direction, Endpoint, EndpointSecret, EndpointState, Signature

__all__ = [
    "Attempt",
    "Delivery",
    "Direction",
    "Endpoint",
    "EndpointSecret",
    "EndpointState",
    "OpenDelivery",
    "Signature",
]
