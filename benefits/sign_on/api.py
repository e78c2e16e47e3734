"""An employer's owners set up where its admins sign in."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import permissions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benefits.accounts.models import HrPermission
from benefits.employers.api.admins import IF_MATCH
from benefits.sign_on import services
from benefits.sign_on.models import SignOn
from benefits.sign_on.queries import get_sign_on
from benefits.sign_on.services.entering import redirect_uri
from workers.kernel import clock
from workers.kernel.api import Input, employer_of, if_match, only, who


class SignOnInput(Input):
    """A provider as its own console shows it; the secret is written and never read back."""

    issuer = serializers.CharField(max_length=300)
    client_id = serializers.CharField(max_length=200)
    client_secret = serializers.CharField(max_length=500, trim_whitespace=False)
    trusts_mfa = serializers.BooleanField(required=False, default=False)


class SignOnOutput(serializers.Serializer[object]):
    """Where the admins go, and what the provider's console needs to know of us."""

    issuer = serializers.CharField()
    client_id = serializers.CharField()
    trusts_mfa = serializers.BooleanField()
    starts_at = serializers.SerializerMethodField()
    redirect_uri = serializers.SerializerMethodField()
    changed_at = serializers.DateTimeField()

    def get_starts_at(self, sign_on: SignOn) -> str:
        """The address that admins open."""
        return redirect_uri(sign_on.pk).removesuffix("callback/")

    def get_redirect_uri(self, sign_on: SignOn) -> str:
        """The only address that the provider may send them back to."""
        return redirect_uri(sign_on.pk)


def _told(sign_on: SignOn) -> Response:
    return Response(SignOnOutput(sign_on).data, headers={"ETag": f'"{sign_on.revision_tag}"'})


class OwnSignOn(APIView):
    """The employer's own sign-on: every admin reads, owners change."""

    def get_permissions(self) -> list[Any]:
        """By the method."""
        reads = self.request is None or self.request.method in permissions.SAFE_METHODS
        return [only("hr_admin", permission="" if reads else HrPermission.OWNER)()]

    @extend_schema(responses=SignOnOutput)
    def get(self, request: Request) -> Response:
        """Return it, with an ETag."""
        return _told(get_sign_on(employer_of(request)))

    @extend_schema(request=SignOnInput, responses=SignOnOutput, parameters=[IF_MATCH])
    def put(self, request: Request) -> Response:
        """Set it up (`If-Match: *`), or change it. It needs an e-mail domain."""
        data = SignOnInput(data=request.data)
        data.is_valid(raise_exception=True)
        sign_on = services.configure(
            employer_id=employer_of(request),
            **data.validated_data,
            expected=if_match(request),
            by=who(request),
            now=clock.now(),
        )
        return _told(sign_on)

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        """Remove it: passwords work as before."""
        services.remove(employer_id=employer_of(request), by=who(request), now=clock.now())
        return Response(status=204)
