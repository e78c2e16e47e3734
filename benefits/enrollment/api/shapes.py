"""A member as the employer described them. Nothing here depends on what a member does with the benefit."""

from datetime import datetime
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import permissions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benefits.accounts.models import HrPermission
from benefits.enrollment import queries, services
from benefits.enrollment.models import Member
from workers.kernel.api import only

IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="The ETag of the member that this builds on."
)


class People(only("hr_admin")):  # type: ignore[misc] # a class made by a function
    """Every HR admin reads the roster; changing it takes the permission `people`."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether the method is one that changes nothing, or the admin may change people."""
        user: Any = request.user
        may_write = request.method in permissions.SAFE_METHODS or HrPermission.PEOPLE in getattr(
            user, "permissions", ()
        )
        return super().has_permission(request, view) and may_write


class EnrollmentOutput(serializers.Serializer[object]):
    """A period of cover; no `ends_on` means open."""

    id = serializers.UUIDField()
    plan_id = serializers.UUIDField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)


class MemberOutput(serializers.Serializer[object]):
    """A member. `employment_status` is what was recorded, `status` what it comes to today where they live.

    Only the schema is written by it: rows are rendered as they come from the query.
    """

    id = serializers.UUIDField()
    employee_number = serializers.CharField()
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    date_of_birth = serializers.DateField()
    address_line_1 = serializers.CharField()
    address_line_2 = serializers.CharField()
    city = serializers.CharField()
    postal_code = serializers.CharField()
    state = serializers.CharField()
    language = serializers.CharField()
    timezone = serializers.CharField()
    employee_class = serializers.CharField()
    work_location = serializers.CharField()
    relationship = serializers.CharField()
    subscriber_id = serializers.UUIDField(allow_null=True)
    hire_date = serializers.DateField()
    end_date = serializers.DateField(allow_null=True)
    leave_starts_on = serializers.DateField(allow_null=True)
    date_of_death = serializers.DateField(allow_null=True)
    employment_status = serializers.CharField()
    status = serializers.CharField()
    enrollments = EnrollmentOutput(many=True)


def answer(member: Member, *, now: datetime) -> Response:
    """Return a member and their ETag."""
    tag = services.tag_of(member)  # before the row is read: should it change between, a later edit is refused
    rows = queries.find(queries.Filters(), employer_id=member.employer_id, now=now).filter(pk=member.pk)
    shown: list[dict[str, Any]] = queries.shown(rows, now=now)
    return Response(shown[0], headers={"ETag": f'"{tag}"'})
