"""Clients: a clinic's staff keeps its own, operators any; no token makes or changes one."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals.clinic_access.forms import ClientInput, OperatorsClientInput, SecretRotationInput
from referrals.clinic_access.models import ApiClient, ClientChange, ClientSecret
from referrals.clinic_access.queries import get_client, list_changes, list_clients
from referrals.clinic_access.services import clients as services
from referrals.clinics.queries import get_clinic
from workers.kernel import clock
from workers.kernel.api import only

_Keepers = only("clinic_staff") | only("operator", permission="care")


class SecretOutput(serializers.ModelSerializer[ClientSecret]):
    """A secret by its last characters."""

    class Meta:
        model = ClientSecret
        fields = ("hint", "created_at", "valid_until", "last_used_at")


class ClientOutput(serializers.ModelSerializer[ApiClient]):
    """A client; its id is its `client_id`."""

    secrets = SecretOutput(many=True)

    class Meta:
        model = ApiClient
        fields = (
            "id",
            "clinic_id",
            "kind",
            "name",
            "scopes",
            "requests_per_minute",
            "created_at",
            "expires_at",
            "revoked_at",
            "last_used_at",
            "secrets",
        )


class NewClientOutput(serializers.Serializer[services.NewSecret]):
    """The secret is shown this once."""

    client = ClientOutput()
    secret = serializers.CharField()


class ClientChangeOutput(serializers.ModelSerializer[ClientChange]):
    """Who did what."""

    class Meta:
        model = ClientChange
        fields = ("id", "change", "by_id", "at")


class Clients(GenericAPIView[ApiClient]):
    """A clinic's clients."""

    permission_classes = (_Keepers,)
    serializer_class = ClientOutput
    queryset = ApiClient.objects.none()

    @extend_schema(operation_id="api_clients_list", responses=ClientOutput(many=True))
    def get(self, request: Request, clinic_id: UUID) -> Response:
        """Newest first."""
        page = self.paginate_queryset(list_clients(get_clinic(clinic_id).pk))
        return self.get_paginated_response(ClientOutput(page, many=True).data)

    @extend_schema(request=OperatorsClientInput, responses={201: NewClientOutput})
    def post(self, request: Request, clinic_id: UUID) -> Response:
        """Make one and hand out its secret."""
        user: Any = request.user
        data = (OperatorsClientInput if user.role == "operator" else ClientInput)(data=request.data)
        data.is_valid(raise_exception=True)
        made = services.create(clinic_id=clinic_id, by=user.pk, now=clock.now(), **data.validated_data)
        return Response(NewClientOutput(made).data, status=status.HTTP_201_CREATED)


class OneClient(APIView):
    """One client."""

    permission_classes = (_Keepers,)

    @extend_schema(responses=ClientOutput)
    def get(self, request: Request, client_id: UUID) -> Response:
        """How it is set, and when it was used last."""
        return Response(ClientOutput(get_client(client_id)).data)


class Rotation(APIView):
    """A fresh secret; the former works beside it for a while."""

    permission_classes = (_Keepers,)

    @extend_schema(request=SecretRotationInput, responses={201: NewClientOutput})
    def post(self, request: Request, client_id: UUID) -> Response:
        """Replace the secret and hand the new one out."""
        user: Any = request.user
        data = SecretRotationInput(data=request.data)
        data.is_valid(raise_exception=True)
        overlap = timedelta(hours=data.validated_data["overlap_hours"])
        made = services.rotate(client_id=client_id, overlap=overlap, by=user.pk, now=clock.now())
        return Response(NewClientOutput(made).data, status=status.HTTP_201_CREATED)


class Revocation(APIView):
    """The end of a client."""

    permission_classes = (_Keepers,)

    @extend_schema(request=None, responses=ClientOutput)
    def post(self, request: Request, client_id: UUID) -> Response:
        """End it with its secrets and tokens, at once."""
        user: Any = request.user
        client = services.revoke(client_id=client_id, by=user.pk, now=clock.now())
        return Response(ClientOutput(client).data)


class Changes(GenericAPIView[ClientChange]):
    """What people did about a client."""

    permission_classes = (_Keepers,)
    serializer_class = ClientChangeOutput
    queryset = ClientChange.objects.none()

    @extend_schema(operation_id="api_clients_changes_list", responses=ClientChangeOutput(many=True))
    def get(self, request: Request, client_id: UUID) -> Response:
        """Newest first."""
        page = self.paginate_queryset(list_changes(client_id))
        return self.get_paginated_response(ClientChangeOutput(page, many=True).data)
