"""Test offers: made and withdrawn here, answered where real ones are, by webhook or at the API."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals.sandbox import services
from referrals.sandbox.models import SandboxOffer
from referrals.sandbox.queries import list_offers
from referrals.sandbox.rules import LONGEST, SHORTEST, USUAL
from workers.kernel import clock
from workers.kernel.api import Input, only, scoped

_Developers = only("clinic_staff") | scoped("sandbox:use")


class SandboxOfferInput(Input):
    """For how many seconds the offer waits."""

    answer_seconds = serializers.IntegerField(
        min_value=int(SHORTEST.total_seconds()),
        max_value=int(LONGEST.total_seconds()),
        default=int(USUAL.total_seconds()),
    )


class SandboxOfferOutput(serializers.ModelSerializer[SandboxOffer]):
    """A test offer."""

    class Meta:
        model = SandboxOffer
        fields = (
            "id",
            "status",
            "reason",
            "version",
            "referral_id",
            "course_id",
            "respond_by",
            "made_at",
            "closed_at",
        )


class SandboxOffers(GenericAPIView[SandboxOffer]):
    """The clinic's test offers."""

    permission_classes = (_Developers,)
    serializer_class = SandboxOfferOutput
    queryset = SandboxOffer.objects.none()

    @extend_schema(operation_id="sandbox_offers_list", responses=SandboxOfferOutput(many=True))
    def get(self, request: Request) -> Response:
        """Newest first."""
        page = self.paginate_queryset(list_offers())
        return self.get_paginated_response(SandboxOfferOutput(page, many=True).data)

    @extend_schema(request=SandboxOfferInput, responses={201: SandboxOfferOutput})
    def post(self, request: Request) -> Response:
        """Offer nobody: `referral.offered` with `test` goes to the clinic's addresses."""
        user: Any = request.user
        data = SandboxOfferInput(data=request.data)
        data.is_valid(raise_exception=True)
        answer_within = timedelta(seconds=data.validated_data["answer_seconds"])
        offer = services.make(clinic_id=user.clinic_id, answer_within=answer_within, now=clock.now())
        return Response(SandboxOfferOutput(offer).data, status=status.HTTP_201_CREATED)


class SandboxWithdrawal(APIView):
    """The end of a test offer, as if a member took the request back."""

    permission_classes = (_Developers,)

    @extend_schema(request=None, responses=SandboxOfferOutput)
    def post(self, request: Request, sandbox_offer_id: UUID) -> Response:
        """`referral.withdrawn` goes to the clinic's addresses."""
        user: Any = request.user
        offer = services.withdraw(offer_id=sandbox_offer_id, clinic_id=user.clinic_id, now=clock.now())
        return Response(SandboxOfferOutput(offer).data)
