"""What a clinic sees: its offers, and in full the referrals that it accepted."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals.offers import services
from referrals.offers.models import Offer
from referrals.offers.queries import list_own_offers
from referrals.offers.queries.full import AgreedText, FullReferral
from workers.kernel import clock
from workers.kernel.api import lacks, only, scoped

_Clinic = only("clinic_staff")


class SummaryOutput(serializers.Serializer[Any]):
    """The least that lets a clinic decide."""

    routes = serializers.ListField(child=serializers.CharField())
    protocol = serializers.CharField()
    format = serializers.CharField()
    language = serializers.CharField()
    state = serializers.CharField()
    age_band = serializers.CharField()
    result_of_screening = serializers.CharField()


class OfferOutput(serializers.ModelSerializer[Offer]):
    """An offer; `referral_id` can be read in full once it is accepted. An answer may name the `version`."""

    referral_id = serializers.UUIDField(source="request_id")
    request = SummaryOutput(source="summary")

    class Meta:
        model = Offer
        fields = (
            "id",
            "version",
            "referral_id",
            "status",
            "reason",
            "route",
            "protocol",
            "format",
            "respond_by",
            "made_at",
            "received_at",
            "closed_at",
            "ended_at",
            "request",
        )


class Offers(generics.ListAPIView[Offer]):
    """The clinic's offers, newest first."""

    permission_classes = (_Clinic | scoped("offers:read"),)
    serializer_class = OfferOutput

    def get_queryset(self) -> Any:
        """Row-level security narrows it."""
        return list_own_offers()


class AgreedTextOutput(serializers.Serializer[AgreedText]):
    """A consent of the member's, which goes with what is disclosed under it."""

    kind = serializers.CharField()
    version = serializers.CharField()
    text = serializers.CharField()


class FullReferralOutput(serializers.Serializer[FullReferral]):
    """A referral with the member's name and contact."""

    id = serializers.UUIDField()
    offer_id = serializers.UUIDField()
    route = serializers.CharField()
    protocol = serializers.CharField()
    format = serializers.CharField()
    preferences = serializers.DictField()
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    date_of_birth = serializers.DateField()
    email = serializers.CharField()
    postal_code = serializers.CharField()
    state = serializers.CharField()
    language = serializers.CharField()
    timezone = serializers.CharField()
    result_of_screening = serializers.CharField()
    findings = serializers.ListField(child=serializers.CharField())
    scores = serializers.DictField(child=serializers.IntegerField())
    redisclosure_notice = serializers.CharField()
    disclosed_under = AgreedTextOutput(many=True)


class OneReferral(APIView):
    """A referral that the clinic accepted; who reads it is kept."""

    permission_classes = (_Clinic | scoped("referrals:read", "sandbox:use"),)

    @extend_schema(responses=FullReferralOutput)
    def get(self, request: Request, request_id: UUID) -> Response:
        """404 before the clinic accepts, and for another clinic's. With `sandbox:use` alone those of test offers."""
        referral = services.read_referral(
            request_id=request_id, reader=request.user, now=clock.now(), tests_only=lacks(request, "referrals:read")
        )
        return Response(FullReferralOutput(referral).data)
