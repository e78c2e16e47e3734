"""The member's page of their requests."""

from typing import Any

from benefits import facade as benefits
from referrals.requests.models import Request
from referrals.requests.queries import list_with_steps
from referrals.requests.rules import what_next
from workers.kernel.web import Page, language

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
        """Newest first, times in the member's own zone."""
        shown = [_shown(request) for request in list_with_steps().order_by("-id")[: self.most]]
        return super().get_context_data(requests=shown, zone=benefits.zone_of(self.request), **kwargs)


class StandingPanel(OwnRequests):
    """Where the newest request stands, for the member's home."""

    template_name = "referrals/panel_standing.html"
    most = 1


def _shown(request: Request) -> dict[str, Any]:
    words = _STATUS[language()]
    timeline = [{"status": words[step.status], "at": step.at, "due_by": step.due_by} for step in request.steps.all()]
    return {
        "opened_at": request.opened_at,
        "code": request.status,
        "status": words[request.status],
        "next": what_next(request.status, language()),
        "due_by": timeline[-1]["due_by"] if timeline else None,
        "timeline": timeline,
    }
