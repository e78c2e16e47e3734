"""The member's page of their requests."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy

from benefits import facade as benefits
from referrals.clinics.queries import get_clinic
from referrals.requests import services
from referrals.requests.forms.words import KIND_WORDS
from referrals.requests.models import Request
from referrals.requests.queries import list_with_steps
from referrals.requests.rules import BLOCKING, PENDING, RequestStatus, what_next
from referrals.requests.web.shown import REFUSALS
from referrals.screening.queries import find_draft, list_screenings
from workers.kernel import clock
from workers.kernel.errors import DomainError, NotFound
from workers.kernel.web import Page, language, translated

_SHOWN = 100
_STATUS = {
    "en": {
        "review": "A person looks at it",
        "open": "Choosing a clinic",
        "offered": "A clinic was asked",
        "unplaced": "Looking for another way",
        "accepted": "A clinic accepted",
        "completed": "Over",
        "withdrawn": "Taken back",
        "moved": "Another request took its place",
        "lapsed": "Ended with your cover",
    },
    "es": {
        "review": "Una persona la revisa",
        "open": "Eligiendo una clínica",
        "offered": "Se preguntó a una clínica",
        "unplaced": "Buscando otra solución",
        "accepted": "Una clínica aceptó",
        "completed": "Terminada",
        "withdrawn": "Retirada",
        "moved": "Otra solicitud ocupó su lugar",
        "lapsed": "Terminó con su cobertura",
    },
}


class OwnRequests(Page):
    """The member's requests, each with its timeline and what happens next."""

    template_name = "referrals/requests.html"
    roles = ("employee",)
    most = _SHOWN

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What is under way first, then the newest; times in the member's own zone."""
        shown = [_shown(request) for request in list_with_steps().order_by("-id")[: self.most]]
        shown.sort(key=lambda one: not one["can_withdraw"])
        return super().get_context_data(requests=shown, zone=benefits.zone_of(self.request), **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take a request back, or go to another clinic; what is no longer possible is said. Raises NotFound."""
        act, done = _ACTS.get(request.POST.get("action", ""), (None, ""))
        if act is None:
            raise NotFound("There is nothing to do here.")
        user: Any = request.user
        try:
            act(request_id=_id_of(request), member_id=user.member_id, now=clock.now())
        except NotFound:
            raise
        except DomainError as error:
            messages.warning(request, REFUSALS.get(error.code, translated(str(error))))
        else:
            messages.success(request, done)
        return redirect("page-referrals")


_ACTS: Mapping[str, tuple[Callable[..., Request], Any]] = {
    "withdraw": (services.withdraw, gettext_lazy("Your request is taken back. You may ask again at any time.")),
    "change_clinic": (
        services.change_clinic,
        gettext_lazy("We look for another clinic, and do not ask that one again."),
    ),
}


def _id_of(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("request_id", ""))
    except ValueError:
        raise NotFound("There is no such referral.") from None


class StandingPanel(OwnRequests):
    """Where the newest request stands, for the member's home."""

    template_name = "referrals/panel_standing.html"
    most = 1

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """And, for who has not asked yet, how far they have come: questions begun, or answered."""
        user: Any = self.request.user
        context = super().get_context_data(**kwargs)
        if not context["requests"]:
            has_begun = find_draft(user.member_id) is not None
            context |= {"has_begun": has_begun, "has_answered": not has_begun and list_screenings().exists()}
        return context


def _shown(request: Request) -> dict[str, Any]:
    words = _STATUS[language()]
    timeline = [{"status": words[step.status], "at": step.at, "due_by": step.due_by} for step in request.steps.all()]
    return {
        "id": request.pk,
        "dialog": str(request.pk),
        "kind": KIND_WORDS[request.kind],
        "clinic": get_clinic(request.clinic_id)
        if request.status == RequestStatus.ACCEPTED and request.clinic_id
        else None,
        "can_withdraw": request.status in BLOCKING,
        "can_wish": request.status in PENDING,
        "opened_at": request.opened_at,
        "code": request.status,
        "status": words[request.status],
        "next": what_next(request.status, language()),
        "due_by": timeline[-1]["due_by"] if timeline else None,
        "timeline": timeline,
    }
