"""The pages of endpoints and deliveries, with a button for each thing that can be done about one."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from workers.deliveries import endpoints as services
from workers.deliveries import queries
from workers.deliveries.models import Direction
from workers.deliveries.replaying import replay, replay_range
from workers.deliveries.verification import samples_of
from workers.kernel import clock
from workers.kernel.errors import DomainError, NotFound
from workers.kernel.leases import Status
from workers.kernel.web import Page, rows_of, translated

_SHOWN = 50
_ROLES = ("clinic_staff", "operator")

_REPLAYED = timedelta(days=7)
_STATES = {
    "ready": (Status.READY, gettext_lazy("Waiting")),
    "done": (Status.DONE, gettext_lazy("Delivered")),
    "parked": (Status.PARKED, gettext_lazy("Held back")),
    "dead": (Status.DEAD, gettext_lazy("Given up")),
}


class LogFilter(forms.Form):
    """Which deliveries of the log are shown; all where nothing is chosen."""

    status = forms.ChoiceField(
        label=gettext_lazy("Became"),
        required=False,
        choices=[("", gettext_lazy("anything")), *((code, words) for code, (_status, words) in _STATES.items())],
    )
    type = forms.CharField(label=gettext_lazy("Type of message"), required=False, max_length=60)


class Secret(str):
    """Something to show on this one answer and to keep nowhere: a redirect's message would lie in a cookie."""


Action = Callable[[UUID], str]


def _refusal(error: DomainError) -> str:
    return {
        "endpoint_not_in_state": _("Its state has changed since you opened the page. Look at it as it is now."),
        "endpoint_disabled": _("Nothing is sent to a disabled address. Enable it first."),
        "delivery_still_open": _("It is still on its way: the next try comes by itself."),
        "too_many_deliveries": _("Those are too many at once. Send them again through the API, day by day."),
    }.get(error.code, translated(str(error)))


def _pause(endpoint_id: UUID) -> str:
    services.pause(endpoint_id=endpoint_id)
    return _("Paused: messages wait until you resume.")


def _resume(endpoint_id: UUID) -> str:
    services.resume(endpoint_id=endpoint_id)
    return _("Resumed.")


def _disable(endpoint_id: UUID) -> str:
    services.disable(endpoint_id=endpoint_id)
    return _("Out of service: nothing more is queued for this address.")


def _enable(endpoint_id: UUID) -> str:
    services.enable(endpoint_id=endpoint_id)
    return _("Enabled. What was given up meanwhile can be sent again.")


def _test(endpoint_id: UUID) -> str:
    services.send_test(endpoint_id=endpoint_id, now=clock.now())
    return _("A test message is on its way: it stands first below.")


def _replay_dead(endpoint_id: UUID) -> str:
    now = clock.now()
    queued = replay_range(endpoint_id=endpoint_id, since=now - _REPLAYED, until=now, only_dead=True, now=now)
    return ngettext("%(count)d message is sent again.", "%(count)d messages are sent again.", queued) % {
        "count": queued
    }


def _rotate_out(endpoint_id: UUID) -> str:
    return Secret(services.rotate(endpoint_id=endpoint_id, direction=Direction.OUT, now=clock.now()))


def _rotate_in(endpoint_id: UUID) -> str:
    return Secret(services.rotate(endpoint_id=endpoint_id, direction=Direction.IN, now=clock.now()))


def _replay(delivery_id: UUID) -> str:
    replay(delivery_id=delivery_id, now=clock.now())
    return _("The message is sent again, under the same webhook id.")


class _ActingPage(Page):
    """A page whose forms name one of its `actions`; after it the page is shown again, saying what came of it."""

    actions: Mapping[str, Action]
    parameter: str

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Do what was asked. Raises NotFound for what the actor may not see, and for an action that there is not."""
        action = self.actions.get(request.POST.get("action", ""))
        if action is None:
            raise NotFound("There is no such action.")
        try:
            said = action(kwargs[self.parameter])
        except NotFound:
            raise
        except DomainError as error:
            messages.error(request, _refusal(error))
        else:
            if isinstance(said, Secret):
                return self.render_to_response(self.get_context_data(secret=said, **kwargs))
            messages.success(request, said)
        return redirect(request.path)


class Endpoints(Page):
    """Which endpoints there are, and which of them fail."""

    template_name = "workers/endpoints.html"
    roles = _ROLES
    permission = "care"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Newest first."""
        return super().get_context_data(endpoints=queries.list_endpoints()[:_SHOWN], shown=_SHOWN, **kwargs)


class OneEndpoint(_ActingPage):
    """One endpoint and its newest deliveries."""

    template_name = "workers/endpoint.html"
    roles = _ROLES
    permission = "care"
    parameter = "endpoint_id"
    actions: Mapping[str, Action] = {
        "pause": _pause,
        "resume": _resume,
        "disable": _disable,
        "enable": _enable,
        "test": _test,
        "replay_dead": _replay_dead,
        "rotate_out": _rotate_out,
        "rotate_in": _rotate_in,
    }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With a page of its log, newest first. Raises NotFound."""
        endpoint = queries.get_endpoint(kwargs["endpoint_id"])
        form = LogFilter(self.request.GET)
        asked = form.cleaned_data if form.is_valid() else {}
        found = queries.list_deliveries().filter(endpoint=endpoint)
        if asked.get("status"):
            found = queries.in_status(found, _STATES[asked["status"]][0])
        if asked.get("type"):
            found = found.filter(type=asked["type"])
        page = rows_of(self.request, found, ordering="-id", size=_SHOWN)
        return super().get_context_data(
            endpoint=endpoint,
            page=page,
            form=form,
            is_narrowed=any(asked.values()),
            now=clock.now(),
            answers_to=f"{settings.BASE_URL}/webhooks/clinics/{endpoint.pk}/",
            **kwargs,
        )


class Verification(Page):
    """Code to be copied that verifies what we send to an endpoint."""

    template_name = "workers/verification.html"
    roles = _ROLES
    permission = "care"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """By how the endpoint is signed. Raises NotFound."""
        endpoint = queries.get_endpoint(kwargs["endpoint_id"])
        return super().get_context_data(endpoint=endpoint, samples=samples_of(endpoint.signing), **kwargs)


class OneDelivery(_ActingPage):
    """One delivery and its attempts."""

    template_name = "workers/delivery.html"
    roles = _ROLES
    permission = "care"
    parameter = "delivery_id"
    actions: Mapping[str, Action] = {"replay": _replay}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Raises NotFound."""
        delivery = queries.get_delivery(kwargs["delivery_id"])
        attempts = queries.list_attempts(delivery.pk).order_by("-number")
        return super().get_context_data(delivery=delivery, attempts=attempts, **kwargs)
