"""A clinic registers the address of its system; its secrets are on this one answer and nowhere else."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from referrals.clinics.services import add_endpoint
from referrals.clinics.web.forms import EndpointForm
from referrals.clinics.web.shown import ClinicPage
from workers.kernel.errors import DomainError, NotFound
from workers.kernel.web import translated


class NewEndpoint(ClinicPage):
    """A form for an address, and once it is registered its secrets and what to do with them."""

    template_name = "referrals/new_endpoint.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The form."""
        kwargs.setdefault("form", EndpointForm())
        return super().get_context_data(**kwargs)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Register it."""
        form = EndpointForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        try:
            made = add_endpoint(clinic_id=self.clinic_id(), **form.cleaned_data)
        except NotFound:
            raise
        except DomainError as refusal:
            form.add_error("url", translated(str(refusal)))
            return self.render_to_response(self.get_context_data(form=form), status=refusal.status)
        return self.render_to_response(self.get_context_data(made=made), status=201)
