"""The operator's pages about the engine: at a glance, what is stuck, an event's walk."""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from workers.kernel import clock
from workers.kernel.errors import DomainError, Invalid, NotFound
from workers.kernel.web import Page
from workers.operations import repairing
from workers.operations.glance import glance
from workers.operations.models import Intervention
from workers.operations.stuck import STATUSES, Chosen, list_stuck, page_of
from workers.operations.walk import status_name, walk_of

_FILTERS = ("status", "consumer", "reason")
_SIZE = 50  # rows on a page
_ACTIONS = {"replay": repairing.replay, "drop": repairing.drop}


class Engine(Page):
    """What waits in every queue, when each lane was last served, and what a person has to look at."""

    template_name = "engine.html"
    roles = ("operator",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The engine at a glance, and what was done last."""
        last = Intervention.objects.order_by("-id")[:10]
        return super().get_context_data(interventions=last, **glance(), **kwargs)


class Stuck(Page):
    """The dead and parked rows of one queue, with what can be done about them."""

    template_name = "engine_stuck.html"
    roles = ("operator",)
    queue: ClassVar[str] = "jobs"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Newest first, narrowed by the query. Raises NotFound for a query that means nothing."""
        asked = {name: self.request.GET.get(name, "") for name in _FILTERS}
        try:
            found, following = page_of(
                list_stuck(self.queue, **asked), before=self.request.GET.get("before", ""), size=_SIZE
            )
        except Invalid as error:
            raise NotFound(str(error)) from None
        rows = [{"row": row, "status": status_name(row.status)} for row in found]
        query = {name: value for name, value in asked.items() if value}
        following = following and "?" + urlencode(query | {"before": following})
        return super().get_context_data(
            queue=self.queue, rows=rows, asked=asked, statuses=STATUSES, following=following, **kwargs
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        """Replay or drop the ticked rows, or all that match, and say to how many that was done."""
        action = request.POST.get("action", "").partition("_")[0]
        try:
            count = _act(request, self.queue, action)
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"{count} rows: {action}.")
        kept = {name: value for name in _FILTERS if (value := request.POST.get(name, ""))}
        return redirect(reverse(f"page-engine-{self.queue}") + (f"?{urlencode(kept)}" if kept else ""))


def _act(request: HttpRequest, queue: str, action: str) -> int:
    """Do it to the ticked rows, or with `replay_all` to the dead ones that match. Raises Invalid."""
    if action not in _ACTIONS:
        raise Invalid("Choose what to do.")
    ids = tuple(request.POST.getlist("ids"))
    is_all = request.POST["action"] == "replay_all"
    if not ids and not is_all:
        raise Invalid("Tick the rows that are meant.")
    matching = Chosen(consumer=request.POST.get("consumer", ""), reason=request.POST.get("reason", ""))
    who: Any = request.user
    return _ACTIONS[action](
        queue,
        matching if is_all else Chosen(ids=ids),
        now=clock.now(),
        user_id=who.pk,
        why=request.POST.get("why", ""),
    )


class EventWalk(Page):
    """What became of an event."""

    template_name = "engine_event.html"
    roles = ("operator",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Its open jobs, and its deliveries with their attempts. Raises NotFound."""
        event_id: UUID = self.kwargs["event_id"]
        return super().get_context_data(walk=walk_of(event_id), **kwargs)
