"""Protocols: what the network gives, and each clinic's own variants, imported as YAML files."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals.clinics.queries import get_clinic
from referrals.protocols import services
from referrals.protocols.models import ProtocolVariant
from referrals.protocols.queries import list_protocols, list_variants
from referrals.protocols.rules.protocols import Protocol
from referrals.protocols.rules.reading import MOST_BYTES, schema
from workers.kernel import clock
from workers.kernel.api import Input, only

_Keepers = only("clinic_staff") | only("operator", permission="care")


class ProtocolInput(Input):
    """A clinic's file. With `dry_run` it is checked and not kept."""

    file = serializers.CharField(max_length=MOST_BYTES, trim_whitespace=False)
    dry_run = serializers.BooleanField(default=False)


class ProtocolOutput(serializers.Serializer[Any]):
    """A version of a protocol, `own`: the clinic's; `windows`: the sources it may follow, the first by default."""

    protocol = serializers.CharField()
    version = serializers.IntegerField()
    own = serializers.BooleanField()
    title = serializers.CharField()
    description = serializers.CharField()
    windows = serializers.ListField(child=serializers.CharField())
    imported_at = serializers.DateTimeField(allow_null=True)
    document = serializers.DictField()


class Protocols(APIView):
    """The protocols that a clinic's courses follow."""

    permission_classes = (_Keepers,)

    @extend_schema(operation_id="clinic_protocols_list", responses=ProtocolOutput(many=True))
    def get(self, request: Request, clinic_id: UUID) -> Response:
        """Every version: the clinic's own first, then the network's."""
        own = [_shown(one.read(), one) for one in list_variants(get_clinic(clinic_id).pk)]
        return Response([*own, *(_shown(one) for one in reversed(list_protocols()))])

    @extend_schema(request=ProtocolInput, responses={201: ProtocolOutput, 200: ProtocolOutput})
    def post(self, request: Request, clinic_id: UUID) -> Response:
        """Import a variant for the courses to come; 200 for a dry run, or for a file that is there."""
        data = ProtocolInput(data=request.data)
        data.is_valid(raise_exception=True)
        text: str = data.validated_data["file"]
        user: Any = request.user
        if data.validated_data["dry_run"]:
            get_clinic(clinic_id)
            return Response(_shown(services.check(text=text), own=True))
        variant, is_new = services.import_variant(clinic_id=clinic_id, text=text, by=user.pk, now=clock.now())
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(_shown(variant.read(), variant), status=code)


class ProtocolSchema(APIView):
    """The JSON Schema of the file."""

    permission_classes = (_Keepers,)

    @extend_schema(responses={200: {"type": "object"}})
    def get(self, request: Request) -> Response:
        """For editors that check while one writes (JSON Schema, draft 2020-12)."""
        return Response(schema())


def _shown(protocol: Protocol, variant: ProtocolVariant | None = None, *, own: bool = False) -> dict[str, Any]:
    facts = {
        "protocol": protocol.id,
        "version": protocol.version,
        "own": own or variant is not None,
        "title": protocol.title,
        "description": protocol.description,
        "windows": protocol.windows(),
        "imported_at": variant.imported_at if variant else None,
        "document": services.document_of(protocol),
    }
    return dict(ProtocolOutput(facts).data)
