"""The operator's list of requests, and what they note."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request as HttpRequest
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals.requests import services
from referrals.requests.forms import NoteInput, ReleaseInput
from referrals.requests.models import Request, RequestNote
from referrals.requests.queries import get_request, list_notes, list_waiting_for_operator
from referrals.requests.services.noting import Contact
from workers.kernel import clock
from workers.kernel.api import only

_Care = only("operator", permission="care")


class WaitingOutput(serializers.ModelSerializer[Request]):
    """A request on the operator's list: `unplaced`, or `review` after an urgent screening or a clinic that gave up."""

    class Meta:
        model = Request
        fields = ("id", "member_id", "kind", "urgency", "status", "opened_at", "due_by", "escalation", "screening_id")


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

    @extend_schema(request=ReleaseInput, responses=WaitingOutput)
    def post(self, request: HttpRequest, request_id: UUID) -> Response:
        """Clinics that were asked before are not asked again."""
        data = ReleaseInput(data=request.data)
        data.is_valid(raise_exception=True)
        released = services.release(request_id=request_id, **data.validated_data, now=clock.now())
        return Response(WaitingOutput(released).data)


class NoteOutput(serializers.ModelSerializer[RequestNote]):
    """A remark or a contact."""

    text = serializers.CharField()

    class Meta:
        model = RequestNote
        fields = ("id", "kind", "channel", "party", "reached", "text", "author_id", "at")


class Notes(generics.GenericAPIView[RequestNote]):
    """What operators noted about a request: remarks and the log of contacts."""

    permission_classes = (_Care,)
    serializer_class = NoteOutput
    queryset = RequestNote.objects.none()

    @extend_schema(responses=NoteOutput(many=True))
    def get(self, request: HttpRequest, request_id: UUID) -> Response:
        """Newest first."""
        page = self.paginate_queryset(list_notes(get_request(request_id).pk))
        return self.get_paginated_response(NoteOutput(page, many=True).data)

    @extend_schema(request=NoteInput, responses={201: NoteOutput})
    def post(self, request: HttpRequest, request_id: UUID) -> Response:
        """Add one; somebody who was reached sets the alarm back."""
        data = NoteInput(data=request.data)
        data.is_valid(raise_exception=True)
        contact = data.validated_data.get("contact")
        user: Any = request.user
        note = services.add_note(
            request_id=request_id,
            author_id=user.pk,
            text=data.validated_data["text"],
            contact=Contact(**contact) if contact else None,
            now=clock.now(),
        )
        return Response(NoteOutput(note).data, status=status.HTTP_201_CREATED)
