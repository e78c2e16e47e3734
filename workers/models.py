"""The engine's tables, gathered for Django."""

from workers.deliveries.models import Attempt, Delivery, Endpoint, EndpointSecret, OpenDelivery
from workers.emails.models import Email, ReaderGone, StoppedAddress, Unsubscription
from workers.operations.models import Heartbeat, Intervention
from workers.outbox.models import EventRecord, Job
from workers.receipts.models import IdempotencyKey, Receipt
from workers.timers.models import Timer

__all__ = [
    "Attempt",
    "Delivery",
    "Email",
    "Endpoint",
    "EndpointSecret",
    "EventRecord",
    "Heartbeat",
    "IdempotencyKey",
    "Intervention",
    "Job",
    "OpenDelivery",
    "ReaderGone",
    "Receipt",
    "StoppedAddress",
    "Timer",
    "Unsubscription",
]
