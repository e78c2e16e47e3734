"""What the clinic has room for: free places, opening hours, closed days and who gives sessions."""

from collections.abc import Sequence
from typing import Any

import msgspec
from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from referrals.clinic_updates.rules import Channel
from referrals.clinic_updates.services.applying import answer
from referrals.clinic_updates.web.forms import WEEKDAYS, ClosureForm, PlacesForm, TherapistForm
from referrals.clinics.models import ClinicHours
from referrals.clinics.queries import get_clinic
from referrals.clinics.web import ClinicPage
from referrals.courses.models import ClinicCalendar
from referrals.courses.rules.calendars import Closure, Therapist
from referrals.courses.services.calendars import ChangedMeanwhile, get_calendar, save_calendar
from referrals.messages import CapacityUpdated
from workers.kernel import clock
from workers.kernel.errors import DomainError, NotFound

_MOST = 200  # entries of a list, as at the API


class ClinicPlaces(ClinicPage):
    """Places, hours, closed days, therapists."""

    template_name = "referrals/clinic_places.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """As they are kept."""
        clinic = get_clinic(self.clinic_id())
        calendar = get_calendar(clinic_id=clinic.pk)
        defaults = {
            "places": PlacesForm(initial={"open_slots": clinic.open_slots}),
            "closing": ClosureForm(),
            "hiring": TherapistForm(),
        }
        return super().get_context_data(
            clinic=clinic,
            calendar=calendar,
            closures=sorted(_closures(calendar), key=lambda one: one.first),
            therapists=[(one, _days(one.weekdays)) for one in _therapists(calendar)],
            week=_week(ClinicHours.objects.filter(clinic=clinic).order_by("weekday", "opens")),
            **{**defaults, **kwargs},
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Do what a form says. Raises NotFound for one that there is not."""
        act = request.POST.get("act", "")
        if act == "places":
            return self._set_places(PlacesForm(request.POST))
        if act not in _CHANGES:
            raise NotFound("There is no such form.")
        name, form = _form_of(act, request)
        if form and not form.is_valid():
            return self.render_to_response(self.get_context_data(**{name: form}), status=422)
        return self._change(act, form.cleaned_data if form else {"entry": request.POST.get("entry", "")})

    def _set_places(self, form: PlacesForm) -> HttpResponseBase:
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(places=form), status=422)
        data = CapacityUpdated(open_slots=form.cleaned_data["open_slots"])
        try:
            answer(clinic_id=self.clinic_id(), data=data, channel=Channel.PORTAL, now=clock.now())
        except NotFound:
            raise
        except DomainError:  # a number that was written later was applied meanwhile
            messages.error(self.request, _("Your system said another number meanwhile. Look again."))
        else:
            messages.success(self.request, _("Noted. Offers come as long as a place is free."))
        return redirect("page-clinic-places")

    def _change(self, act: str, told: dict[str, Any]) -> HttpResponseBase:
        """Change one thing of the calendar as it was shown; the courses are replanned by it."""
        revision = self.request.POST.get("revision", "")
        calendar = get_calendar(clinic_id=self.clinic_id())
        try:
            save_calendar(
                clinic_id=self.clinic_id(),
                now=clock.now(),
                **_kept(calendar)
                | {"revision": int(revision) if revision.isdecimal() and len(revision) < 9 else -1}
                | _CHANGES[act](calendar, told),
            )
        except NotFound:
            raise
        except ChangedMeanwhile:
            messages.error(self.request, _("Somebody changed the calendar since you opened the page. Look again."))
        except DomainError:
            messages.error(self.request, _("That did not work. Please look at what you entered."))
        else:
            messages.success(self.request, _("Noted. Proposals move by it; what was agreed is asked anew."))
        return redirect("page-clinic-places")


def _form_of(act: str, request: HttpRequest) -> tuple[str, forms.Form | None]:
    if act == "close":
        return "closing", ClosureForm(request.POST)
    return ("hiring", TherapistForm(request.POST)) if act == "hire" else ("", None)


def _kept(calendar: ClinicCalendar) -> dict[str, Any]:
    return {
        "closed_on_holidays": calendar.closed_on_holidays,
        "closures": _closures(calendar),
        "therapists": _therapists(calendar),
        "windows": calendar.windows,
    }


def _close(calendar: ClinicCalendar, told: dict[str, Any]) -> dict[str, Any]:
    return {"closures": [*_closures(calendar), Closure(first=told["first"], last=told["last"])][:_MOST]}


def _open(calendar: ClinicCalendar, told: dict[str, Any]) -> dict[str, Any]:
    return {"closures": [one for one in _closures(calendar) if one.first.isoformat() != told["entry"]]}


def _hire(calendar: ClinicCalendar, told: dict[str, Any]) -> dict[str, Any]:
    """A code of our own: nobody has to think of one."""
    known = {one.code for one in _therapists(calendar)}
    code = next(code for number in range(1, _MOST + 2) if (code := f"t{number}") not in known)
    new = Therapist(code=code, name=told["name"], weekdays=tuple(told["weekdays"]))
    return {"therapists": [*_therapists(calendar), new][:_MOST]}


def _let_go(calendar: ClinicCalendar, told: dict[str, Any]) -> dict[str, Any]:
    return {"therapists": [one for one in _therapists(calendar) if one.code != told["entry"]]}


def _holidays(calendar: ClinicCalendar, told: dict[str, Any]) -> dict[str, Any]:
    return {"closed_on_holidays": told["entry"] == "closed"}


_CHANGES = {"close": _close, "open": _open, "hire": _hire, "let_go": _let_go, "holidays": _holidays}


def _closures(calendar: ClinicCalendar) -> list[Closure]:
    return [msgspec.convert(one, Closure) for one in calendar.closures]


def _therapists(calendar: ClinicCalendar) -> list[Therapist]:
    return [msgspec.convert(one, Therapist) for one in calendar.therapists]


def _days(weekdays: Sequence[int]) -> list[Any]:
    return [words for number, words in WEEKDAYS if number in weekdays]


def _week(hours: Any) -> list[tuple[Any, list[ClinicHours]]]:
    rows = list(hours)
    return [(words, [one for one in rows if one.weekday == number]) for number, words in WEEKDAYS]
