"""Operators keep the directory; a clinic's staff see their own entry."""

from datetime import date
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import generics, permissions, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals.clinics import services
from referrals.clinics.api.outputs import (
    CredentialOutput,
    HoursOutput,
    KeptOutput,
    OneClinicOutput,
    OrganizationOutput,
    PriceOutput,
)
from referrals.clinics.forms import (
    ChangeInput,
    CredentialInput,
    DatedPriceInput,
    EndpointInput,
    OrganizationInput,
    WeekInput,
)
from referrals.clinics.models import Clinic, Organization
from referrals.clinics.queries import get_clinic, list_local_prices
from referrals.clinics.rules.hours import Hours
from referrals.clinics.services import credentials, revising
from referrals.npi_registry.queries import warnings_about
from workers.kernel import clock
from workers.kernel.api import only, scoped

KEEPERS = only("operator", permission="care")


class _Readers(permissions.BasePermission):
    """Members, clinics' staff, and operators who hold `care`."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """As KEEPERS, and two roles more."""
        return only("employee", "clinic_staff")().has_permission(request, view) or KEEPERS().has_permission(
            request, view
        )


def kept(clinic: Clinic) -> dict[str, Any]:
    """A clinic as the operator keeps it, and what the NPI registry says otherwise."""
    warnings = warnings_about({clinic.npi: clinic.state}).get(clinic.npi, [])
    return KeptOutput(clinic, context={"prices": list_local_prices(clinic, now=clock.now()), "warnings": warnings}).data


class OneClinic(APIView):
    """One clinic of the directory."""

    def get_permissions(self) -> list[permissions.BasePermission]:
        """Members read what members may know, a clinic's staff its own entry; only operators who hold `care` change."""
        return [_Readers() if self.request.method == "GET" else KEEPERS()]

    @extend_schema(responses={200: KeptOutput})
    def get(self, request: Request, clinic_id: UUID) -> Response:
        """With its hours and today's prices; to its staff and operators as it is kept."""
        clinic = get_clinic(clinic_id)
        user: Any = request.user
        if user.role == "operator":
            return Response(kept(clinic))
        context = {"prices": list_local_prices(clinic, now=clock.now())}
        shown = OneClinicOutput if user.role == "employee" else KeptOutput
        return Response(shown(clinic, context=context).data)

    @extend_schema(request=ChangeInput, responses=KeptOutput)
    def patch(self, request: Request, clinic_id: UUID) -> Response:
        """Suspend it or make it active, set its capacity, correct its facts."""
        data = ChangeInput(data=request.data, partial=True)
        data.is_valid(raise_exception=True)
        return Response(kept(revising.change(clinic_id=clinic_id, changes=data.validated_data, now=clock.now())))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, clinic_id: UUID) -> Response:
        """Archive it for good; open offers are withdrawn."""
        services.archive(clinic_id=clinic_id, now=clock.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class Prices(APIView):
    """A clinic's price list: operators correct any, a clinic announces its own."""

    permission_classes = (KEEPERS | only("clinic_staff") | scoped("prices:write"),)

    @extend_schema(request=DatedPriceInput, responses={201: PriceOutput})
    def post(self, request: Request, clinic_id: UUID) -> Response:
        """Change a price from a date on; a clinic from tomorrow on, or later."""
        data = DatedPriceInput(data=request.data)
        data.is_valid(raise_exception=True)
        fields = dict(data.validated_data)
        effective_on: date = fields.pop("effective_on")
        user: Any = request.user
        price = services.Price(**fields)
        if user.role == "operator":
            row = services.set_price(clinic_id=clinic_id, price=price, effective_on=effective_on)
        else:
            row = services.announce_price(clinic_id=clinic_id, price=price, effective_on=effective_on, now=clock.now())
        return Response(PriceOutput(row).data, status=status.HTTP_201_CREATED)


class OpeningHours(APIView):
    """A clinic's opening hours."""

    permission_classes = (KEEPERS,)

    @extend_schema(request=WeekInput, responses=HoursOutput(many=True))
    def put(self, request: Request, clinic_id: UUID) -> Response:
        """Replace them."""
        data = WeekInput(data=request.data)
        data.is_valid(raise_exception=True)
        hours = [Hours(**one) for one in data.validated_data["hours"]]
        stored = services.set_hours(clinic_id=clinic_id, hours=hours, now=clock.now())
        return Response(HoursOutput(stored, many=True).data)


class Credentials(APIView):
    """What is verified about a clinic."""

    permission_classes = (KEEPERS,)

    @extend_schema(request=CredentialInput, responses={201: CredentialOutput})
    def post(self, request: Request, clinic_id: UUID) -> Response:
        """Record a credential or its renewal; a clinic that was suspended for the lack of it takes offers again."""
        data = CredentialInput(data=request.data)
        data.is_valid(raise_exception=True)
        new = services.NewCredential(**data.validated_data)
        row = credentials.add(clinic_id=clinic_id, credential=new, now=clock.now())
        return Response(CredentialOutput(row).data, status=status.HTTP_201_CREATED)


class CredentialWithdrawal(APIView):
    """A credential that was entered by mistake, or revoked."""

    permission_classes = (KEEPERS,)

    @extend_schema(request=None, responses=CredentialOutput)
    def post(self, request: Request, credential_id: UUID) -> Response:
        """Take it off the file; the clinic is suspended from new offers when it needs it."""
        return Response(CredentialOutput(credentials.withdraw(credential_id=credential_id, now=clock.now())).data)


class Organizations(generics.ListAPIView[Organization]):
    """Who runs clinics."""

    permission_classes = (KEEPERS,)
    serializer_class = OrganizationOutput
    queryset = Organization.objects.all()

    @extend_schema(request=OrganizationInput, responses={201: OrganizationOutput})
    def post(self, request: Request) -> Response:
        """Add an organisation; clinics then name it as theirs."""
        data = OrganizationInput(data=request.data)
        data.is_valid(raise_exception=True)
        row = revising.add_organization(**data.validated_data)
        return Response(OrganizationOutput(row).data, status=status.HTTP_201_CREATED)


class EndpointOutput(serializers.Serializer[services.NewEndpoint]):
    """The secrets are shown this once."""

    id = serializers.UUIDField()
    url = serializers.CharField()
    signing_secret = serializers.CharField()
    inbound_secret = serializers.CharField()
    answer_url = serializers.CharField()


class Endpoints(APIView):
    """A clinic's webhook addresses: operators add to any, the clinic's staff to their own."""

    permission_classes = (KEEPERS | only("clinic_staff") | scoped("endpoints:manage"),)

    @extend_schema(request=EndpointInput, responses={201: EndpointOutput})
    def post(self, request: Request, clinic_id: UUID) -> Response:
        """Register one and hand out its secrets."""
        data = EndpointInput(data=request.data)
        data.is_valid(raise_exception=True)
        endpoint = services.add_endpoint(clinic_id=clinic_id, **data.validated_data)
        return Response(EndpointOutput(endpoint).data, status=status.HTTP_201_CREATED)
