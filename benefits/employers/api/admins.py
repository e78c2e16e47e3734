"""An employer's admins about each other: everybody reads, owners change."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import permissions, serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benefits.accounts.models import HrPermission, User
from benefits.accounts.queries import permissions_tag
from benefits.employers import queries, services
from benefits.employers.api.operators import AdminInput
from benefits.employers.api.outputs import (
    AdminOutput,
    DomainOutput,
    EmployerChangeOutput,
    PendingAdminOutput,
    SignedOutOutput,
)
from benefits.employers.models import AdminInvitation, EmployerChange
from workers.kernel import clock
from workers.kernel.api import Input, employer_of, if_match, only, who

_HR = only("hr_admin")
_OWNER = only("hr_admin", permission=HrPermission.OWNER)
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag of what this changes, as it was read.",
)


class _OwnersChange(APIView):
    """Every admin reads; what changes something is for owners."""

    def get_permissions(self) -> list[Any]:
        """By the method."""
        reads = self.request is None or self.request.method in permissions.SAFE_METHODS
        return [_HR() if reads else _OWNER()]


class Admins(_OwnersChange, ListAPIView[User]):
    """The employer's admins, disabled ones too, the newest first."""

    serializer_class = AdminOutput

    def get_queryset(self) -> QuerySet[User]:
        """Row-level security leaves the employer's own."""
        if getattr(self, "swagger_fake_view", False):
            return User.objects.none()
        return queries.list_admins(employer_of(self.request))

    @extend_schema(request=AdminInput, responses={201: PendingAdminOutput})
    def post(self, request: Request) -> Response:
        """Invite one by e-mail, of the employer's own domains where it has any."""
        data = AdminInput(data=request.data)
        data.is_valid(raise_exception=True)
        invitation = services.invite_admin(
            employer_id=employer_of(request), **data.validated_data, by=who(request), now=clock.now()
        )
        return Response(PendingAdminOutput(invitation).data, status=201)


class PermissionsInput(Input):
    """All that an admin may do from now on; nothing is to read."""

    permissions = serializers.ListField(child=serializers.ChoiceField(choices=HrPermission.choices))


class AdminDetail(_OwnersChange):
    """One admin."""

    @extend_schema(responses=AdminOutput)
    def get(self, request: Request, admin_id: UUID) -> Response:
        """Return them, with an ETag."""
        return _tagged(queries.get_admin(admin_id))

    @extend_schema(request=PermissionsInput, responses=AdminOutput, parameters=[IF_MATCH])
    def patch(self, request: Request, admin_id: UUID) -> Response:
        """Change their permissions; the last owner stays one."""
        data = PermissionsInput(data=request.data)
        data.is_valid(raise_exception=True)
        admin = services.set_permissions(
            user_id=admin_id,
            permissions=set(data.validated_data["permissions"]),
            expected=if_match(request),
            by=who(request),
            now=clock.now(),
        )
        return _tagged(admin)


def _tagged(admin: User) -> Response:
    return Response(AdminOutput(admin).data, headers={"ETag": f'"{permissions_tag(admin)}"'})


class DisableAdmin(APIView):
    """POST: keep an admin out, at once."""

    permission_classes = (_OWNER,)

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, admin_id: UUID) -> Response:
        """End their sessions, and let nobody sign in as them."""
        services.disable_admin(user_id=admin_id, by=who(request), now=clock.now())
        return Response(status=204)


class SignOutAdmins(APIView):
    """POST: end every session of the employer's admins, one's own too."""

    permission_classes = (_OWNER,)

    @extend_schema(request=None, responses=SignedOutOutput)
    def post(self, request: Request) -> Response:
        """Sign everyone out."""
        ended = services.sign_out_everyone(employer_id=employer_of(request), by=who(request), now=clock.now())
        return Response(SignedOutOutput({"ended": ended}).data)


class PendingAdmins(ListAPIView[AdminInvitation]):
    """Who was asked to be an admin and has not answered, the newest first."""

    permission_classes = (_HR,)
    serializer_class = PendingAdminOutput

    def get_queryset(self) -> QuerySet[AdminInvitation]:
        """Neither accepted, nor revoked, nor too old."""
        if getattr(self, "swagger_fake_view", False):
            return AdminInvitation.objects.none()
        return queries.list_invitations(employer_of(self.request), now=clock.now())


class RevokePendingAdmin(APIView):
    """POST: the link that was mailed opens nothing any more."""

    permission_classes = (_OWNER,)

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, pending_admin_id: UUID) -> Response:
        """Revoke; again changes nothing."""
        services.revoke_invitation(invitation_id=pending_admin_id, by=who(request), now=clock.now())
        return Response(status=204)


class OwnDomains(APIView):
    """GET: the employer's e-mail domains, which operators note."""

    permission_classes = (_HR,)

    @extend_schema(responses=DomainOutput(many=True))
    def get(self, request: Request) -> Response:
        """List them."""
        domains = queries.list_domains(employer_of(request)).order_by("domain")
        return Response(DomainOutput(domains, many=True).data)


class OwnChanges(ListAPIView[EmployerChange]):
    """GET: what was changed of the employer's admins, domains and plans, by whom; for owners."""

    permission_classes = (_OWNER,)
    serializer_class = EmployerChangeOutput

    def get_queryset(self) -> QuerySet[EmployerChange]:
        """The newest first."""
        if getattr(self, "swagger_fake_view", False):
            return EmployerChange.objects.none()
        return queries.list_changes(employer_of(self.request))
