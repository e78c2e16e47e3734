"""Operators sign employers."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benefits.accounts.api import InvitationOutput
from benefits.employers import services
from workers.kernel import clock
from workers.kernel.api import Input, only


class EmployerInput(Input):
    """A new employer."""

    name = serializers.CharField(max_length=200)


class EmployerOutput(serializers.Serializer[object]):
    """An employer."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    created_at = serializers.DateTimeField()


class Employers(APIView):
    """POST: an employer signs."""

    permission_classes = (only("operator"),)

    @extend_schema(request=EmployerInput, responses={201: EmployerOutput})
    def post(self, request: Request) -> Response:
        """Create."""
        data = EmployerInput(data=request.data)
        data.is_valid(raise_exception=True)
        employer = services.create(**data.validated_data, now=clock.now())
        return Response(EmployerOutput(employer).data, status=201)


class AdminInput(Input):
    """An HR admin."""

    email = serializers.EmailField(max_length=254)


class EmployerAdmins(APIView):
    """POST: an HR admin of the employer is invited."""

    permission_classes = (only("operator"),)

    @extend_schema(request=AdminInput, responses={201: InvitationOutput})
    def post(self, request: Request, employer_id: UUID) -> Response:
        """Mail an invitation."""
        data = AdminInput(data=request.data)
        data.is_valid(raise_exception=True)
        invitation = services.invite_admin(employer_id=employer_id, **data.validated_data, now=clock.now())
        return Response(InvitationOutput(invitation).data, status=201)
