"""Operators make one member of two."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benefits.enrollment import services
from benefits.enrollment.api.shapes import MemberOutput, answer
from workers.kernel import clock
from workers.kernel.api import Input, only


class MergeInput(Input):
    """The member who stays, and why they are one person."""

    into_id = serializers.UUIDField()
    reason = serializers.CharField(max_length=200)


class MergeMembers(APIView):
    """POST: the member of the address leaves the roster, `into_id` stays. Who has an account cannot go."""

    permission_classes = (only("operator", permission="care"),)

    @extend_schema(request=MergeInput, responses=MemberOutput)
    def post(self, request: Request, member_id: UUID) -> Response:
        """Return the member who stays."""
        data = MergeInput(data=request.data)
        data.is_valid(raise_exception=True)
        now = clock.now()
        return answer(services.merge(member_id=member_id, **data.validated_data, now=now), now=now)
