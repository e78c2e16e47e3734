"""The member's requests."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request as HttpRequest
from rest_framework.response import Response
from rest_framework.views import APIView

from benefits import facade as benefits
from referrals.requests import services
from referrals.requests.forms import RequestInput, WishesInput
from referrals.requests.models import Request, RequestStep
from referrals.requests.queries import get_with_steps, list_requests
from referrals.requests.rules import Kind, RequestStatus, what_next
from workers.kernel import clock
from workers.kernel.api import only

_Member = only("employee")


class RequestOutput(serializers.ModelSerializer[Request]):
    """A request and where it stands; `clinic_id` once a clinic accepted."""

    class Meta:
        model = Request
        fields = ("id", "kind", "status", "revision", "opened_at", "clinic_id")


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
    """A request with its timeline; `previous_id` is the one whose place it took."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(list(Kind))
    previous_id = serializers.UUIDField(allow_null=True)
    status = serializers.ChoiceField(list(RequestStatus))
    revision = serializers.IntegerField()
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
        """Ask for care; 409 with the id of the first when there is one of this kind, or no cover."""
        data = RequestInput(data=request.data)
        data.is_valid(raise_exception=True)
        fields = data.validated_data
        user: Any = request.user
        made = services.open_request(
            member_id=user.member_id,
            screening_id=fields["screening_id"],
            preferences=_preferences(fields["preferences"], user.member_id),
            kind=fields["kind"],
            now=clock.now(),
        )
        return Response(RequestOutput(made).data, status=status.HTTP_201_CREATED)


def _preferences(wanted: dict[str, Any], member_id: UUID) -> services.Preferences:
    near = wanted.get("near") or benefits.get_member(member_id).postal_code
    return services.Preferences(**wanted | {"near": near})


class OneRequest(APIView):
    """A request of the member's own."""

    permission_classes = (_Member,)

    @extend_schema(responses=RequestDetail)
    def get(self, request: HttpRequest, request_id: UUID) -> Response:
        """With its timeline and what happens next."""
        return Response(_detail(request_id))

    @extend_schema(request=WishesInput, responses=RequestDetail)
    def patch(self, request: HttpRequest, request_id: UUID) -> Response:
        """Wish otherwise, until a clinic accepts: who was asked for the old wishes is told that they are void."""
        data = WishesInput(data=request.data)
        data.is_valid(raise_exception=True)
        user: Any = request.user
        services.change_wishes(
            request_id=request_id,
            member_id=user.member_id,
            preferences=_preferences(data.validated_data["preferences"], user.member_id),
            revision=data.validated_data.get("revision"),
            now=clock.now(),
        )
        return Response(_detail(request_id))


def _detail(request_id: UUID) -> Any:
    found = get_with_steps(request_id)
    language = benefits.get_member(found.member_id).language
    document = {
        "id": found.pk,
        "kind": found.kind,
        "previous_id": found.previous_id,
        "status": found.status,
        "revision": found.revision,
        "opened_at": found.opened_at,
        "clinic_id": found.clinic_id,
        "preferences": found.preferences,
        "timeline": list(found.steps.all()),
        "next": {"text": what_next(found.status, language), "by": found.due_by},
    }
    return RequestDetail(document).data


class Withdrawal(APIView):
    """Taking a request back."""

    permission_classes = (_Member,)

    @extend_schema(request=None, responses=RequestOutput)
    def post(self, request: HttpRequest, request_id: UUID) -> Response:
        """At any time until it ended; again changes nothing."""
        user: Any = request.user
        withdrawn = services.withdraw(request_id=request_id, member_id=user.member_id, now=clock.now())
        return Response(RequestOutput(withdrawn).data)


class ClinicChange(APIView):
    """Going to another clinic."""

    permission_classes = (_Member,)

    @extend_schema(request=None, responses={201: RequestOutput})
    def post(self, request: HttpRequest, request_id: UUID) -> Response:
        """Ends the referral to the clinic that accepted, and returns the request that is routed without it."""
        user: Any = request.user
        follower = services.change_clinic(request_id=request_id, member_id=user.member_id, now=clock.now())
        return Response(RequestOutput(follower).data, status=status.HTTP_201_CREATED)
