"""An employer's HR admins keep the tokens of its identity providers."""

from datetime import timedelta
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benefits.accounts.models import HrPermission
from benefits.scim.forms import ScimTokenInput, ScimTokenRotationInput
from benefits.scim.models import ScimToken, ScimTokenChange
from benefits.scim.queries.tokens import get_token, list_changes, list_tokens
from benefits.scim.services import tokens as services
from workers.kernel import clock
from workers.kernel.api import employer_of, only, who

_PEOPLE = only("hr_admin", permission=HrPermission.PEOPLE)  # a token changes the roster


class ScimTokenOutput(serializers.ModelSerializer[ScimToken]):
    """A token by its last characters."""

    class Meta:
        model = ScimToken
        fields = ("id", "name", "hint", "created_by", "created_at", "valid_until", "revoked_at", "last_used_at")


class NewScimTokenOutput(serializers.Serializer[services.NewToken]):
    """The token is shown this once."""

    record = ScimTokenOutput()
    token = serializers.CharField()


class ScimTokenChangeOutput(serializers.ModelSerializer[ScimTokenChange]):
    """Who did what."""

    class Meta:
        model = ScimTokenChange
        fields = ("id", "change", "by_id", "at")


class ScimTokens(GenericAPIView[ScimToken]):
    """The tokens of the admin's employer."""

    permission_classes = (_PEOPLE,)
    serializer_class = ScimTokenOutput
    queryset = ScimToken.objects.none()

    @extend_schema(operation_id="scim_tokens_list", responses=ScimTokenOutput(many=True))
    def get(self, request: Request) -> Response:
        """Newest first."""
        page = self.paginate_queryset(list_tokens())
        return self.get_paginated_response(ScimTokenOutput(page, many=True).data)

    @extend_schema(request=ScimTokenInput, responses={201: NewScimTokenOutput})
    def post(self, request: Request) -> Response:
        """Make one and hand it out."""
        data = ScimTokenInput(data=request.data)
        data.is_valid(raise_exception=True)
        made = services.create(
            employer_id=employer_of(request), by=who(request), now=clock.now(), **data.validated_data
        )
        return Response(NewScimTokenOutput(made).data, status=status.HTTP_201_CREATED)


class OneScimToken(APIView):
    """One token."""

    permission_classes = (_PEOPLE,)

    @extend_schema(responses=ScimTokenOutput)
    def get(self, request: Request, scim_token_id: UUID) -> Response:
        """Whether it counts, and when it was used last."""
        return Response(ScimTokenOutput(get_token(scim_token_id)).data)


class ScimTokenRotation(APIView):
    """A successor; the former token works beside it for a while."""

    permission_classes = (_PEOPLE,)

    @extend_schema(request=ScimTokenRotationInput, responses={201: NewScimTokenOutput})
    def post(self, request: Request, scim_token_id: UUID) -> Response:
        """Make the successor and hand it out."""
        data = ScimTokenRotationInput(data=request.data)
        data.is_valid(raise_exception=True)
        overlap = timedelta(hours=data.validated_data["overlap_hours"])
        made = services.rotate(token_id=scim_token_id, overlap=overlap, by=who(request), now=clock.now())
        return Response(NewScimTokenOutput(made).data, status=status.HTTP_201_CREATED)


class ScimTokenRevocation(APIView):
    """The end of a token."""

    permission_classes = (_PEOPLE,)

    @extend_schema(request=None, responses=ScimTokenOutput)
    def post(self, request: Request, scim_token_id: UUID) -> Response:
        """End it at once."""
        token = services.revoke(token_id=scim_token_id, by=who(request), now=clock.now())
        return Response(ScimTokenOutput(token).data)


class ScimTokenChanges(GenericAPIView[ScimTokenChange]):
    """What people did about a token."""

    permission_classes = (_PEOPLE,)
    serializer_class = ScimTokenChangeOutput
    queryset = ScimTokenChange.objects.none()

    @extend_schema(operation_id="scim_tokens_changes_list", responses=ScimTokenChangeOutput(many=True))
    def get(self, request: Request, scim_token_id: UUID) -> Response:
        """Newest first."""
        page = self.paginate_queryset(list_changes(scim_token_id))
        return self.get_paginated_response(ScimTokenChangeOutput(page, many=True).data)
