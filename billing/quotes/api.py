"""Quotes over HTTP, for the member they are for."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.quotes import queries
from billing.quotes.models import Quote
from billing.quotes.services import agreeing, quoting
from workers.kernel import clock
from workers.kernel.api import Input, only


class QuoteInput(Input):
    """The course to be priced."""

    course_id = serializers.UUIDField()


class LineOutput(serializers.Serializer[Any]):
    """One session: amounts in cents, and where each comes from in sentences."""

    number = serializers.IntegerField()
    session_id = serializers.UUIDField()
    kind = serializers.CharField()
    list_cents = serializers.IntegerField()
    discount_cents = serializers.IntegerField()
    deductible_cents = serializers.IntegerField()
    employer_cents = serializers.IntegerField()
    member_cents = serializers.IntegerField()
    explanation = serializers.ListField(child=serializers.CharField())


class QuoteOutput(serializers.Serializer[Any]):
    """A quote: total_list = discount + employer + member; the deductible is part of the member's."""

    id = serializers.UUIDField()
    course_id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=["offered", "accepted", "expired"])
    currency = serializers.CharField()
    total_list_cents = serializers.IntegerField()
    discount_cents = serializers.IntegerField()
    deductible_cents = serializers.IntegerField()
    employer_cents = serializers.IntegerField()
    member_cents = serializers.IntegerField()
    lines = LineOutput(many=True)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    accepted_at = serializers.DateTimeField(allow_null=True)


class Quotes(APIView):
    """A member's quotes."""

    permission_classes = (only("employee"),)

    @extend_schema(request=QuoteInput, responses={201: QuoteOutput})
    def post(self, request: Request) -> Response:
        """Price a course."""
        user: Any = request.user
        form = QuoteInput(data=request.data)
        form.is_valid(raise_exception=True)
        quote = quoting.create(member_id=user.member_id, now=clock.now(), **form.validated_data)
        return Response(_render(quote), status=201)


class OneQuote(APIView):
    """One quote."""

    permission_classes = (only("employee"),)

    @extend_schema(responses=QuoteOutput)
    def get(self, request: Request, quote_id: UUID) -> Response:
        """Return a quote with its lines explained."""
        return Response(_render(queries.get_quote(quote_id)))


class Acceptance(APIView):
    """Agreeing to a quote."""

    permission_classes = (only("employee"),)

    @extend_schema(request=None, responses=QuoteOutput)
    def post(self, request: Request, quote_id: UUID) -> Response:
        """Agree to the price; a second time changes nothing."""
        user: Any = request.user
        quote = agreeing.accept(quote_id=quote_id, member_id=user.member_id, now=clock.now())
        return Response(_render(quote))


def _render(quote: Quote) -> dict[str, Any]:
    return QuoteOutput(quote).data | {"status": quote.status_at(clock.now())}
