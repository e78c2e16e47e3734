"""Who read a member's referral in full."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from referrals.offers.models import ReferralRead
from referrals.offers.queries.offers import list_reads
from referrals.requests.queries import get_request
from workers.kernel.api import only


class ReadOutput(serializers.ModelSerializer[ReferralRead]):
    """Somebody read the referral with who the member is: of the clinic that accepted, an operator, the member."""

    class Meta:
        model = ReferralRead
        fields = ("id", "clinic_id", "reader_id", "reader_role", "what", "at")


class Reads(GenericAPIView[ReferralRead]):
    """Who read the referral: the member's own, or any for operators."""

    permission_classes = (only("employee") | only("operator", permission="care"),)
    serializer_class = ReadOutput
    queryset = ReferralRead.objects.none()

    @extend_schema(responses=ReadOutput(many=True))
    def get(self, request: Request, request_id: UUID) -> Response:
        """Newest first. 404 for another's."""
        page = self.paginate_queryset(list_reads(get_request(request_id).pk))
        return self.get_paginated_response(ReadOutput(page, many=True).data)
