"""When a member can come: parts of the week, and days on which they are away."""

from collections.abc import Collection, Sequence
from datetime import date, time
from typing import Any

import msgspec
from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from referrals.courses.forms import MOST_ENTRIES
from referrals.courses.models import MemberAvailability
from referrals.courses.queries.calendars import find_availability
from referrals.courses.rules.calendars import LAST_MINUTE, Closure, WeeklyHours
from referrals.courses.services.calendars import save_availability
from referrals.courses.web.shown import MemberPage
from workers.kernel import clock
from workers.kernel.errors import NotFound

_DAYS = {number + 1: words for number, words in WEEKDAYS.items()}  # ISO: 1 is Monday
_PARTS = {"morning": (time(), time(12)), "afternoon": (time(12), time(17)), "evening": (time(17), LAST_MINUTE)}
_WORDS = {
    "morning": gettext_lazy("Until noon"),
    "afternoon": gettext_lazy("Noon to 5 p.m."),
    "evening": gettext_lazy("After 5 p.m."),
}
_DATE = {"type": "date"}


class WeekForm(forms.Form):
    """The parts of each weekday in which a member can come; none at all means at any time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for day, words in _DAYS.items():
            self.fields[f"day_{day}"] = forms.MultipleChoiceField(
                label=capfirst(words),
                choices=list(_WORDS.items()),
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )

    @classmethod
    def showing(cls, weekly: Collection[WeeklyHours]) -> "WeekForm":
        """Return a form in which the parts are ticked that these hours hold."""
        return cls(initial={f"day_{day}": [part for part in _PARTS if _holds(weekly, day, part)] for day in _DAYS})

    def weekly(self) -> list[WeeklyHours]:
        """Return the hours that are ticked; of a valid form. A whole week is none: at any time."""
        told = [(day, part) for day in _DAYS for part in self.cleaned_data[f"day_{day}"]]
        if len(told) == len(_DAYS) * len(_PARTS):
            return []
        return _hours(told)


class AwayForm(forms.Form):
    """Days on which a member is away, both included."""

    first = forms.DateField(label=gettext_lazy("First day away"), widget=forms.DateInput(attrs=_DATE))
    last = forms.DateField(label=gettext_lazy("Last day away"), widget=forms.DateInput(attrs=_DATE))

    def clean(self) -> dict[str, Any]:
        """It ends after it begins."""
        told: dict[str, Any] = super().clean() or {}
        if {"first", "last"} <= told.keys() and told["last"] < told["first"]:
            self.add_error("last", _("The last day is the first or a later one."))
        return told


class OwnAvailability(MemberPage):
    """When the member can come, and saying so; what is proposed to them follows it."""

    template_name = "referrals/availability.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """As they said last; who never said can come at any time."""
        weekly, away = _told(self.request)
        shown = {
            "week": WeekForm.showing(weekly),
            "leaving": AwayForm(),
            "away": away,
            "is_always": not weekly,
            # Hours of a program that the three parts of a day cannot say: keeping the week would change them.
            "is_finer": _hours(_parts_in(weekly)) != sorted(weekly, key=_order),
        }
        return super().get_context_data(**shown | kwargs)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Keep the week, or add or take off days away. Raises NotFound for another form."""
        weekly, away = _told(request)
        act = request.POST.get("act", "")
        if act == "week":
            week = WeekForm(request.POST)
            return self._kept(request, week.weekly(), away) if week.is_valid() else self._refused(week=week)
        if act == "leave":
            form = AwayForm(request.POST)
            if form.is_valid() and len(away) >= MOST_ENTRIES:
                form.add_error(None, _("These are too many: take some off first."))
            if form.errors:
                return self._refused(leaving=form)
            return self._kept(request, weekly, [*away, Closure(**form.cleaned_data)])
        if act == "stay":
            return self._kept(request, weekly, [one for one in away if str(one.first) != request.POST.get("entry")])
        raise NotFound("There is no such form.")

    def _refused(self, **forms: forms.Form) -> HttpResponseBase:
        return self.render_to_response(self.get_context_data(**forms), status=422)

    def _kept(self, request: HttpRequest, weekly: Sequence[WeeklyHours], away: Sequence[Closure]) -> HttpResponseBase:
        user: Any = request.user
        save_availability(member_id=user.member_id, weekly=weekly, away=away, now=clock.now())
        messages.success(request, _("Noted. What is only proposed moves by it; what was agreed stays."))
        return redirect("page-availability")


def _told(request: HttpRequest) -> tuple[list[WeeklyHours], list[Closure]]:
    """What the member said last: hours of the week, and days away that are not over yet."""
    user: Any = request.user
    try:
        row = find_availability(user.member_id)
    except NotFound:
        row = MemberAvailability(weekly=[], away=[])
    weekly, away = msgspec.convert(row.weekly, list[WeeklyHours]), msgspec.convert(row.away, list[Closure])
    today: date = clock.now().date()
    return weekly, sorted((one for one in away if one.last >= today), key=lambda one: one.first)


def _holds(weekly: Collection[WeeklyHours], day: int, part: str) -> bool:
    opens, closes = _PARTS[part]
    return any(one.weekday == day and one.opens <= opens and closes <= one.closes for one in weekly)


def _parts_in(weekly: Collection[WeeklyHours]) -> list[tuple[int, str]]:
    return [(day, part) for day in _DAYS for part in _PARTS if _holds(weekly, day, part)]


def _hours(told: Sequence[tuple[int, str]]) -> list[WeeklyHours]:
    """Parts of days as hours; what follows on each other is one span, for a session may lie across both."""
    spans: list[WeeklyHours] = []
    for day, part in told:
        opens, closes = _PARTS[part]
        if spans and (spans[-1].weekday, spans[-1].closes) == (day, opens):
            opens = spans.pop().opens
        spans.append(WeeklyHours(weekday=day, opens=opens, closes=closes))
    return spans


def _order(one: WeeklyHours) -> tuple[int, time]:
    return one.weekday, one.opens
