"""The published catalogue: what a clinic may be told by webhook."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from workers.catalogue.entries import Entry, Kind, list_entries
from workers.catalogue.schemas import example_of, schema_of
from workers.kernel.api import only, scoped


class WebhookEventOutput(serializers.Serializer[Entry]):
    """One type of message: when it is sent, what it looks like (JSON Schema 2020-12), and an example of it."""

    type = serializers.CharField(source="name")
    version = serializers.IntegerField()
    description = serializers.CharField(source="meaning")
    schema = serializers.SerializerMethodField()
    example = serializers.SerializerMethodField()

    def get_schema(self, entry: Entry) -> dict[str, Any]:
        """The schema of the whole body."""
        return schema_of(entry)

    def get_example(self, entry: Entry) -> dict[str, Any]:
        """A body that fits it."""
        example: dict[str, Any] = example_of(schema_of(entry))
        return example


class WebhookEventsOutput(serializers.Serializer[dict[str, Any]]):
    """One page: the types are few."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = WebhookEventOutput(many=True)


class WebhookEvents(APIView):
    """The types of messages that an endpoint can get."""

    permission_classes = (only("clinic_staff", "operator") | scoped("endpoints:manage", "deliveries:read"),)

    @extend_schema(responses=WebhookEventsOutput)
    def get(self, request: Request) -> Response:
        """All of them, by type."""
        page = {"next": None, "previous": None, "results": list_entries(Kind.OUTBOUND)}
        return Response(WebhookEventsOutput(page).data)
