"""Why which clinic was asked, and where requests find nobody."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benefits import facade as benefits
from referrals.requests.queries import get_request
from referrals.routing.queries.decisions import explain_to_member, list_decisions
from referrals.routing.queries.gaps import Gap, list_gaps
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.api import Input, only

_Member = only("employee")
_Care = only("operator", permission="care")
DAYS = 90


class ExplanationOutput(serializers.Serializer[Any]):
    """Each choice in sentences, in the member's language; no clinic is named before it accepts."""

    at = serializers.DateTimeField()
    said = serializers.ListField(child=serializers.CharField())


class Explanation(APIView):
    """Why the clinics that were asked were asked."""

    permission_classes = (_Member,)

    @extend_schema(responses=ExplanationOutput(many=True))
    def get(self, request: Request, request_id: UUID) -> Response:
        """In the order of the choices."""
        found = get_request(request_id)
        language = benefits.get_member(found.member_id).language
        with acting_as(WORKER):  # decisions hold what members may not see: clinics' numbers
            said = [
                {"at": decision.decided_at, "said": explain_to_member(decision, language)}
                for decision in list_decisions(found.pk)
            ]
        return Response(ExplanationOutput(said, many=True).data)


class Period(Input):
    """Days in UTC, the last one included; without them the last 90."""

    since = serializers.DateField(required=False)
    until = serializers.DateField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """It ends on the day it begins or later."""
        until: date = attrs.get("until") or clock.now().date()
        since: date = attrs.get("since") or max(until, date.min + timedelta(days=DAYS)) - timedelta(days=DAYS)
        if since > until or until == date.max:
            raise serializers.ValidationError({"until": ["A period ends on the day it begins or later."]})
        return {"since": since, "until": until}


class GapOutput(serializers.Serializer[Gap]):
    """Requests near ZIP codes that begin with `zip3` that found nobody; `filters`: how many each filter alone kept."""

    state = serializers.CharField()
    zip3 = serializers.CharField()
    requests = serializers.IntegerField()
    filters = serializers.DictField(child=serializers.IntegerField())


class AdequacyOutput(serializers.Serializer[Any]):
    """The network's gaps in a period."""

    since = serializers.DateField()
    until = serializers.DateField()
    gaps = GapOutput(many=True)


class NetworkAdequacy(APIView):
    """Where requests find nobody, and what keeps them: counts only."""

    permission_classes = (_Care,)

    @extend_schema(parameters=[Period], responses=AdequacyOutput)
    def get(self, request: Request) -> Response:
        """Most requests first."""
        period = Period(data=request.query_params.dict())
        period.is_valid(raise_exception=True)
        since, until = period.validated_data["since"], period.validated_data["until"]
        gaps = list_gaps(since=_midnight(since), until=_midnight(until + timedelta(days=1)))
        return Response(AdequacyOutput({"since": since, "until": until, "gaps": gaps}).data)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), tzinfo=clock.now().tzinfo)
