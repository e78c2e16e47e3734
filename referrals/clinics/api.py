"""The directory's interface: operators keep it, members search it."""

from datetime import date
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import permissions, serializers, status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals.clinics import services
from referrals.clinics.forms import ClinicInput, DatedPriceInput, EndpointInput, Search, StatusInput
from referrals.clinics.models import Clinic, ClinicPrice
from referrals.clinics.queries import get_clinic, list_near, locate
from workers.kernel import clock
from workers.kernel.api import only
from workers.kernel.wire import Pages

_Care = only("operator", permission="care")


class ClinicOutput(serializers.ModelSerializer[Clinic]):
    """A clinic as members see it."""

    class Meta:
        model = Clinic
        fields = (
            "id",
            "name",
            "npi",
            "street",
            "city",
            "state",
            "postal_code",
            "latitude",
            "longitude",
            "timezone",
            "languages",
            "routes",
            "protocols",
            "conditions",
            "formats",
            "states_served",
            "has_medical_overseer",
        )


class NearOutput(ClinicOutput):
    """A clinic of a search; the distance is a straight line from the ZIP code's centre."""

    distance_km = serializers.FloatField()
    has_open_slots = serializers.SerializerMethodField()

    class Meta(ClinicOutput.Meta):
        fields = (*ClinicOutput.Meta.fields, "distance_km", "has_open_slots")  # type: ignore[assignment]

    def get_has_open_slots(self, clinic: Clinic) -> bool:
        """Whether it can take anybody now; how many is the clinic's own business."""
        return clinic.open_slots > 0


class KeptOutput(ClinicOutput):
    """A clinic as the operator keeps it."""

    class Meta(ClinicOutput.Meta):
        fields = (  # type: ignore[assignment]
            *ClinicOutput.Meta.fields,
            "status",
            "open_slots",
            "licence_expires_on",
            "malpractice_expires_on",
            "kap_training_hours",
            "sessions_facilitated",
            "signed_at",
        )


class NearestFirst(Pages):
    """Pages by distance."""

    ordering = ("distance_km", "id")  # type: ignore[assignment] # the base, our own, has one name


class Clinics(GenericAPIView[Clinic]):
    """Search the directory (members), or add to it (operators)."""

    pagination_class = NearestFirst
    serializer_class = NearOutput
    queryset = Clinic.objects.none()

    def get_permissions(self) -> list[permissions.BasePermission]:
        """Members search; only operators who hold `care` add."""
        return [_Care()] if self.request.method == "POST" else [only("employee", "operator")()]

    @extend_schema(parameters=[Search], responses=NearOutput(many=True), filters=True)
    def get(self, request: Request) -> Response:
        """Nearest first, within `max_distance_km` of a ZIP code."""
        search = Search(data=request.query_params.dict())
        search.is_valid(raise_exception=True)
        page = self.paginate_queryset(_found(search.validated_data))
        return self.get_paginated_response(NearOutput(page, many=True).data)

    @extend_schema(request=ClinicInput, responses={201: KeptOutput})
    def post(self, request: Request) -> Response:
        """Add a clinic with its prices."""
        data = ClinicInput(data=request.data)
        data.is_valid(raise_exception=True)
        fields = data.validated_data
        prices = [services.Price(**price) for price in fields.pop("prices")]
        clinic = services.create(clinic=services.NewClinic(**fields), prices=prices, now=clock.now())
        return Response(KeptOutput(clinic).data, status=status.HTTP_201_CREATED)


def _found(search: dict[str, Any]) -> Any:
    place = locate(search["near"])
    found = list_near(latitude=place.latitude, longitude=place.longitude, within_km=search["max_distance_km"])
    for parameter, column in (
        ("route", "routes"),
        ("protocol", "protocols"),
        ("format", "formats"),
        ("language", "languages"),
    ):
        if parameter in search:
            found = found.filter(**{f"{column}__contains": [search[parameter]]})
    return found


class OneClinic(APIView):
    """One clinic of the directory."""

    permission_classes = (_Care,)

    @extend_schema(responses=KeptOutput)
    def get(self, request: Request, clinic_id: UUID) -> Response:
        """As the operator keeps it."""
        return Response(KeptOutput(get_clinic(clinic_id)).data)

    @extend_schema(request=StatusInput, responses=KeptOutput)
    def patch(self, request: Request, clinic_id: UUID) -> Response:
        """Suspend it or make it active."""
        data = StatusInput(data=request.data)
        data.is_valid(raise_exception=True)
        clinic = services.set_status(clinic_id=clinic_id, status=data.validated_data["status"])
        return Response(KeptOutput(clinic).data)


class PriceOutput(serializers.ModelSerializer[ClinicPrice]):
    """A price from a date on."""

    class Meta:
        model = ClinicPrice
        fields = ("id", "kind", "route", "format", "cents", "effective_on")


class Prices(APIView):
    """A clinic's price list."""

    permission_classes = (_Care,)

    @extend_schema(request=DatedPriceInput, responses={201: PriceOutput})
    def post(self, request: Request, clinic_id: UUID) -> Response:
        """Change a price from a date on."""
        data = DatedPriceInput(data=request.data)
        data.is_valid(raise_exception=True)
        fields = dict(data.validated_data)
        effective_on: date = fields.pop("effective_on")
        price = services.set_price(clinic_id=clinic_id, price=services.Price(**fields), effective_on=effective_on)
        return Response(PriceOutput(price).data, status=status.HTTP_201_CREATED)


class EndpointOutput(serializers.Serializer[services.NewEndpoint]):
    """The secrets are shown this once."""

    id = serializers.UUIDField()
    url = serializers.CharField()
    signing_secret = serializers.CharField()
    inbound_secret = serializers.CharField()
    answer_url = serializers.CharField()


class Endpoints(APIView):
    """A clinic's webhook addresses: operators add to any, the clinic's staff to their own."""

    permission_classes = (_Care | only("clinic_staff"),)

    @extend_schema(request=EndpointInput, responses={201: EndpointOutput})
    def post(self, request: Request, clinic_id: UUID) -> Response:
        """Register one and hand out its secrets."""
        data = EndpointInput(data=request.data)
        data.is_valid(raise_exception=True)
        endpoint = services.add_endpoint(clinic_id=clinic_id, **data.validated_data)
        return Response(EndpointOutput(endpoint).data, status=status.HTTP_201_CREATED)
