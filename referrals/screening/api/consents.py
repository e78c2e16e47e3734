"""A member's consents: the texts in force, what was agreed to, and taking it back."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals.screening.api.shapes import ConsentTextOutput, consent_text, reader_language
from referrals.screening.models import Consent
from referrals.screening.queries import list_consents
from referrals.screening.rules.consents import ConsentKind
from referrals.screening.services import consents
from workers.kernel import clock
from workers.kernel.api import Input, only


class ConsentInput(Input):
    """The version of the text that was shown."""

    kind = serializers.ChoiceField(list(ConsentKind))
    version = serializers.CharField(max_length=20)


class ConsentOutput(serializers.ModelSerializer[Consent]):
    """What a member agreed to, and when that ended."""

    class Meta:
        model = Consent
        fields = ("id", "kind", "version", "language", "given_at", "expires_at", "ended_at", "ending")


class OwnConsentsOutput(serializers.Serializer[Any]):
    """The texts in force and every consent given, the latest first."""

    texts = ConsentTextOutput(many=True)
    given = ConsentOutput(many=True)


class Consents(APIView):
    """The member's consents."""

    permission_classes = (only("employee"),)

    @extend_schema(responses=OwnConsentsOutput)
    def get(self, request: Request) -> Response:
        """Texts in the language of Accept-Language."""
        texts = [consent_text(kind) for kind in ConsentKind]
        return Response({"texts": texts, "given": ConsentOutput(list_consents(_member(request)), many=True).data})

    @extend_schema(request=ConsentInput, responses={201: ConsentOutput})
    def post(self, request: Request) -> Response:
        """Agree; 409 with the present version when the text was replaced since it was shown."""
        data = ConsentInput(data=request.data)
        data.is_valid(raise_exception=True)
        consent = consents.give(
            member_id=_member(request),
            kind=ConsentKind(data.validated_data["kind"]),
            version=data.validated_data["version"],
            language=reader_language(),
            now=clock.now(),
        )
        return Response(ConsentOutput(consent).data, status=status.HTTP_201_CREATED)


class ConsentWithdrawal(APIView):
    """Taking a consent back."""

    permission_classes = (only("employee"),)

    @extend_schema(request=None, responses=ConsentOutput)
    def post(self, request: Request, consent_id: UUID) -> Response:
        """That to the screening takes the others and what was saved along; again changes nothing."""
        consent = consents.withdraw(consent_id=consent_id, member_id=_member(request), now=clock.now())
        return Response(ConsentOutput(consent).data)


def _member(request: Request) -> UUID:
    user: Any = request.user
    return user.member_id  # type: ignore[no-any-return] # the stubs know no member_id
