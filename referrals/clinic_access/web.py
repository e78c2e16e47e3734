"""The pages of a clinic's clients: make one, see what it does, give it another secret, end it."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from referrals.clinic_access.forms import NewClientForm
from referrals.clinic_access.queries import get_client, list_changes, list_clients
from referrals.clinic_access.rules import MEANINGS, OVERLAP, Scope
from referrals.clinic_access.services import clients
from workers.kernel import clock
from workers.kernel.errors import DomainError, NotFound
from workers.kernel.web import Page, translated

_SHOWN = 50


class ApiClients(Page):
    """The clinic's clients, and a form for another one; its secret is on this one answer and nowhere else."""

    template_name = "referrals/api_clients.html"
    roles = ("clinic_staff",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Newest first."""
        kwargs.setdefault("form", NewClientForm())
        return super().get_context_data(clients=list_clients()[:_SHOWN], shown=_SHOWN, **kwargs)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Make one."""
        user: Any = request.user
        form = NewClientForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        made = clients.create(clinic_id=user.clinic_id, by=user.pk, now=clock.now(), **form.cleaned_data)
        return self.render_to_response(self.get_context_data(made=made), status=201)


class OneApiClient(Page):
    """One client: its secrets, what it may do, and who did what about it."""

    template_name = "referrals/api_client.html"
    roles = ("clinic_staff",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Raises NotFound."""
        client = get_client(kwargs["client_id"])
        changes = list_changes(client.pk).order_by("-id")[:_SHOWN]
        scopes = [(scope, MEANINGS[Scope(scope)]) for scope in client.scopes]
        return super().get_context_data(client=client, changes=changes, scopes=scopes, **kwargs)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Rotate, after a leak or before one, or revoke."""
        user: Any = request.user
        who = {"client_id": kwargs["client_id"], "by": user.pk, "now": clock.now()}
        try:
            match request.POST.get("action", ""):
                case "rotate":
                    made = clients.rotate(overlap=OVERLAP, **who)
                    return self.render_to_response(self.get_context_data(made=made, **kwargs))
                case "leaked":
                    made = clients.rotate(overlap=timedelta(), **who)
                    return self.render_to_response(self.get_context_data(made=made, **kwargs))
                case "revoke":
                    clients.revoke(**who)
                    messages.success(request, _("Ended: its secrets and tokens open nothing any more."))
                case _:
                    raise NotFound("There is no such action.")
        except NotFound:
            raise
        except DomainError as error:
            messages.error(request, translated(str(error)))
        return redirect(request.path)
