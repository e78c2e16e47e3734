"""Inviting a member again, letters for the operator's printer, and the door at which a letter's code is entered."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, generics, permissions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benefits.accounts.models import HrPermission
from benefits.enrollment.services import ask_to_invite
from benefits.letters import queries, services
from benefits.letters.rules import ASKED_PER_HOUR, read_code
from workers.kernel import clock
from workers.kernel.api import Input, at_most, only
from workers.kernel.web import language

_HR_OR_OPERATOR = only("hr_admin", permission=HrPermission.PEOPLE) | only("operator")
_RECEIVED = (
    "If what you entered fits, a link is on its way to the address that you named. "
    "If nothing comes within a few minutes, compare what you entered with your letter."
)


class AskedInput(Input):
    """By which way."""

    by = serializers.ChoiceField(choices=("email", "letter"))


class AskedOutput(serializers.Serializer[object]):
    """What was asked for; whether it can be done is not told."""

    by = serializers.CharField()


class MemberInvitations(APIView):
    """POST: a member is to get their link again, by e-mail or by a letter to their home."""

    permission_classes = (_HR_OR_OPERATOR,)
    throttle_classes = (at_most(ASKED_PER_HOUR, per=timedelta(hours=1), scope="member-invitations"),)

    @extend_schema(request=AskedInput, responses={202: AskedOutput})
    def post(self, request: Request, member_id: UUID) -> Response:
        """Ask; the answer is the same whatever the member did with the last one."""
        data = AskedInput(data=request.data)
        data.is_valid(raise_exception=True)
        ask = ask_to_invite if data.validated_data["by"] == "email" else services.order
        ask(member_id=member_id, now=clock.now())
        return Response(AskedOutput(data.validated_data).data, status=202)


class LetterOutput(serializers.Serializer[Any]):
    """A printed letter, without its code."""

    id = serializers.UUIDField()
    employer_id = serializers.UUIDField()
    member_id = serializers.UUIDField()
    state = serializers.CharField()
    printed_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    failures = serializers.IntegerField()
    locked_at = serializers.DateTimeField(allow_null=True)

    def to_representation(self, instance: Any) -> Any:
        """The state is as of now."""
        instance.state = queries.state_of(instance, now=clock.now())
        return super().to_representation(instance)


class PrintInput(Input):
    """How many at most, and for which employer."""

    employer_id = serializers.UUIDField(required=False, allow_null=True, default=None)
    most = serializers.IntegerField(min_value=1, max_value=200, required=False, default=100)


class PrintedLetterOutput(serializers.Serializer[object]):
    """What to print; the code is shown this once."""

    letter_id = serializers.UUIDField()
    member_id = serializers.UUIDField()
    name = serializers.CharField()
    address = serializers.ListField(child=serializers.CharField())
    language = serializers.CharField()
    code = serializers.CharField()
    expires_at = serializers.DateTimeField()


class PrintedLettersOutput(serializers.Serializer[object]):
    """A batch for the printer, and how many still wait."""

    letters = PrintedLetterOutput(many=True)
    waiting = serializers.IntegerField()


class FilterInput(Input):
    """Which letters to list."""

    state = serializers.ChoiceField(choices=queries.STATES, required=False, default="")
    employer_id = serializers.UUIDField(required=False, allow_null=True, default=None)


class Letters(generics.ListAPIView):  # type: ignore[type-arg]  # generic to the stubs alone
    """GET: letters and what became of them; POST: print what was ordered. Who prints could claim, hence `care`."""

    permission_classes = (only("operator", permission="care"),)
    serializer_class = LetterOutput

    def get_queryset(self) -> Any:
        """Those that the filters ask for."""
        asked = {name: value for name, value in self.request.query_params.items() if name in FilterInput().fields}
        data = FilterInput(data=asked)
        data.is_valid(raise_exception=True)
        return queries.list_letters(**data.validated_data, now=clock.now())

    @extend_schema(
        parameters=[OpenApiParameter("state", str, enum=queries.STATES), OpenApiParameter("employer_id", UUID)]
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(request=PrintInput, responses={201: PrintedLettersOutput})
    def post(self, request: Request) -> Response:
        """Make the codes of the letters that wait, the oldest orders first."""
        data = PrintInput(data=request.data)
        data.is_valid(raise_exception=True)
        letters = services.print_letters(**data.validated_data, printed_by=request.user.pk, now=clock.now())
        waiting = queries.orders(employer_id=data.validated_data["employer_id"]).count()
        return Response(PrintedLettersOutput({"letters": letters, "waiting": waiting}).data, status=201)


class ClaimInput(Input):
    """The code of a letter, what the employer knows of its addressee, and where the link is to go."""

    code = serializers.CharField(max_length=40)
    employee_number = serializers.CharField(max_length=40)
    date_of_birth = serializers.DateField()
    email = serializers.EmailField(max_length=254)

    def validate_code(self, text: str) -> str:
        """A slip of the pen shows by the check character, which tells nothing about any letter."""
        code = read_code(text)
        if code is None:
            raise serializers.ValidationError("A code has 12 letters and digits, never 0, 1, I, L or O: compare.")
        return code


class ReceivedOutput(serializers.Serializer[object]):
    """The same to everybody."""

    detail = serializers.CharField()


class ClaimIdentity(APIView):
    """POST: somebody enters a letter's code."""

    permission_classes = (permissions.AllowAny,)
    authentication_classes = ()

    @extend_schema(request=ClaimInput, responses={202: ReceivedOutput})
    def post(self, request: Request) -> Response:
        """202 whatever was entered, as long as it has the form."""
        data = ClaimInput(data=request.data)
        data.is_valid(raise_exception=True)
        if wait := services.seconds_until_claim(data.validated_data["code"]):
            raise exceptions.Throttled(wait=wait)
        services.receive(**data.validated_data, language=language(), now=clock.now())
        return Response(ReceivedOutput({"detail": _RECEIVED}).data, status=202)
