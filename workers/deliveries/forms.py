"""Parsing and checking what is asked about endpoints and deliveries."""

from datetime import datetime
from typing import Any

from rest_framework import serializers

from workers.deliveries.models import Direction, EndpointState
from workers.kernel.api import Input
from workers.kernel.leases import Status

DELIVERY_STATES = {status.name.lower(): status for status in Status}
MOST_INFLIGHT, MOST_PER_S = 100, 1000


class ChangeInput(Input):
    """What is to be different: the types of messages wanted (none: all), and whether they arrive in order."""

    events = serializers.ListField(child=serializers.CharField(max_length=60), max_length=100, required=False)
    ordered = serializers.BooleanField(required=False)


class OperatorsChangeInput(ChangeInput):
    """What operators may change beside: how many posts at once and a second; a null rate is unlimited."""

    max_inflight = serializers.IntegerField(min_value=1, max_value=MOST_INFLIGHT, required=False)
    rate_per_s = serializers.IntegerField(min_value=1, max_value=MOST_PER_S, required=False, allow_null=True)


class RotateInput(Input):
    """Which secret is replaced: of what we send ("out") or of what the clinic sends ("in")."""

    direction = serializers.ChoiceField(Direction.values)


class ReplayInput(Input):
    """Which messages are sent again: first queued in [since, until), only those given up or all."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    only_dead = serializers.BooleanField(default=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The window begins before it ends."""
        since, until = attrs["since"], attrs["until"]
        if not _is_storable(since) or not _is_storable(until) or until <= since:
            raise serializers.ValidationError({"until": ["The window ends after it begins, in this era."]})
        return attrs


class EndpointFilter(Input):
    """Which endpoints are listed."""

    state = serializers.ChoiceField(EndpointState.values, required=False)
    cursor = serializers.CharField(max_length=300, required=False)
    page_size = serializers.IntegerField(min_value=1, max_value=200, required=False)


class DeliveryFilter(Input):
    """Which deliveries are listed."""

    endpoint = serializers.UUIDField(required=False)
    status = serializers.ChoiceField(list(DELIVERY_STATES), required=False)
    type = serializers.CharField(max_length=60, required=False)
    cursor = serializers.CharField(max_length=300, required=False)
    page_size = serializers.IntegerField(min_value=1, max_value=200, required=False)


def _is_storable(instant: datetime) -> bool:
    """PostgreSQL and Python disagree about the first and the last years."""
    return 1970 <= instant.year < 9999
