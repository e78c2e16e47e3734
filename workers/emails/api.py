"""E-mail over HTTP: what a member wants to get; for operators, previews of every e-mail and the stopped addresses."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from workers.emails.addresses import hash_of
from workers.emails.catalogue import LANGUAGES, list_mails
from workers.emails.models import MOST_REASON, StoppedAddress
from workers.emails.notices import list_stopped, release
from workers.emails.preferences import choose, list_wishes
from workers.emails.rendering import html_of, render
from workers.kernel import clock
from workers.kernel.api import Input, only
from workers.kernel.web import language

_LANGUAGE = OpenApiParameter("language", enum=list(LANGUAGES), description="English where it is left out.")
_TEMPLATE = OpenApiParameter("template", description="Only this e-mail, as app/name.")


class WishOutput(serializers.Serializer[Any]):
    """A kind of e-mail; one that is not optional everybody gets."""

    kind = serializers.CharField()
    title = serializers.CharField()
    is_optional = serializers.BooleanField()
    is_wanted = serializers.BooleanField()


class WishesInput(Input):
    """The optional kinds that are wanted; those left out are not sent any more."""

    wanted = serializers.ListField(child=serializers.CharField(max_length=20), max_length=20)


class MailPreferences(APIView):
    """What a member gets at the address that they sign in with."""

    permission_classes = (only("employee"),)

    @extend_schema(responses=WishOutput(many=True))
    def get(self, request: Request) -> Response:
        """Titles in the language of Accept-Language."""
        return _wishes(request)

    @extend_schema(request=WishesInput, responses=WishOutput(many=True))
    def put(self, request: Request) -> Response:
        """422 for a kind that is not optional, or that there is not."""
        data = WishesInput(data=request.data)
        data.is_valid(raise_exception=True)
        choose(address_hash=_address_hash(request), wanted=data.validated_data["wanted"], now=clock.now())
        return _wishes(request)


class PreviewOutput(serializers.Serializer[Any]):
    """An e-mail as one of its samples makes it."""

    template = serializers.CharField()
    kind = serializers.CharField()
    language = serializers.ChoiceField(list(LANGUAGES))
    subject = serializers.CharField()
    text = serializers.CharField()
    html = serializers.CharField()


class Previews(APIView):
    """Every e-mail that there is, with made-up values."""

    permission_classes = (only("operator"),)

    @extend_schema(parameters=[_LANGUAGE, _TEMPLATE], responses=PreviewOutput(many=True))
    def get(self, request: Request) -> Response:
        """All of them in one language, or all samples of one."""
        asked = request.query_params.get("template", "")
        templates = [name for name in sorted(list_mails()) if asked in ("", name)]
        return Response([one for name in templates for one in _previews(name, _reader_language(request))])


class StoppedOutput(serializers.ModelSerializer[StoppedAddress]):
    """An address that nothing is sent to, and why."""

    address = serializers.CharField()

    class Meta:
        model = StoppedAddress
        fields = ("id", "address", "reason", "stopped_at", "released_at")


class AddressReleaseInput(Input):
    """Why it may be written to again: what was found out, and how."""

    reason = serializers.CharField(max_length=MOST_REASON)


class StoppedAddresses(generics.ListAPIView[StoppedAddress]):
    """Addresses that bounced or complained, newest first; only those that are still stopped."""

    permission_classes = (only("operator", permission="care"),)
    serializer_class = StoppedOutput

    def get_queryset(self) -> Any:
        """Released ones are history."""
        return list_stopped()


class StoppedAddressRelease(APIView):
    """Sending to an address again, when a person has made sure that it works."""

    permission_classes = (only("operator", permission="care"),)

    @extend_schema(request=AddressReleaseInput, responses=StoppedOutput)
    def post(self, request: Request, stopped_address_id: UUID) -> Response:
        """Again changes nothing."""
        user: Any = request.user
        data = AddressReleaseInput(data=request.data)
        data.is_valid(raise_exception=True)
        about: dict[str, Any] = {"operator_id": user.pk, "now": clock.now(), **data.validated_data}
        stopped = release(stopped_address_id=stopped_address_id, **about)
        return Response(StoppedOutput(stopped).data)


def _wishes(request: Request) -> Response:
    return Response(WishOutput(list_wishes(_address_hash(request), language=language()), many=True).data)


def _address_hash(request: Request) -> str:
    user: Any = request.user
    return hash_of(user.email)


def _reader_language(request: Request) -> str:
    asked = request.query_params.get("language", "en")
    return asked if asked in LANGUAGES else "en"


def _previews(template: str, reader: str) -> list[dict[str, str]]:
    mail = list_mails()[template]
    rendered = [render(template, context, language=reader) for context in mail.contexts]
    head = {"template": template, "kind": mail.kind, "language": reader}
    return [
        head | {"subject": one.subject, "text": one.text, "html": html_of(one.text, language=reader)}
        for one in rendered
    ]
