"""What a clinic's staff types about an appointment, its places and its closed days."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import dates
from django.utils.translation import gettext_lazy as _

from referrals.protocols.rules.protocols import PLAIN

MOST_PLACES = 10_000
YEARS = range(2000, 2101)  # what is outside is a slip of the keyboard
_DAY = {"type": "date"}
_TIME = {"type": "time"}
WEEKDAYS = tuple((number + 1, words) for number, words in dates.WEEKDAYS.items())  # ISO: 1 is Monday


class Act(StrEnum):
    """What can be done about an appointment."""

    CONFIRM = "confirm"
    TAKE = "take"  # the suggested time
    MOVE = "move"
    COMPLETE = "complete"
    NO_SHOW = "no_show"
    CANCEL = "cancel"


class ActForm(forms.Form):
    """A button of the page, about the version that it showed."""

    act = forms.ChoiceField(choices=[(act, act) for act in Act])
    version = forms.IntegerField(min_value=0)


class MomentForm(forms.Form):
    """A day and a time on the clocks where the clinic is; `moment` is the instant."""

    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs=_DAY))
    at = forms.TimeField(label=_("Time"), widget=forms.TimeInput(attrs=_TIME, format="%H:%M"))

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = ZoneInfo(zone)

    @classmethod
    def showing(cls, moment: datetime, *, zone: str, prefix: str) -> "MomentForm":
        """Return a form that proposes an instant; each of a page has a `prefix`."""
        there = moment.astimezone(ZoneInfo(zone))
        return cls(initial={"day": there.date().isoformat(), "at": there.time()}, zone=zone, prefix=prefix)

    def clean(self) -> dict[str, Any]:
        """Refuse an hour that the clocks skip."""
        cleaned: dict[str, Any] = super().clean() or {}
        if "day" in cleaned and cleaned["day"].year not in YEARS:
            self.add_error("day", _("Check the year."))
        if "day" in cleaned and "at" in cleaned:
            moment = datetime.combine(cleaned["day"], cleaned["at"], tzinfo=self.zone)
            if (moment.astimezone(ZoneInfo("UTC")).astimezone(self.zone)).time() != moment.time():
                self.add_error("at", _("The clocks go forward then: there is no such time that day."))
            cleaned["moment"] = moment
        return cleaned


class CancelForm(forms.Form):
    """Why an appointment is called off."""

    reason = forms.CharField(
        label=_("Why, in a few words"),
        help_text=_("It is kept with what you told us, and shown to nobody."),
        max_length=200,
    )


class PlacesForm(forms.Form):
    """How many more people the clinic can take, now."""

    open_slots = forms.IntegerField(label=_("Places free now"), min_value=0, max_value=MOST_PLACES)


class ClosureForm(forms.Form):
    """Days on which the clinic is closed, both included."""

    first = forms.DateField(label=_("First closed day"), widget=forms.DateInput(attrs=_DAY))
    last = forms.DateField(label=_("Last closed day"), widget=forms.DateInput(attrs=_DAY))

    def clean(self) -> dict[str, Any]:
        """It ends after it begins, within a year."""
        cleaned: dict[str, Any] = super().clean() or {}
        if {"first", "last"} <= set(cleaned) and not timedelta() <= cleaned["last"] - cleaned["first"] <= timedelta(
            366
        ):
            self.add_error("last", _("The last day is the first or a later one, within a year."))
        return cleaned


class TherapistForm(forms.Form):
    """Who gives sessions, and on which weekdays."""

    name = forms.RegexField(PLAIN, label=_("Name"), max_length=200)
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Works on"), choices=WEEKDAYS, coerce=int, widget=forms.CheckboxSelectMultiple
    )
