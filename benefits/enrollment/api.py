"""HR reads its members. Nothing here depends on what a member does with the benefit."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benefits.enrollment import queries
from workers.kernel.api import only


class EnrollmentOutput(serializers.Serializer[object]):
    """A period of cover; no `ends_on` means open."""

    id = serializers.UUIDField()
    plan_id = serializers.UUIDField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)


class MemberOutput(serializers.Serializer[object]):
    """A member as the employer described them."""

    id = serializers.UUIDField()
    employee_number = serializers.CharField()
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    date_of_birth = serializers.DateField()
    postal_code = serializers.CharField()
    state = serializers.CharField()
    language = serializers.CharField()
    timezone = serializers.CharField()
    hire_date = serializers.DateField()
    employment_status = serializers.CharField()
    end_date = serializers.DateField(allow_null=True)
    enrollments = EnrollmentOutput(many=True)


class Members(generics.ListAPIView):  # type: ignore[type-arg]
    """GET: the employer's members, newest first."""

    permission_classes = (only("hr_admin"),)
    serializer_class = MemberOutput
    queryset = queries.list_members()


class MemberDetail(APIView):
    """GET: one member."""

    permission_classes = (only("hr_admin"),)

    @extend_schema(responses=MemberOutput)
    def get(self, request: Request, member_id: UUID) -> Response:
        """Return the member."""
        return Response(MemberOutput(queries.get_member(member_id)).data)
