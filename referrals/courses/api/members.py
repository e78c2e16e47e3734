"""What members do about their sessions, and when they can come."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals.courses.api.reading import SessionOutput
from referrals.courses.forms import AvailabilityInput, MoveInput, SeenInput, SuggestionAnswerInput, TimesInput
from referrals.courses.models import MemberAvailability
from referrals.courses.queries import get_session
from referrals.courses.queries.calendars import find_availability
from referrals.courses.queries.times import list_free_times
from referrals.courses.rules import Channel, Party, Who
from referrals.courses.services import asking
from referrals.courses.services.calendars import save_availability
from referrals.courses.services.making_up import make_up
from workers.kernel import clock
from workers.kernel.api import Input, only


def read(form: type[Input], request: Request) -> dict[str, Any]:
    """Return what was sent, checked. Raises DRF's ValidationError."""
    data = form(data=request.data)
    data.is_valid(raise_exception=True)
    return dict(data.validated_data)


class _Members(APIView):
    permission_classes = (only("employee"),)

    def about(self, request: Request, session_id: UUID) -> dict[str, Any]:
        """What every service is told: which session, whose, and who says it."""
        user: Any = request.user
        return {
            "session_id": session_id,
            "member_id": user.member_id,
            "who": Who(party=Party.MEMBER, channel=Channel.API, user_id=user.pk),
            "now": clock.now(),
        }

    def shown(self, session_id: UUID) -> Response:
        """The session as it stands now."""
        return Response(SessionOutput(get_session(session_id)).data)


class Agreement(_Members):
    """A proposal that suits."""

    @extend_schema(request=SeenInput, responses=SessionOutput)
    def post(self, request: Request, session_id: UUID) -> Response:
        """Say so: it is not moved any more without asking. 409 `superseded` where it is of another `version` by now."""
        asking.agree(**self.about(request, session_id), **read(SeenInput, request))
        return self.shown(session_id)


class Move(_Members):
    """Another time."""

    @extend_schema(request=MoveInput, responses=SessionOutput)
    def post(self, request: Request, session_id: UUID) -> Response:
        """Take it; the clinic confirms it. 409 `breaks_rule` names the `rules` that it would break."""
        asking.move(**self.about(request, session_id), **read(MoveInput, request))
        return self.shown(session_id)


class FreeTimeOutput(serializers.Serializer[Any]):
    """A time that keeps every rule; `bent` says which wishes it does not meet (as of a session)."""

    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    bent = serializers.ListField(child=serializers.CharField())


class FreeTimes(_Members):
    """When a session could be instead."""

    @extend_schema(parameters=[TimesInput], responses=FreeTimeOutput(many=True))
    def get(self, request: Request, session_id: UUID) -> Response:
        """The soonest first, over 28 days; none of a session that is over. Only `move` takes one: first come."""
        data = TimesInput(data=request.query_params.dict())
        data.is_valid(raise_exception=True)
        user: Any = request.user
        since = data.validated_data["since"]
        found = list_free_times(session_id=session_id, member_id=user.member_id, since=since, now=clock.now())
        return Response(FreeTimeOutput(found, many=True).data)


class MakeUp(_Members):
    """Another session in place of one that did not take place."""

    @extend_schema(request=None, responses=SessionOutput)
    def post(self, request: Request, session_id: UUID) -> Response:
        """Propose one, with what follows it; twice changes nothing. 409 `not_missed`, `course_over`, `no_time_left`."""
        return self.shown(make_up(**self.about(request, session_id)).pk)


class Suggestion(_Members):
    """The time that is suggested in place of an agreed one."""

    @extend_schema(request=SuggestionAnswerInput, responses=SessionOutput)
    def post(self, request: Request, session_id: UUID) -> Response:
        """Take it, which the clinic then confirms, or keep what was agreed. 409 `nothing_asked`, `superseded`."""
        asking.answer(**self.about(request, session_id), **read(SuggestionAnswerInput, request))
        return self.shown(session_id)


class Cancellation(_Members):
    """A session that the member calls off."""

    @extend_schema(request=SeenInput, responses=SessionOutput)
    def post(self, request: Request, session_id: UUID) -> Response:
        """Call it off; what belongs to it and is only proposed goes with it. 409 `session_final`, `superseded`."""
        asking.cancel(**self.about(request, session_id), **read(SeenInput, request))
        return self.shown(session_id)


class AvailabilityOutput(serializers.ModelSerializer[MemberAvailability]):
    """Weekly hours (none: at any time) and days away, on the clocks of `timezone`."""

    class Meta:
        model = MemberAvailability
        fields = ("timezone", "weekly", "away", "saved_at")


class Availability(APIView):
    """When the member can come."""

    permission_classes = (only("employee"),)

    @extend_schema(responses=AvailabilityOutput)
    def get(self, request: Request) -> Response:
        """404 when they never said."""
        user: Any = request.user
        return Response(AvailabilityOutput(find_availability(user.member_id)).data)

    @extend_schema(request=AvailabilityInput, responses=AvailabilityOutput)
    def put(self, request: Request) -> Response:
        """Replace it; proposals follow, and say in `bent` where they could not."""
        data = AvailabilityInput(data=request.data)
        data.is_valid(raise_exception=True)
        user: Any = request.user
        row = save_availability(member_id=user.member_id, **data.read(), now=clock.now())
        return Response(AvailabilityOutput(row).data)
