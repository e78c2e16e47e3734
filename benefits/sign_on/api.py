"""An employer's owners set up where its admins sign in; operators lift what owners require."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import permissions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benefits.accounts.models import HrPermission
from benefits.employers.api.admins import IF_MATCH
from benefits.sign_on import services
from benefits.sign_on.models import Protocol, SignOn
from benefits.sign_on.queries import get_sign_on
from benefits.sign_on.services.entering import acs_url, entity_id, redirect_uri
from benefits.sign_on.services.lifting import MOST_HOURS
from workers.kernel import clock
from workers.kernel.api import Input, employer_of, if_match, only, who


class SignOnInput(Input):
    """A provider as its own console shows it; the secret is written and never read back."""

    protocol = serializers.ChoiceField(choices=Protocol.choices, required=False, default=Protocol.OIDC)
    issuer = serializers.CharField(max_length=300)
    client_id = serializers.CharField(max_length=200, required=False, default="")
    client_secret = serializers.CharField(max_length=500, trim_whitespace=False, required=False, default="")
    sso_url = serializers.CharField(max_length=500, required=False, default="")
    certificates = serializers.CharField(max_length=20_000, required=False, default="")
    trusts_mfa = serializers.BooleanField(required=False, default=False)
    is_required = serializers.BooleanField(required=False, default=False)


class SignOnOutput(serializers.Serializer[object]):
    """Where the admins go, and what the provider's console needs to know of us."""

    protocol = serializers.CharField()
    issuer = serializers.CharField()
    client_id = serializers.CharField()
    sso_url = serializers.CharField()
    certificates = serializers.CharField()
    trusts_mfa = serializers.BooleanField()
    is_required = serializers.BooleanField()
    lifted_until = serializers.DateTimeField(allow_null=True)
    starts_at = serializers.SerializerMethodField()
    entity_id = serializers.SerializerMethodField()
    redirect_uri = serializers.SerializerMethodField()
    changed_at = serializers.DateTimeField()

    def get_starts_at(self, sign_on: SignOn) -> str:
        """The address that admins open."""
        return entity_id(sign_on.pk)

    def get_entity_id(self, sign_on: SignOn) -> str:
        """What a SAML provider knows us by: its audience."""
        return entity_id(sign_on.pk)

    def get_redirect_uri(self, sign_on: SignOn) -> str:
        """The only address that the provider may send them back to; SAML's assertion consumer service."""
        return acs_url(sign_on.pk) if sign_on.protocol == Protocol.SAML else redirect_uri(sign_on.pk)


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
            provider=services.Provider(**data.validated_data),
            expected=if_match(request),
            by=who(request),
            now=clock.now(),
        )
        return _told(sign_on)

    @extend_schema(responses={204: None}, parameters=[IF_MATCH])
    def delete(self, request: Request) -> Response:
        """Remove it: passwords work as before."""
        services.remove(employer_id=employer_of(request), expected=if_match(request), by=who(request), now=clock.now())
        return Response(status=204)


class LiftInput(Input):
    """For how many hours passwords do, from now on; none ends it at once."""

    hours = serializers.IntegerField(min_value=0, max_value=MOST_HOURS)
    reason = serializers.CharField(max_length=200)


class LiftedOutput(serializers.Serializer[object]):
    """Until when passwords do; null where they do not."""

    is_required = serializers.BooleanField()
    lifted_until = serializers.DateTimeField(allow_null=True)


class LiftSignOn(APIView):
    """POST: an operator breaks the glass, for an employer whose provider is away and which requires it."""

    permission_classes = (only("operator"),)

    @extend_schema(request=LiftInput, responses=LiftedOutput)
    def post(self, request: Request, employer_id: UUID) -> Response:
        """Let passwords do for a while; the employer's owners see it in their history, with the reason."""
        data = LiftInput(data=request.data)
        data.is_valid(raise_exception=True)
        sign_on = services.lift(employer_id=employer_id, **data.validated_data, by=who(request), now=clock.now())
        return Response(LiftedOutput(sign_on).data)
