"""The roster with its filters, page by page, also as it was on a day; one member read and described anew."""

from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benefits.enrollment import queries, services
from benefits.enrollment.api.shapes import IF_MATCH, MemberOutput, People, answer
from benefits.enrollment.rules import EMPLOYMENT_STATUSES, STATES
from workers.kernel import clock
from workers.kernel.api import Input, employer_of, if_match, only

_ZONES = available_timezones()
_FILTERS = [
    OpenApiParameter("employee_number", str, description="Exactly."),
    OpenApiParameter("name", str, description="How last and first name begin: “garcía a”."),
    OpenApiParameter("status", str, description=f"Today where they live: {', '.join(queries.STATUSES)}."),
    OpenApiParameter("employment_status", str, description=f"As recorded: {', '.join(EMPLOYMENT_STATUSES)}."),
    OpenApiParameter("employee_class", str, description="Exactly."),
    OpenApiParameter("work_location", str, description="Exactly."),
    OpenApiParameter("plan_id", UUID, description="Whom this plan covers or covered; on `covered_on` when given."),
    OpenApiParameter("covered_on", str, description="Who was covered on that day, as 2026-03-01."),
    OpenApiParameter("subscriber_id", UUID, description="The dependants of an employee."),
]


class FilterInput(Input):
    """What narrows the roster down."""

    employee_number = serializers.CharField(max_length=40, required=False, default="")
    name = serializers.CharField(max_length=200, required=False, default="")
    status = serializers.ChoiceField(choices=queries.STATUSES, required=False, default="")
    employment_status = serializers.ChoiceField(choices=EMPLOYMENT_STATUSES, required=False, default="")
    employee_class = serializers.CharField(max_length=60, required=False, default="")
    work_location = serializers.CharField(max_length=60, required=False, default="")
    plan_id = serializers.UUIDField(required=False, default=None)
    covered_on = serializers.DateField(required=False, default=None)
    subscriber_id = serializers.UUIDField(required=False, default=None)


def _filters(request: Request) -> queries.Filters:
    """Raises ValidationError; a parameter that is no filter is the page's business."""
    asked = {name: value for name, value in request.query_params.items() if name in FilterInput().fields}
    data = FilterInput(data=asked)
    data.is_valid(raise_exception=True)
    return queries.Filters(**data.validated_data)


class Members(generics.GenericAPIView[Any]):
    """GET: the employer's members, newest first."""

    permission_classes = (only("hr_admin"),)
    serializer_class = MemberOutput

    @extend_schema(parameters=_FILTERS, responses=MemberOutput(many=True))
    def get(self, request: Request) -> Response:
        """A page of them."""
        return self.page(request, employer_of(request))

    def page(self, request: Request, employer_id: UUID) -> Response:
        """Rows are rendered as they are: a serializer would take longer than the database."""
        now = clock.now()
        rows = self.paginate_queryset(queries.find(_filters(request), employer_id=employer_id, now=now))
        return self.get_paginated_response(queries.shown(rows or (), now=now))


class EmployerInput(Input):
    """Whose roster."""

    employer_id = serializers.UUIDField()


class OperatorMembers(Members):
    """GET: an employer's roster, for an operator who is to find two rows of one person."""

    permission_classes = (only("operator", permission="care"),)

    @extend_schema(
        parameters=[OpenApiParameter("employer_id", UUID, required=True), *_FILTERS], responses=MemberOutput(many=True)
    )
    def get(self, request: Request) -> Response:
        """A page of it."""
        data = EmployerInput(data={"employer_id": request.query_params.get("employer_id")})
        data.is_valid(raise_exception=True)
        return self.page(request, data.validated_data["employer_id"])


def _text(limit: int, *, blank: bool = False) -> serializers.CharField:
    return serializers.CharField(max_length=limit, allow_blank=blank, required=False)


class DescriptionInput(Input):
    """What is to be said otherwise. Of the two addresses, which nobody reads back, naming one replaces both."""

    first_name = _text(100)
    last_name = _text(100)
    date_of_birth = serializers.DateField(required=False)
    address_line_1 = _text(100, blank=True)
    address_line_2 = _text(100, blank=True)
    city = _text(60, blank=True)
    postal_code = serializers.RegexField(r"^[0-9]{5}(-[0-9]{4})?\Z", required=False)
    state = serializers.CharField(required=False)
    language = serializers.RegexField(r"^[a-z]{2}\Z", required=False)
    timezone = serializers.CharField(required=False)
    employee_class = _text(60, blank=True)
    work_location = _text(60, blank=True)
    personal_email = serializers.EmailField(max_length=254, allow_blank=True, required=False)
    work_email = serializers.EmailField(max_length=254, allow_blank=True, required=False)
    reason = _text(200, blank=True)

    def validate_state(self, state: str) -> str:
        """A state, district or territory of the United States."""
        if state.upper() not in STATES:
            raise serializers.ValidationError("Give the two letters of a US state, district or territory, such as CA.")
        return state.upper()

    def validate_timezone(self, zone: str) -> str:
        """A name of the time zone database."""
        if zone not in _ZONES:
            raise serializers.ValidationError("Give a name such as America/Chicago.")
        return zone

    def validate_date_of_birth(self, born: Any) -> Any:
        """A day of this century or the last one that is over."""
        if not born.year >= 1900 or born > clock.now().date():
            raise serializers.ValidationError("Give a date of birth between 1900 and today.")
        return born


class MemberDetail(APIView):
    """One member."""

    permission_classes = (People,)

    @extend_schema(responses=MemberOutput)
    def get(self, request: Request, member_id: UUID) -> Response:
        """Return the member, with an ETag."""
        return answer(queries.get_on_roster(member_id), now=clock.now())

    @extend_schema(request=DescriptionInput, responses=MemberOutput, parameters=[IF_MATCH])
    def patch(self, request: Request, member_id: UUID) -> Response:
        """Describe them anew; 428 without If-Match, 412 when another admin changed them since."""
        data = DescriptionInput(data=request.data)
        data.is_valid(raise_exception=True)
        facts, now = dict(data.validated_data), clock.now()
        member = services.describe(
            member_id=member_id, reason=facts.pop("reason", ""), facts=facts, seen=if_match(request), now=now
        )
        return answer(member, now=now)
