"""The interface of endpoints and deliveries: a clinic's staff has its own, operators have all."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from workers.deliveries import endpoints as services
from workers.deliveries import queries
from workers.deliveries.forms import (
    DELIVERY_STATES,
    ChangeInput,
    DeliveryFilter,
    EndpointFilter,
    OperatorsChangeInput,
    ReplayInput,
    RotateInput,
)
from workers.deliveries.models import Attempt, Delivery, Endpoint
from workers.deliveries.outputs import AttemptView, DeliveryView, EndpointView, ReplayedView, SecretView
from workers.deliveries.replaying import replay, replay_range
from workers.kernel import clock
from workers.kernel.api import Input, only, scoped

_People = only("clinic_staff") | only("operator", permission="care")  # a secret lets its holder speak as the clinic
_Keepers = _People | scoped("endpoints:manage")
_Readers = _People | scoped("deliveries:read")
_Replayers = _People | scoped("deliveries:replay")


def _read(form: type[Input], data: Any) -> dict[str, Any]:
    given = form(data=data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


class Endpoints(GenericAPIView[Endpoint]):
    """The endpoints."""

    permission_classes = (_Keepers,)
    serializer_class = EndpointView
    queryset = Endpoint.objects.none()

    @extend_schema(operation_id="endpoints_list", parameters=[EndpointFilter], responses=EndpointView(many=True))
    def get(self, request: Request) -> Response:
        """Newest first."""
        asked = _read(EndpointFilter, request.query_params.dict())
        found = queries.list_endpoints()
        if "state" in asked:
            found = found.filter(state=asked["state"])
        return self.get_paginated_response(EndpointView(self.paginate_queryset(found), many=True).data)


class OneEndpoint(APIView):
    """One endpoint."""

    permission_classes = (_Keepers,)

    @extend_schema(responses=EndpointView)
    def get(self, request: Request, endpoint_id: UUID) -> Response:
        """How it is set and doing."""
        return Response(EndpointView(queries.get_endpoint(endpoint_id)).data)

    @extend_schema(request=OperatorsChangeInput, responses=EndpointView)
    def patch(self, request: Request, endpoint_id: UUID) -> Response:
        """Change types and order; operators change its limits, too."""
        user: Any = request.user
        changes = _read(OperatorsChangeInput if user.role == "operator" else ChangeInput, request.data)
        has_rate, rate = "rate_per_s" in changes, changes.pop("rate_per_s", None)
        endpoint = services.change(endpoint_id=endpoint_id, **changes)
        if has_rate:
            endpoint = services.set_rate(endpoint_id=endpoint_id, rate_per_s=rate)
        return Response(EndpointView(endpoint).data)


class Pause(APIView):
    """Nothing is sent for now; messages wait."""

    permission_classes = (_Keepers,)

    @extend_schema(request=None, responses=EndpointView)
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Pause it."""
        return Response(EndpointView(services.pause(endpoint_id=endpoint_id)).data)


class Resume(APIView):
    """What waited is sent."""

    permission_classes = (_Keepers,)

    @extend_schema(request=None, responses=EndpointView)
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """End the pause."""
        return Response(EndpointView(services.resume(endpoint_id=endpoint_id)).data)


class Disable(APIView):
    """It is out of service: nothing more is queued for it."""

    permission_classes = (_Keepers,)

    @extend_schema(request=None, responses=EndpointView)
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Take it out of service."""
        return Response(EndpointView(services.disable(endpoint_id=endpoint_id)).data)


class Enable(APIView):
    """A disabled endpoint is tried again."""

    permission_classes = (_Keepers,)

    @extend_schema(request=None, responses=EndpointView)
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Enable it."""
        return Response(EndpointView(services.enable(endpoint_id=endpoint_id)).data)


class Rotate(APIView):
    """A fresh secret; the former works for 24 hours beside it."""

    permission_classes = (_Keepers,)

    @extend_schema(request=RotateInput, responses={201: SecretView})
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Replace a secret and hand the new one out."""
        asked = _read(RotateInput, request.data)
        secret = services.rotate(endpoint_id=endpoint_id, direction=asked["direction"], now=clock.now())
        return Response({"secret": secret}, status=status.HTTP_201_CREATED)


class Test(APIView):
    """A message about nothing."""

    permission_classes = (_Keepers,)

    @extend_schema(request=None, responses={201: DeliveryView})
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Send `endpoint.test`."""
        delivery = services.send_test(endpoint_id=endpoint_id, now=clock.now())
        return Response(DeliveryView(queries.get_delivery(delivery.pk)).data, status=status.HTTP_201_CREATED)


class ReplayRange(APIView):
    """The messages of a time, again."""

    permission_classes = (_Replayers,)

    @extend_schema(request=ReplayInput, responses={201: ReplayedView})
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Send again what was first queued in the window, under the same webhook ids."""
        asked = _read(ReplayInput, request.data)
        queued = replay_range(endpoint_id=endpoint_id, now=clock.now(), **asked)
        return Response({"queued": queued}, status=status.HTTP_201_CREATED)


class Deliveries(GenericAPIView[Delivery]):
    """The deliveries."""

    permission_classes = (_Readers,)
    serializer_class = DeliveryView
    queryset = Delivery.objects.none()

    @extend_schema(operation_id="deliveries_list", parameters=[DeliveryFilter], responses=DeliveryView(many=True))
    def get(self, request: Request) -> Response:
        """Newest first, by endpoint, status and type."""
        asked = _read(DeliveryFilter, request.query_params.dict())
        columns = {name: asked[name] for name in ("endpoint", "type") if name in asked}
        found = queries.list_deliveries().filter(**columns)
        if "status" in asked:
            found = queries.in_status(found, DELIVERY_STATES[asked["status"]])
        return self.get_paginated_response(DeliveryView(self.paginate_queryset(found), many=True).data)


class OneDelivery(APIView):
    """One delivery."""

    permission_classes = (_Readers,)

    @extend_schema(responses=DeliveryView)
    def get(self, request: Request, delivery_id: UUID) -> Response:
        """Where it stands."""
        return Response(DeliveryView(queries.get_delivery(delivery_id)).data)


class Attempts(GenericAPIView[Attempt]):
    """A delivery's tries."""

    permission_classes = (_Readers,)
    serializer_class = AttemptView
    queryset = Attempt.objects.none()

    @extend_schema(operation_id="deliveries_attempts_list", responses=AttemptView(many=True))
    def get(self, request: Request, delivery_id: UUID) -> Response:
        """Newest first."""
        page = self.paginate_queryset(queries.list_attempts(delivery_id))
        return self.get_paginated_response(AttemptView(page, many=True).data)


class Replay(APIView):
    """One message, again."""

    permission_classes = (_Replayers,)

    @extend_schema(request=None, responses={201: DeliveryView})
    def post(self, request: Request, delivery_id: UUID) -> Response:
        """Send it again under the same webhook id."""
        delivery = replay(delivery_id=delivery_id, now=clock.now())
        return Response(DeliveryView(queries.get_delivery(delivery.pk)).data, status=status.HTTP_201_CREATED)
