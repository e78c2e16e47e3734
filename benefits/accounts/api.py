"""Signed-in people about themselves; invitations; operators about users."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import permissions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benefits.accounts import services
from benefits.accounts.models import UserRole
from workers.kernel import clock
from workers.kernel.api import Input, only


class UserOutput(serializers.Serializer[object]):
    """A user."""

    id = serializers.UUIDField()
    email = serializers.EmailField()
    role = serializers.CharField()
    permissions = serializers.ListField(child=serializers.CharField())
    employer_id = serializers.UUIDField(allow_null=True)
    member_id = serializers.UUIDField(allow_null=True)
    clinic_id = serializers.UUIDField(allow_null=True)


class Me(APIView):
    """GET: who is signed in."""

    @extend_schema(responses=UserOutput)
    def get(self, request: Request) -> Response:
        """Return the signed-in user."""
        return Response(UserOutput(request.user).data)


class AcceptInput(Input):
    """What accepting needs: the token of the e-mail and a password; employees may choose another address."""

    token = serializers.CharField(max_length=1000)
    email = serializers.EmailField(max_length=254, required=False)
    password = serializers.CharField(max_length=128, trim_whitespace=False)


class AcceptOutput(serializers.Serializer[object]):
    """What the new account may do."""

    role = serializers.CharField()


class MailedOutput(serializers.Serializer[object]):
    """What happens next: a link was mailed to the other address, whoever has an account or none."""

    detail = serializers.CharField()


_MAILED = "We have written to that address: open the link there to go on."


class AcceptInvitation(APIView):
    """POST: an invitation becomes an account; sign in with it afterwards."""

    permission_classes = (permissions.AllowAny,)
    authentication_classes = ()

    @extend_schema(request=AcceptInput, responses={201: AcceptOutput, 202: MailedOutput})
    def post(self, request: Request) -> Response:
        """Accept once (201); 202 where another `email` is to be proved first, by the link that was mailed there."""
        data = AcceptInput(data=request.data)
        data.is_valid(raise_exception=True)
        user = services.accept(**data.validated_data, now=clock.now())
        if user is None:
            return Response(MailedOutput({"detail": _MAILED}).data, status=202)
        return Response(AcceptOutput(user).data, status=201)


class ClinicStaffInput(Input):
    """Somebody of a clinic."""

    clinic_id = serializers.UUIDField()
    email = serializers.EmailField(max_length=254)


class InvitationOutput(serializers.Serializer[object]):
    """An invitation, without its token."""

    id = serializers.UUIDField()
    email = serializers.EmailField()
    role = serializers.CharField()
    expires_at = serializers.DateTimeField()


class ClinicStaff(APIView):
    """POST: an operator invites somebody of a clinic; whoever that is will read referrals, hence `care`."""

    permission_classes = (only("operator", permission="care"),)

    @extend_schema(request=ClinicStaffInput, responses={201: InvitationOutput})
    def post(self, request: Request) -> Response:
        """Mail an invitation."""
        data = ClinicStaffInput(data=request.data)
        data.is_valid(raise_exception=True)
        invitation = services.invite_staff(role=UserRole.CLINIC_STAFF, **data.validated_data, now=clock.now())
        return Response(InvitationOutput(invitation).data, status=201)


class DisableUser(APIView):
    """POST: an operator keeps a user out."""

    permission_classes = (only("operator"),)

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, user_id: UUID) -> Response:
        """Disable the account and end its sessions."""
        services.disable_user(user_id=user_id)
        return Response(status=204)
