"""The member's requests, and the operator's list."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request as HttpRequest
from rest_framework.response import Response
from rest_framework.views import APIView

from benefits import facade as benefits
from referrals.clinics.rules import Format, Protocol, Route
from referrals.requests import services
from referrals.requests.models import Request, RequestStep
from referrals.requests.queries import get_with_steps, list_requests, list_waiting_for_operator
from referrals.requests.rules import RequestStatus, what_next
from workers.kernel import clock
from workers.kernel.api import Input, Number, only

MAX_DISTANCE_KM = 5_000
_Member = only("employee")
_Care = only("operator", permission="care")


class PreferencesInput(Input):
    """What the member wants; what is left out may be anything. Without `near` it is the member's home."""

    near = serializers.CharField(max_length=10, required=False)
    max_distance_km = Number(min_value=1, max_value=MAX_DISTANCE_KM, default=80)
    routes = serializers.ListField(child=serializers.ChoiceField(list(Route)), max_length=len(Route), default=list)
    protocol = serializers.ChoiceField(list(Protocol), required=False)
    format = serializers.ChoiceField(list(Format), required=False)
    language = serializers.CharField(max_length=40, required=False)


class RequestInput(Input):
    """Asking for care."""

    screening_id = serializers.UUIDField()
    preferences = PreferencesInput()


class RequestOutput(serializers.ModelSerializer[Request]):
    """A request and where it stands; `clinic_id` once a clinic accepted."""

    class Meta:
        model = Request
        fields = ("id", "status", "opened_at", "clinic_id")


class StepOutput(serializers.ModelSerializer[RequestStep]):
    """A step that was taken, and by when the next one was due."""

    class Meta:
        model = RequestStep
        fields = ("status", "at", "due_by")


class NextOutput(serializers.Serializer[Any]):
    """What happens next, in the member's language, and by when where that is known."""

    text = serializers.CharField()
    by = serializers.DateTimeField(allow_null=True)


class RequestDetail(serializers.Serializer[Any]):
    """A request with its timeline."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(list(RequestStatus))
    opened_at = serializers.DateTimeField()
    clinic_id = serializers.UUIDField(allow_null=True)
    preferences = serializers.DictField()
    timeline = StepOutput(many=True)
    next = NextOutput()


class Requests(generics.ListAPIView[Request]):
    """The member's own requests."""

    permission_classes = (_Member,)
    serializer_class = RequestOutput

    def get_queryset(self) -> Any:
        """Row-level security narrows it."""
        return list_requests()

    @extend_schema(request=RequestInput, responses={201: RequestOutput})
    def post(self, request: HttpRequest) -> Response:
        """Ask for care; 409 with the id of the first when one is open."""
        data = RequestInput(data=request.data)
        data.is_valid(raise_exception=True)
        user: Any = request.user
        member_id: UUID = user.member_id
        made = services.open_request(
            member_id=member_id,
            screening_id=data.validated_data["screening_id"],
            preferences=_preferences(data.validated_data["preferences"], member_id),
            now=clock.now(),
        )
        return Response(RequestOutput(made).data, status=status.HTTP_201_CREATED)


def _preferences(wanted: dict[str, Any], member_id: UUID) -> services.Preferences:
    near = wanted.get("near") or benefits.get_member(member_id).postal_code
    routes = tuple(dict.fromkeys(wanted["routes"]))
    return services.Preferences(**wanted | {"near": near, "routes": routes})


class OneRequest(APIView):
    """A request of the member's own."""

    permission_classes = (_Member,)

    @extend_schema(responses=RequestDetail)
    def get(self, request: HttpRequest, request_id: UUID) -> Response:
        """With its timeline and what happens next."""
        found = get_with_steps(request_id)
        steps = list(found.steps.all())
        language = benefits.get_member(found.member_id).language
        document = {
            "id": found.pk,
            "status": found.status,
            "opened_at": found.opened_at,
            "clinic_id": found.clinic_id,
            "preferences": found.preferences,
            "timeline": steps,
            "next": {"text": what_next(found.status, language), "by": steps[-1].due_by},
        }
        return Response(RequestDetail(document).data)


class Withdrawal(APIView):
    """Taking a request back."""

    permission_classes = (_Member,)

    @extend_schema(request=None, responses=RequestOutput)
    def post(self, request: HttpRequest, request_id: UUID) -> Response:
        """At any time; again changes nothing."""
        user: Any = request.user
        withdrawn = services.withdraw(request_id=request_id, member_id=user.member_id, now=clock.now())
        return Response(RequestOutput(withdrawn).data)


class WaitingOutput(serializers.ModelSerializer[Request]):
    """A request on the operator's list: `unplaced`, or `review` after an urgent screening."""

    class Meta:
        model = Request
        fields = ("id", "member_id", "status", "opened_at", "screening_id")


class UnplacedRequests(generics.ListAPIView[Request]):
    """What a person has to look at."""

    permission_classes = (_Care,)
    serializer_class = WaitingOutput

    def get_queryset(self) -> Any:
        """Newest first, by the page's order."""
        return list_waiting_for_operator()


class Release(APIView):
    """Handing a request from the operator's list back to routing."""

    permission_classes = (_Care,)

    @extend_schema(request=None, responses=WaitingOutput)
    def post(self, request: HttpRequest, request_id: UUID) -> Response:
        """Clinics that were asked before are not asked again."""
        return Response(WaitingOutput(services.release(request_id=request_id, now=clock.now())).data)
