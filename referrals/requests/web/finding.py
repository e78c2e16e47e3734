"""The directory as members see it: a list with distance and price after their plan, a drawing, and one clinic."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.dates import WEEKDAYS

from benefits import facade as benefits
from referrals.clinics import queries
from referrals.clinics.models import Clinic
from referrals.clinics.queries.places import PostalCodeWithoutPlace
from referrals.clinics.rules import SessionKind
from referrals.requests.forms import USUAL_MILES, FindForm
from referrals.requests.forms.words import FORMAT_WORDS, ROUTE_WORDS, SESSION_WORDS
from referrals.requests.services import coverage_today
from referrals.requests.web.picking import ids_of, picked, reordered
from referrals.requests.web.shown import PLACE_REFUSALS, Drawing, drawing_of, own_part, shown_clinic
from workers.kernel import clock
from workers.kernel.money import dollars
from workers.kernel.web import Page, rows_of

_SHOWN = 20


class FindClinic(Page):
    """Clinics that take referrals, by what the member asks for; those they choose are kept in the address."""

    template_name = "referrals/find_clinics.html"
    roles = ("employee",)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Choosing, or unchoosing, a clinic leads to the same search with the choice in it."""
        if changed := _chosen(request.GET):
            return redirect(f"{request.path}?{changed}")
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Without a place that is one, only the form. Raises NotFound for a page that is none."""
        user: Any = self.request.user
        member = benefits.get_member(user.member_id)
        form = FindForm(_asked(self.request.GET, member))
        picks = picked(ids_of(self.request.GET))
        found = self._found(form, member) if form.is_valid() else {}
        chosen = {pick.pk for pick in picks}
        return super().get_context_data(form=form, picks=picks, chosen=chosen, **found, **kwargs)

    def _found(self, form: FindForm, member: benefits.Member) -> dict[str, Any]:
        try:
            place = queries.locate(form.cleaned_data["near"])
        except (queries.UnknownPostalCode, PostalCodeWithoutPlace) as error:
            form.add_error("near", PLACE_REFUSALS[error.code])
            return {}
        search = _search(form, place, member)
        counts = queries.count_facets(search)
        form.show_counts(counts.facets)
        page = rows_of(self.request, queries.find(search), ordering="rank", size=_SHOWN)
        return {
            "page": replace(page, rows=()),
            "clinics": [shown_clinic(clinic) for clinic in page.rows],
            "total": counts.total,
            "drawing": _drawn(page.rows, place),
            "place": place.postal_code,
        }


class OneClinic(Page):
    """A clinic: where it is, when it is open, how it works, and what its sessions cost the member."""

    template_name = "referrals/clinic.html"
    roles = ("employee",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Raises NotFound."""
        user: Any = self.request.user
        clinic, now = queries.get_clinic(kwargs["clinic_id"]), clock.now()
        coverage = coverage_today(benefits.get_member(user.member_id), now)
        prices = [_price(one, coverage) for one in queries.list_local_prices(clinic, now=now)]
        hours = [(WEEKDAYS[one.weekday - 1], one) for one in clinic.hours.order_by("weekday", "opens")]
        return super().get_context_data(clinic=shown_clinic(clinic), prices=prices, hours=hours, **kwargs)


def _asked(told: QueryDict, member: benefits.Member) -> QueryDict:
    """What was asked for, with what is meant where nothing was said, so that the form shows it."""
    asked = told.copy()
    for name, usual in {"near": member.postal_code, "miles": str(USUAL_MILES)}.items():
        asked[name] = asked.get(name) or usual
    return asked


def _search(form: FindForm, place: queries.Place, member: benefits.Member) -> queries.Search:
    now = clock.now()
    coverage = coverage_today(member, now)
    terms = queries.terms_of(coverage, SessionKind.DOSING) if coverage else queries.Terms()
    told = form.search()
    return queries.Search(
        latitude=place.latitude, longitude=place.longitude, now=now, kind=SessionKind.DOSING, terms=terms, **told
    )


def _price(price: queries.ListPrice, coverage: benefits.Coverage | None) -> Mapping[str, Any]:
    """A list price and what of it is left to the member, before deductible, limits and subsidies."""
    terms = queries.terms_of(coverage, price.kind) if coverage else queries.Terms()
    return {
        "kind": SESSION_WORDS[price.kind],
        "route": ROUTE_WORDS[price.route],
        "format": FORMAT_WORDS[price.format],
        "listed": dollars(price.cents),
        "own": dollars(own_part(price.cents, price.route, terms)),
    }


def _drawn(clinics: Sequence[Clinic], place: queries.Place) -> Drawing:
    points = [(clinic.latitude, clinic.longitude) for clinic in clinics]
    return drawing_of((place.latitude, place.longitude), points)


def _chosen(asked: QueryDict) -> str:
    """The query with one clinic more, less, or further up; "" where nothing is to be changed."""
    if not {"add", "drop", "up"} & set(asked):
        return ""
    changed = asked.copy()
    for added in changed.pop("add", []):
        changed.appendlist("clinic", added)
    drop, up = (changed.pop(name, [""])[0] for name in ("drop", "up"))
    changed.setlist("clinic", [str(one) for one in reordered(ids_of(changed), up=up, drop=drop)])
    return changed.urlencode() or "clinic="
