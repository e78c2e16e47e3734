"""Endpoints, deliveries and attempts as the interface shows them: no secret, and no message's body."""

from typing import Any

from rest_framework import serializers

from workers.deliveries.models import Attempt, Delivery, Endpoint


class EndpointView(serializers.ModelSerializer[Endpoint]):
    """An endpoint and how it is doing; its secrets were shown when they were made."""

    class Meta:
        model = Endpoint
        fields = (
            "id",
            "owner_id",
            "url",
            "state",
            "disabled_reason",
            "events",
            "ordered",
            "signing",
            "rate_per_s",
            "max_inflight",
            "failing_since",
            "failures",
            "breaker_until",
        )


class DeliveryView(serializers.ModelSerializer[Delivery]):
    """A delivery; `message_id` is its `webhook-id`, which its replays share; `due_at` is null once it was taken."""

    endpoint = serializers.UUIDField(source="endpoint_id")
    message_id = serializers.SerializerMethodField()
    status = serializers.SerializerMethodField()
    attempts = serializers.IntegerField()
    due_at = serializers.DateTimeField(allow_null=True)
    last_error = serializers.CharField()

    class Meta:
        model = Delivery
        fields = (
            "id",
            "endpoint",
            "event_id",
            "message_id",
            "replay_no",
            "type",
            "status",
            "attempts",
            "due_at",
            "last_error",
            "created_at",
        )

    def get_message_id(self, delivery: Delivery) -> str:
        """As the receiver sees it."""
        return f"msg_{delivery.message_id.hex}"

    def get_status(self, delivery: Delivery) -> str:
        """In words."""
        return delivery.status.name.lower()


class AttemptView(serializers.ModelSerializer[Attempt]):
    """One try."""

    response_snippet = serializers.SerializerMethodField()

    class Meta:
        model = Attempt
        fields = ("id", "number", "at", "status_code", "error_class", "duration_ms", "ip", "response_snippet")

    def get_response_snippet(self, attempt: Attempt) -> str:
        """The answer's beginning; nothing is kept of an empty one."""
        return attempt.response_snippet or ""


class SecretView(serializers.Serializer[Any]):
    """A fresh secret, shown this once; of an ed25519 pair the public key that verifies."""

    secret = serializers.CharField()


class ReplayedView(serializers.Serializer[Any]):
    """How many messages are sent again."""

    queued = serializers.IntegerField()
