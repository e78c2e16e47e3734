"""What operators send and get: ids, codes and times; no payload, message, address or recipient is in any of it."""

from typing import Any

from rest_framework import serializers

from workers.kernel.api import Input
from workers.operations.models import Intervention
from workers.operations.stuck import Chosen
from workers.operations.walk import status_name


class StuckOutput(serializers.Serializer[Any]):
    """A dead or parked row. `consumer` is a job's reaction, a delivery's message type, an e-mail's template."""

    id = serializers.CharField(source="pk")
    consumer = serializers.CharField(source="work")
    reason = serializers.CharField()
    status = serializers.SerializerMethodField()
    attempts = serializers.IntegerField()
    since = serializers.DateTimeField(source="due_at")
    event_id = serializers.UUIDField(allow_null=True, default=None)
    trace = serializers.CharField(allow_null=True, default=None)

    def get_status(self, row: Any) -> str:
        """Dead or parked."""
        return status_name(row.status)


class ChoiceInput(Input):
    """Rows by their ids, or all that match; with neither, all dead rows of the queue, if `all` is true."""

    ids = serializers.ListField(child=serializers.CharField(max_length=40), required=False, max_length=500)
    consumer = serializers.CharField(max_length=100, required=False)
    reason = serializers.CharField(max_length=100, required=False)
    all = serializers.BooleanField(default=False)
    why = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """An empty choice is a slip, and not everything."""
        if not attrs["all"] and not (attrs.get("ids") or attrs.get("consumer") or attrs.get("reason")):
            raise serializers.ValidationError("Choose by ids, consumer or reason, or say all: true.")
        return attrs

    def chosen(self) -> Chosen:
        """What was asked for."""
        given = self.validated_data
        return Chosen(
            ids=tuple(given.get("ids", ())), consumer=given.get("consumer", ""), reason=given.get("reason", "")
        )


class DropInput(ChoiceInput):
    """The same, and why."""

    why = serializers.CharField(max_length=200)


class RowsOutput(serializers.Serializer[Any]):
    """How many rows it was done to; at most 10,000 a call."""

    rows = serializers.IntegerField()


class QueueOutput(serializers.Serializer[Any]):
    """What waits in one lane of a queue."""

    queue = serializers.CharField()
    lane = serializers.CharField()
    due = serializers.IntegerField()
    leased = serializers.IntegerField()
    later = serializers.IntegerField()
    parked = serializers.IntegerField()
    dead = serializers.IntegerField()
    oldest_due_at = serializers.DateTimeField(allow_null=True)


class PulseOutput(serializers.Serializer[Any]):
    """When a lane was last served."""

    lane = serializers.CharField()
    at = serializers.DateTimeField(allow_null=True)
    is_alive = serializers.BooleanField()


class TroubleOutput(serializers.Serializer[Any]):
    """Rows that failed for one reason: dead, or coming again later."""

    queue = serializers.CharField()
    consumer = serializers.CharField()
    reason = serializers.CharField()
    status = serializers.CharField()
    rows = serializers.IntegerField()
    newest = serializers.DateTimeField()


class EngineOutput(serializers.Serializer[Any]):
    """The engine at a glance."""

    now = serializers.DateTimeField()
    timers_due = serializers.IntegerField()
    queues = QueueOutput(many=True)
    pulses = PulseOutput(many=True)
    troubles = TroubleOutput(many=True)


class AttemptOutput(serializers.Serializer[Any]):
    """One try."""

    number = serializers.IntegerField()
    at = serializers.DateTimeField()
    status_code = serializers.IntegerField(allow_null=True)
    error_class = serializers.CharField()
    duration_ms = serializers.IntegerField()


class OpenJobOutput(serializers.Serializer[Any]):
    """A reaction that has not run yet."""

    id = serializers.IntegerField()
    consumer = serializers.CharField()
    lane = serializers.CharField()
    status = serializers.CharField()
    attempts = serializers.IntegerField()
    due_at = serializers.DateTimeField()


class DeliveredOutput(serializers.Serializer[Any]):
    """A message about the event."""

    id = serializers.UUIDField()
    endpoint_id = serializers.UUIDField()
    type = serializers.CharField()
    status = serializers.CharField()
    attempts = AttemptOutput(many=True)


class WalkOutput(serializers.Serializer[Any]):
    """An event's walk; `trace` finds the rest of it in the log."""

    id = serializers.UUIDField()
    type = serializers.CharField()
    aggregate_type = serializers.CharField()
    aggregate_id = serializers.UUIDField()
    aggregate_version = serializers.IntegerField()
    occurred_at = serializers.DateTimeField()
    trace = serializers.CharField()
    jobs = OpenJobOutput(many=True)
    deliveries = DeliveredOutput(many=True)


class InterventionOutput(serializers.ModelSerializer[Intervention]):
    """What somebody did to stuck rows."""

    class Meta:
        model = Intervention
        fields = ("id", "at", "user_id", "action", "queue", "rows", "chosen", "why", "trace")
