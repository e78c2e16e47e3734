"""A member closes their own account."""

from typing import Any

from django.contrib.auth import logout
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benefits import facade as benefits
from billing.account_closing import services
from workers.kernel import clock
from workers.kernel.api import Input, only
from workers.kernel.errors import DomainError


class ReauthenticationRequired(DomainError):
    """Too long ago that the member proved who they are: `POST /_allauth/browser/v1/auth/reauthenticate` first."""

    code = "reauthentication_required"
    status = 403


class AccountClosingInput(Input):
    """That it is meant: it cannot be undone."""

    understood = serializers.BooleanField()

    def validate_understood(self, understood: bool) -> bool:
        """Nothing but true."""
        if not understood:
            raise serializers.ValidationError("Say true: closing is for good.")
        return understood


class CloseAccount(APIView):
    """POST: close one's own account, for good."""

    permission_classes = (only("employee"),)

    @extend_schema(request=AccountClosingInput, responses={204: None})
    def post(self, request: Request) -> Response:
        """Everything open is taken back, the address erased, every session ended."""
        data = AccountClosingInput(data=request.data)
        data.is_valid(raise_exception=True)
        if not benefits.is_sure_of(request._request):
            raise ReauthenticationRequired("Give your password once more, then close your account.")
        user: Any = request.user
        services.close(user_id=user.pk, member_id=user.member_id, now=clock.now())
        logout(request._request)
        return Response(status=204)
