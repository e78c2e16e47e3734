"""Reading endpoints, deliveries and attempts: of the actor's own, by the database's word."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Min, OuterRef, QuerySet, Subquery

from workers.deliveries.models import Attempt, Delivery, Endpoint
from workers.kernel.errors import NotFound
from workers.kernel.leases import Status


def list_endpoints() -> QuerySet[Endpoint]:
    """Return the endpoints that the actor may see."""
    return Endpoint.objects.order_by("-id")


def get_endpoint(endpoint_id: UUID) -> Endpoint:
    """Return an endpoint. Raises NotFound."""
    endpoint = Endpoint.objects.filter(pk=endpoint_id).first()
    if endpoint is None:
        raise NotFound("There is no such endpoint.")
    return endpoint


def list_deliveries() -> QuerySet[Delivery]:
    """Return the deliveries that the actor may see, without their bodies; `tried` is the number of the last try."""
    last = Attempt.objects.filter(delivery=OuterRef("pk")).order_by("-number").values("number")[:1]
    return Delivery.objects.defer("body").select_related("open").annotate(tried=Subquery(last)).order_by("-id")


def in_status(deliveries: QuerySet[Delivery], status: Status) -> QuerySet[Delivery]:
    """Return those that stand so."""
    return deliveries.filter(open=None) if status == Status.DONE else deliveries.filter(open__status=status)


def get_delivery(delivery_id: UUID) -> Delivery:
    """Return a delivery without its body. Raises NotFound."""
    delivery = list_deliveries().filter(pk=delivery_id).first()
    if delivery is None:
        raise NotFound("There is no such delivery.")
    return delivery


def list_attempts(delivery_id: UUID) -> QuerySet[Attempt]:
    """Return a delivery's attempts. Raises NotFound for a delivery that the actor may not see."""
    return Attempt.objects.filter(delivery=get_delivery(delivery_id))


def first_taken(type: str, *, owner_ids: Collection[UUID], ordering_keys: Collection[UUID]) -> dict[UUID, datetime]:
    """Return when an owner's system first took a message of this type (2xx), by its ordering key.

    What was not taken yet, or is older than the log of attempts, is left out.
    """
    good = Attempt.objects.filter(status_code__range=(200, 299), delivery__type=type, delivery__owner_id__in=owner_ids)
    told = good.filter(delivery__ordering_key__in=ordering_keys).order_by()
    return dict(told.values_list("delivery__ordering_key").annotate(first=Min("at")))
