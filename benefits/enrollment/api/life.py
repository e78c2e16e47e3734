"""The steps of a member's life, one address each. `If-Match` counts where it is sent: 412 after another's change."""

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benefits.enrollment import services
from benefits.enrollment.api.shapes import IF_MATCH, MemberOutput, People, answer
from benefits.enrollment.models import Member
from workers.kernel import clock
from workers.kernel.api import Input


class ChangeReasonInput(Input):
    """Why, for the history."""

    reason = serializers.CharField(max_length=200, allow_blank=True, required=False, default="")


class LeaveInput(ChangeReasonInput):
    """The first day of the leave."""

    starts_on = serializers.DateField()


class TerminationInput(ChangeReasonInput):
    """The last day of employment."""

    end_date = serializers.DateField()


class ReinstatementInput(ChangeReasonInput):
    """From when cover goes on; left out, it goes on the day after it ended."""

    cover_from = serializers.DateField(required=False, allow_null=True, default=None)


class RehireInput(ChangeReasonInput):
    """The first day of the new employment."""

    hire_date = serializers.DateField()


class DeathInput(ChangeReasonInput):
    """The day of the death."""

    date_of_death = serializers.DateField()


class Step(APIView):
    """What the steps share: parse, one service call, the member with a fresh ETag."""

    permission_classes = (People,)
    form: ClassVar[type[Input]] = ChangeReasonInput

    def take(self, step: Callable[..., Member], request: Request, member_id: UUID) -> Response:
        """Raises what the step raises."""
        data = self.form(data=request.data)
        data.is_valid(raise_exception=True)
        return self.follow(step, request, member_id, **data.validated_data)

    def follow(self, step: Callable[..., Member], request: Request, member_id: UUID, **facts: Any) -> Response:
        """Take the step on what the caller has seen."""
        seen, now = request.headers.get("If-Match", "").strip('"'), clock.now()
        return answer(step(member_id=member_id, seen=seen, now=now, **facts), now=now)


class MemberLeave(Step):
    """POST: on leave from a day on; cover goes on."""

    form = LeaveInput

    @extend_schema(request=LeaveInput, responses=MemberOutput, parameters=[IF_MATCH])
    def post(self, request: Request, member_id: UUID) -> Response:
        """Record it."""
        return self.take(services.take_leave, request, member_id)


class MemberReturn(Step):
    """POST: back from leave."""

    @extend_schema(request=ChangeReasonInput, responses=MemberOutput, parameters=[IF_MATCH])
    def post(self, request: Request, member_id: UUID) -> Response:
        """Record it."""
        return self.take(services.return_from_leave, request, member_id)


class MemberTermination(Step):
    """POST: employment ends, and cover with it; that of dependants, too."""

    form = TerminationInput

    @extend_schema(request=TerminationInput, responses=MemberOutput, parameters=[IF_MATCH])
    def post(self, request: Request, member_id: UUID) -> Response:
        """Record it, or correct the day."""
        return self.take(services.terminate, request, member_id)


class MemberReinstatement(Step):
    """POST: a termination is taken back."""

    form = ReinstatementInput

    @extend_schema(request=ReinstatementInput, responses=MemberOutput, parameters=[IF_MATCH])
    def post(self, request: Request, member_id: UUID) -> Response:
        """Record it."""
        return self.take(services.reinstate, request, member_id)


class MemberRehire(Step):
    """POST: somebody who had left is employed anew, as the same member."""

    form = RehireInput

    @extend_schema(request=RehireInput, responses=MemberOutput, parameters=[IF_MATCH])
    def post(self, request: Request, member_id: UUID) -> Response:
        """Record it."""
        return self.take(services.rehire, request, member_id)


class MemberDeath(Step):
    """POST: a death; DELETE: it was recorded by mistake."""

    form = DeathInput

    @extend_schema(request=DeathInput, responses=MemberOutput, parameters=[IF_MATCH])
    def post(self, request: Request, member_id: UUID) -> Response:
        """Record it: cover ends with that day, and nothing is mailed any more."""
        return self.take(services.record_death, request, member_id)

    @extend_schema(responses=MemberOutput, parameters=[IF_MATCH])
    def delete(self, request: Request, member_id: UUID) -> Response:
        """Take it back; employment stays ended until it is reinstated."""
        return self.follow(services.undo_death, request, member_id)
