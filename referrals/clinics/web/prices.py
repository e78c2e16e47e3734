"""The clinic's price list: what holds today, what is announced, and a form for another price."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from referrals.clinics.models import Clinic
from referrals.clinics.queries import get_clinic
from referrals.clinics.queries.prices import list_coming
from referrals.clinics.services import Price, PriceSet, announce_price
from referrals.clinics.web.forms import PriceForm
from referrals.clinics.web.shown import ClinicPage
from workers.kernel import clock
from workers.kernel.errors import DomainError, NotFound


class Prices(ClinicPage):
    """What each kind of session costs, by route and format, today and from a later day on."""

    template_name = "referrals/clinic_prices.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """A row for each that holds now, with what comes after it."""
        clinic = get_clinic(self.clinic_id())
        kwargs.setdefault("form", PriceForm(clinic=clinic))
        rows = _rows(clinic, _today(clinic))
        return super().get_context_data(clinic=clinic, rows=rows, **kwargs)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Announce one: courses that are agreed keep their price."""
        clinic = get_clinic(self.clinic_id())
        form = PriceForm(request.POST, clinic=clinic)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        told = form.cleaned_data
        price = Price(kind=told["kind"], route=told["route"], format=told["format"], cents=told["cents"])
        try:
            announce_price(clinic_id=clinic.pk, price=price, effective_on=told["effective_on"], now=clock.now())
        except NotFound:
            raise
        except DomainError as refusal:
            form.add_error("effective_on", _refusal(refusal))
            return self.render_to_response(self.get_context_data(form=form), status=refusal.status)
        messages.success(request, _("Announced. What was agreed until then stays as it is."))
        return redirect("page-clinic-prices")


def _refusal(refusal: DomainError) -> str:
    if isinstance(refusal, PriceSet):
        return _("There is a price for this day already, and prices are not rewritten: choose another day.")
    return _("Choose tomorrow or a later day, where your clinic is.")


def _today(clinic: Clinic) -> date:
    return clock.now().astimezone(ZoneInfo(clinic.timezone)).date()


def _rows(clinic: Clinic, today: date) -> list[dict[str, Any]]:
    """Those of what holds, in the order of treatment, each with those that come after it."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for price in list_coming(clinic.pk, on=today):
        key = (price.kind, price.route, price.format)
        row = found.setdefault(
            key,
            {
                "cents": None,
                "since": None,
                "coming": [],
                "kind": price.kind,
                "route": price.route,
                "format": price.format,
            },
        )
        if price.effective_on <= today:
            row |= {"cents": price.cents, "since": price.effective_on}
        else:
            row["coming"].append(price)
    return list(found.values())
