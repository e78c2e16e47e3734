"""The engine over HTTP, for operators: what waits, what is stuck, an event's walk; replay and drop."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from workers.kernel import clock
from workers.kernel.api import only
from workers.operations import repairing
from workers.operations.glance import glance
from workers.operations.models import Intervention
from workers.operations.schemas import (
    ChoiceInput,
    DropInput,
    EngineOutput,
    InterventionOutput,
    RowsOutput,
    StuckOutput,
    WalkOutput,
)
from workers.operations.stuck import STATUSES, Chosen, list_stuck
from workers.operations.walk import walk_of

STATUS = OpenApiParameter("status", enum=sorted(STATUSES), description="Only these; both when left out.")
CONSUMER = OpenApiParameter("consumer", description="Only this reaction, message type or template.")
REASON = OpenApiParameter("reason", description="Only this reason, as the list names it.")
PERMISSIONS = (only("operator"),)


class Queue(APIView):
    """Of one queue, named in the URLconf."""

    permission_classes = PERMISSIONS
    queue: ClassVar[str] = "jobs"

    def get_chosen(self, request: Request, form: type[ChoiceInput]) -> tuple[Chosen, dict[str, Any]]:
        """Return the rows that were chosen, and who says so and why. Raises ValidationError."""
        choice = form(data=request.data)
        choice.is_valid(raise_exception=True)
        who: Any = request.user
        return choice.chosen(), {"now": clock.now(), "user_id": who.pk, "why": choice.validated_data["why"]}


class Stuck(generics.ListAPIView[Any]):
    """Dead rows and those parked behind them."""

    permission_classes = PERMISSIONS
    serializer_class = StuckOutput
    queue: ClassVar[str] = "jobs"

    def get_queryset(self) -> Any:
        """Those that were asked for, newest first."""
        asked = self.request.query_params if self.request else {}
        return list_stuck(self.queue, **{name: asked.get(name, "") for name in ("status", "consumer", "reason")})

    @extend_schema(parameters=[STATUS, CONSUMER, REASON])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List them, newest first."""
        return super().get(request, *args, **kwargs)


class Replay(Queue):
    """Putting dead rows back to work."""

    @extend_schema(request=ChoiceInput, responses=RowsOutput)
    def post(self, request: Request) -> Response:
        """Make dead rows ready, with all their attempts again; what is parked behind them follows."""
        chosen, how = self.get_chosen(request, ChoiceInput)
        return Response({"rows": repairing.replay(self.queue, chosen, **how)})


class Drop(Queue):
    """Giving dead rows up."""

    @extend_schema(request=DropInput, responses=RowsOutput)
    def post(self, request: Request) -> Response:
        """Delete dead rows: what they were for does not happen, and what is parked behind them goes on."""
        chosen, how = self.get_chosen(request, DropInput)
        return Response({"rows": repairing.drop(self.queue, chosen, **how)})


class Engine(APIView):
    """The engine at a glance."""

    permission_classes = PERMISSIONS

    @extend_schema(responses=EngineOutput)
    def get(self, request: Request) -> Response:
        """Return what waits per lane, when each lane was last served, and what goes wrong most."""
        return Response(EngineOutput(glance()).data)


class EventWalk(APIView):
    """What became of an event."""

    permission_classes = PERMISSIONS

    @extend_schema(responses=WalkOutput)
    def get(self, request: Request, event_id: UUID) -> Response:
        """Return the jobs that are still open and the deliveries with their attempts."""
        return Response(WalkOutput(walk_of(event_id)).data)


class Interventions(generics.ListAPIView[Intervention]):
    """What operators did to stuck rows, newest first."""

    permission_classes = PERMISSIONS
    serializer_class = InterventionOutput
    queryset = Intervention.objects.all()
