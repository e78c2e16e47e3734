"""Asking for quotes, reading them, and agreeing to one."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.quotes import queries
from billing.quotes.api.outputs import QuoteDetails, QuoteOutput, QuoteSummary
from billing.quotes.models import Quote
from billing.quotes.services import agreeing, quoting
from workers.kernel import clock
from workers.kernel.api import Input, only

_Member = only("employee")


class QuoteInput(Input):
    """The course to be priced."""

    course_id = serializers.UUIDField()


class Quotes(generics.ListAPIView[Quote]):
    """A member's quotes."""

    permission_classes = (_Member,)
    serializer_class = QuoteSummary

    def get_queryset(self) -> Any:
        """Row-level security narrows it."""
        return queries.list_quotes()

    def get_serializer_context(self) -> dict[str, Any]:
        """One instant for all of them."""
        return {**super().get_serializer_context(), "now": clock.now()}

    @extend_schema(request=QuoteInput, responses={201: QuoteOutput})
    def post(self, request: Request) -> Response:
        """Price a course, or price it anew; 409 where the price is agreed and nothing has changed."""
        user: Any = request.user
        form = QuoteInput(data=request.data)
        form.is_valid(raise_exception=True)
        quote = quoting.create(member_id=user.member_id, now=clock.now(), **form.validated_data)
        return Response(_render(quote.pk), status=201)


class OneQuote(APIView):
    """One quote."""

    permission_classes = (_Member,)

    @extend_schema(responses=QuoteOutput)
    def get(self, request: Request, quote_id: UUID) -> Response:
        """Return a quote with its lines explained."""
        return Response(_render(quote_id))


class Acceptance(APIView):
    """Agreeing to a quote."""

    permission_classes = (_Member,)

    @extend_schema(request=None, responses=QuoteOutput)
    def post(self, request: Request, quote_id: UUID) -> Response:
        """Agree to the price; a second time changes nothing."""
        user: Any = request.user
        agreeing.accept(quote_id=quote_id, member_id=user.member_id, now=clock.now())
        return Response(_render(quote_id))


def _render(quote_id: UUID) -> dict[str, Any]:
    told = queries.explain(quote_id)
    context = {"now": clock.now()}
    summary: dict[str, Any] = QuoteSummary(told.quote, context=context).data
    return summary | QuoteDetails(told).data
