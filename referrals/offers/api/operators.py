"""The operator's board, one referral with all that led to where it is, and what an operator does by hand."""

from datetime import datetime
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request as HttpRequest
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals.offers import services
from referrals.offers.forms import AnswerInput, BoardInput, ReassignInput
from referrals.offers.models import Offer
from referrals.offers.queries.board import count_board, list_board
from referrals.offers.queries.offers import list_delivered, list_offers
from referrals.requests.models import Request, RequestStep
from referrals.requests.queries import get_with_steps
from referrals.routing.queries.decisions import tell_decisions
from workers.kernel import clock
from workers.kernel.api import only
from workers.kernel.wire import Pages

_Care = only("operator", permission="care")


class BoardOutput(serializers.ModelSerializer[Request]):
    """A referral on the board: `breached` when a promise to the member was not kept, `stuck`: why nothing happens."""

    breached = serializers.BooleanField()
    stuck = serializers.CharField()
    waiting = serializers.IntegerField()
    asked = serializers.IntegerField()
    hours = serializers.SerializerMethodField()

    class Meta:
        model = Request
        fields = (
            "id",
            "member_id",
            "kind",
            "urgency",
            "status",
            "clinic_id",
            "opened_at",
            "status_since",
            "hours",
            "due_by",
            "escalation",
            "breached",
            "stuck",
            "waiting",
            "asked",
        )

    def get_hours(self, request: Request) -> float:
        """How long it has been in its state."""
        return round((clock.now() - request.status_since).total_seconds() / 3_600, 1)


class WorstFirst(Pages):
    """Pages of the board."""

    ordering = ("place", "status_since", "id")  # type: ignore[assignment] # the base, our own, has one name


class Board(GenericAPIView[Request]):
    """Referrals by state and age, the breached and the stuck first."""

    permission_classes = (_Care,)
    pagination_class = WorstFirst
    serializer_class = BoardOutput
    queryset = Request.objects.none()

    @extend_schema(parameters=[BoardInput], responses=BoardOutput(many=True), filters=True)
    def get(self, request: HttpRequest) -> Response:
        """Those that are not over."""
        asked = BoardInput(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        found = list_board(
            clock.now(),
            status=wanted.get("status", ""),
            stuck=wanted.get("stuck", ""),
            is_breached=wanted["breached"],
        )
        page = self.paginate_queryset(found)
        return self.get_paginated_response(BoardOutput(page, many=True).data)


class CountOutput(serializers.Serializer[Any]):
    """A state's figures."""

    status = serializers.CharField()
    count = serializers.IntegerField()
    breached = serializers.IntegerField()
    stuck = serializers.IntegerField()
    oldest_since = serializers.DateTimeField()


class BoardCounts(APIView):
    """How many referrals are in which state."""

    permission_classes = (_Care,)

    @extend_schema(responses=CountOutput(many=True))
    def get(self, request: HttpRequest) -> Response:
        """Of those that are not over."""
        return Response(CountOutput(count_board(clock.now()), many=True).data)


class OperatorsOfferOutput(serializers.ModelSerializer[Offer]):
    """An offer as the operator sees it; `delivered_at` is when the clinic's system took the message, if it has one.

    `received_at` is when the clinic said, or showed by opening it, that it has the offer before it.
    """

    delivered_at = serializers.SerializerMethodField()

    class Meta:
        model = Offer
        fields = (
            "id",
            "clinic_id",
            "status",
            "moved_by",
            "reason",
            "route",
            "protocol",
            "format",
            "made_at",
            "respond_by",
            "delivered_at",
            "received_at",
            "closed_at",
            "ended_at",
        )

    def get_delivered_at(self, offer: Offer) -> datetime | None:
        """Known where the whole referral is shown."""
        found: dict[UUID, datetime] = self.context.get("delivered", {})
        return found.get(offer.pk)


class OperatorsStepOutput(serializers.ModelSerializer[RequestStep]):
    """A step."""

    class Meta:
        model = RequestStep
        fields = ("status", "at", "due_by")


class DecisionOutput(serializers.Serializer[Any]):
    """A choice of clinics in sentences; `replays`: ranked anew from what was stored with it, it comes to the same."""

    number = serializers.IntegerField()
    at = serializers.DateTimeField()
    policy_version = serializers.CharField()
    chosen = serializers.ListField(child=serializers.UUIDField())
    said = serializers.ListField(child=serializers.CharField())
    replays = serializers.BooleanField()


class WholeReferralOutput(serializers.Serializer[Any]):
    """A referral, its steps, the offers made, and each decision explained."""

    id = serializers.UUIDField()
    member_id = serializers.UUIDField()
    kind = serializers.CharField()
    previous_id = serializers.UUIDField(allow_null=True)
    urgency = serializers.CharField()
    status = serializers.CharField()
    clinic_id = serializers.UUIDField(allow_null=True)
    preferences = serializers.DictField()
    due_by = serializers.DateTimeField(allow_null=True)
    escalation = serializers.IntegerField()
    timeline = OperatorsStepOutput(many=True)
    offers = OperatorsOfferOutput(many=True)
    decisions = DecisionOutput(many=True)


class WholeReferral(APIView):
    """One referral with all that led to where it is."""

    permission_classes = (_Care,)

    @extend_schema(responses=WholeReferralOutput)
    def get(self, request: HttpRequest, request_id: UUID) -> Response:
        """Where nobody was left, the last decision says what would help."""
        return Response(_whole(request_id))


def _whole(request_id: UUID) -> Any:
    found = get_with_steps(request_id)
    names = ("id", "member_id", "kind", "previous_id", "urgency", "status", "clinic_id", "preferences", "due_by")
    offers = list(list_offers(request_id))
    document = {name: getattr(found, name) for name in names} | {
        "escalation": found.escalation,
        "timeline": list(found.steps.all()),
        "offers": offers,
        "decisions": tell_decisions(request_id, "en"),
    }
    return WholeReferralOutput(document, context={"delivered": list_delivered(offers)}).data


class Reassignment(APIView):
    """Sending a referral to a clinic of the operator's choice."""

    permission_classes = (_Care,)

    @extend_schema(request=ReassignInput, responses={201: OperatorsOfferOutput})
    def post(self, request: HttpRequest, request_id: UUID) -> Response:
        """Who is being asked is told that the offer is void; 409 names the filters that the clinic does not pass."""
        data = ReassignInput(data=request.data)
        data.is_valid(raise_exception=True)
        user: Any = request.user
        offer = services.reassign(request_id=request_id, author_id=user.pk, now=clock.now(), **data.validated_data)
        return Response(OperatorsOfferOutput(offer).data, status=status.HTTP_201_CREATED)


class ClinicsAnswer(APIView):
    """An answer that a clinic gave by telephone."""

    permission_classes = (_Care,)

    @extend_schema(request=AnswerInput, responses=OperatorsOfferOutput)
    def post(self, request: HttpRequest, offer_id: UUID) -> Response:
        """Counts as the clinic's own. 200 with the offer as it is then: a yes may have come to nothing."""
        data = AnswerInput(data=request.data)
        data.is_valid(raise_exception=True)
        user: Any = request.user
        answered = services.answer_for_clinic(
            offer_id=offer_id,
            reason=data.validated_data.get("reason", ""),
            author_id=user.pk,
            note=data.validated_data["note"],
            now=clock.now(),
        )
        return Response(OperatorsOfferOutput(answered).data)
