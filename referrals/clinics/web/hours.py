"""The clinic's own opening hours."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from referrals.clinics.queries.hours import list_hours
from referrals.clinics.services import set_hours
from referrals.clinics.web.forms import WeekForm
from referrals.clinics.web.shown import ClinicPage
from workers.kernel import clock
from workers.kernel.errors import DomainError, NotFound


class OpeningHours(ClinicPage):
    """When the clinic is open in every week, and changing it."""

    template_name = "referrals/clinic_hours.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """As they are kept, or as they were typed."""
        form = kwargs.pop("form", None) or WeekForm.showing(list_hours(self.clinic_id()))
        return super().get_context_data(form=form, **kwargs)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Replace them as they were shown; courses are replanned by them."""
        form = WeekForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        told = {name: form.cleaned_data[name] for name in ("hours", "expected")}
        try:
            set_hours(clinic_id=self.clinic_id(), now=clock.now(), **told)
        except NotFound:
            raise
        except DomainError:
            messages.error(request, _("Somebody changed the hours since you opened the page. Look again."))
            return redirect("page-clinic-hours")
        messages.success(request, _("Noted. Proposals move by it; what was agreed is asked anew."))
        return redirect("page-clinic-places")
