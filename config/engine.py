"""The operator's pages about the engine: at a glance, what is stuck, an event's walk."""

from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy, ngettext

from workers.kernel import clock
from workers.kernel.errors import DomainError, Invalid, NotFound
from workers.kernel.web import Page, rows_of, translated
from workers.kernel.words import gettext_noop
from workers.operations import repairing
from workers.operations.explorer import SAMPLE, list_beside, list_events
from workers.operations.glance import glance
from workers.operations.models import Intervention
from workers.operations.stuck import STATUSES, Chosen, list_stuck, page_of
from workers.operations.walk import Walk, status_name, walk_of

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
            queue=self.queue,
            rows=rows,
            asked=asked,
            statuses=STATUSES,
            following=following,
            is_narrowed=bool(query),
            **kwargs,
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        """Replay or drop the ticked rows, or all that match, and say to how many that was done."""
        action = request.POST.get("action", "").partition("_")[0]
        try:
            count = _act(request, self.queue, action)
        except DomainError as error:
            messages.error(request, translated(str(error)))
        else:
            messages.success(request, _done(action, count))
        kept = {name: value for name in _FILTERS if (value := request.POST.get(name, ""))}
        return redirect(reverse(f"page-engine-{self.queue}") + (f"?{urlencode(kept)}" if kept else ""))


def _done(action: str, count: int) -> str:
    said = (
        ngettext("%(count)d row is tried again.", "%(count)d rows are tried again.", count)
        if action == "replay"
        else ngettext("%(count)d row is dropped.", "%(count)d rows are dropped.", count)
    )
    return said % {"count": count}


def _act(request: HttpRequest, queue: str, action: str) -> int:
    """Do it to the ticked rows, or with `replay_all` to the dead ones that match. Raises Invalid."""
    if action not in _ACTIONS:
        raise Invalid(gettext_noop("Choose what to do."))
    ids = tuple(request.POST.getlist("ids"))
    is_all = request.POST["action"] == "replay_all"
    if not ids and not is_all:
        raise Invalid(gettext_noop("Tick the rows that are meant."))
    matching = Chosen(consumer=request.POST.get("consumer", ""), reason=request.POST.get("reason", ""))
    who: Any = request.user
    return _ACTIONS[action](
        queue,
        matching if is_all else Chosen(ids=ids),
        now=clock.now(),
        user_id=who.pk,
        why=request.POST.get("why", ""),
    )


class EventFilter(forms.Form):
    """Which events are shown; the newest where nothing is given."""

    type = forms.CharField(label=gettext_lazy("Type of event"), required=False, max_length=100)
    about = forms.UUIDField(label=gettext_lazy("Id of what it is about"), required=False)


class Events(Page):
    """What happened, the newest first: everything, or of one type, or about one thing."""

    template_name = "engine_events.html"
    roles = ("operator",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """A page of them. Raises NotFound for a page that is none."""
        form = EventFilter(self.request.GET)
        asked = form.cleaned_data if form.is_valid() else {}
        found = list_events(type=asked.get("type", ""), about=asked.get("about"))
        page = rows_of(self.request, found, ordering="-id", size=_SIZE)
        return super().get_context_data(page=page, form=form, sample=SAMPLE, is_narrowed=any(asked.values()), **kwargs)


class EventWalk(Page):
    """What became of an event: everything that followed, in its order."""

    template_name = "engine_event.html"
    roles = ("operator",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What happened to the same thing, its open jobs, and its deliveries with their tries. Raises NotFound."""
        event_id: UUID = self.kwargs["event_id"]
        walk = walk_of(event_id)
        return super().get_context_data(walk=walk, steps=_steps(walk), beside=list_beside(walk), **kwargs)


def _steps(walk: Walk) -> list[dict[str, Any]]:
    """The walk as a timeline: `kind` is "queued", "tried" or "waits"; what has run is gone, and its effect with it."""
    steps = [{"kind": "queued", "at": one.created_at, "delivery": one} for one in walk.deliveries]
    steps += [
        {"kind": "tried", "at": attempt.at, "delivery": one, "attempt": attempt}
        for one in walk.deliveries
        for attempt in one.attempts
    ]
    steps += [{"kind": "waits", "at": job["due_at"], "job": job} for job in walk.jobs]
    return sorted(steps, key=lambda step: step["at"])
