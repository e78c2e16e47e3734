"""Operators, and those of HR who keep the roster, look at who would move, and move them."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benefits.accounts.models import HrPermission
from benefits.employers.queries import get_employer
from benefits.enrollment.models import Door
from benefits.moves.queries import moves_due, summed
from benefits.moves.services import move_members
from workers.kernel import clock
from workers.kernel.api import Input, employer_of, only


class MovesInput(Input):
    """From which day on; a dry run only tells."""

    from_day = serializers.DateField()
    dry_run = serializers.BooleanField(required=False, default=False)


class MovedBetweenOutput(serializers.Serializer[object]):
    """How many members go from one plan to another."""

    from_plan_id = serializers.UUIDField()
    to_plan_id = serializers.UUIDField()
    members = serializers.IntegerField()


class MovesOutput(serializers.Serializer[object]):
    """What was done, or would be."""

    dry_run = serializers.BooleanField()
    moves = MovedBetweenOutput(many=True)


def _move(request: Request, employer_id: UUID, door: Door) -> Response:
    form = MovesInput(data=request.data)
    form.is_valid(raise_exception=True)
    from_day, dry_run = form.validated_data["from_day"], form.validated_data["dry_run"]
    if dry_run:
        moves = summed(moves_due(get_employer(employer_id).pk, from_day=from_day, now=clock.now()))
    else:
        moves = move_members(employer_id=employer_id, from_day=from_day, door=door, now=clock.now())
    return Response(MovesOutput({"dry_run": dry_run, "moves": moves}).data)


class EmployerMoves(APIView):
    """POST: an operator moves an employer's members."""

    permission_classes = (only("operator"),)

    @extend_schema(request=MovesInput, responses=MovesOutput)
    def post(self, request: Request, employer_id: UUID) -> Response:
        """Move each to the plan that they belong to."""
        return _move(request, employer_id, Door.OPERATOR)


class OwnMoves(APIView):
    """POST: HR moves its own, after a change of classes or places of work."""

    permission_classes = (only("hr_admin", permission=HrPermission.PEOPLE),)

    @extend_schema(request=MovesInput, responses=MovesOutput)
    def post(self, request: Request) -> Response:
        """Move each to the plan that they belong to."""
        return _move(request, employer_of(request), Door.API)
