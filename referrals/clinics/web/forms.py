"""What a clinic's staff types on its pages."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
from django import forms
from django.utils import dates
from django.utils.formats import time_format
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from referrals.clinics.forms import LAST_DAY
from referrals.clinics.models import Clinic
from referrals.clinics.models.prices import MOST_CENTS
from referrals.clinics.rules import SessionKind
from referrals.clinics.rules.hours import BadHours, Hours, read_day
from referrals.words import choices


class PriceForm(forms.Form):
    """Another price for one kind of session, from a day on; only for what the clinic gives."""

    kind = forms.ChoiceField(label=_("Kind of session"), choices=choices("session", *SessionKind))
    route = forms.ChoiceField(label=_("How ketamine is given"))
    format = forms.ChoiceField(label=_("Alone or in a group"))
    dollars = forms.DecimalField(
        label=_("Price of a session, in dollars"), min_value=0, max_value=MOST_CENTS // 100, decimal_places=2
    )
    effective_on = forms.DateField(
        label=_("From this day on"),
        help_text=_("Tomorrow or later, where your clinic is."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, *args: Any, clinic: Clinic, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["route"] = forms.ChoiceField(
            label=_("How ketamine is given"), choices=choices("route", *clinic.routes)
        )
        self.fields["format"] = forms.ChoiceField(
            label=_("Alone or in a group"), choices=choices("format", *clinic.formats)
        )

    def clean_effective_on(self) -> date:
        """A day of this century, as at the API."""
        day: date = self.cleaned_data["effective_on"]
        if day > LAST_DAY:
            raise forms.ValidationError(_("Check the year."))
        return day

    def clean(self) -> dict[str, Any]:
        """Cents beside the dollars."""
        cleaned: dict[str, Any] = super().clean() or {}
        if "dollars" in cleaned:
            cleaned["cents"] = int(cleaned["dollars"] * 100)
        return cleaned


class WeekForm(forms.Form):
    """When the clinic is open, a line for each weekday; `seen` is the week that was shown, in the same words."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=5_000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for weekday, words in DAYS.items():
            self.fields[f"day_{weekday}"] = forms.CharField(label=capfirst(words), required=False, max_length=200)

    @classmethod
    def showing(cls, hours: Sequence[Hours]) -> "WeekForm":
        """Return a form that shows these hours."""
        return cls(initial={"seen": _SEEN.encode(hours).decode()} | {f"day_{day}": _said(hours, day) for day in DAYS})

    def clean(self) -> dict[str, Any]:
        """Put what was typed in order as `hours`, and what was shown as `expected`."""
        told: dict[str, Any] = super().clean() or {}
        hours: list[Hours] = []
        for day in DAYS:
            try:
                hours += read_day(day, told.get(f"day_{day}", ""))
            except BadHours:
                self.add_error(f"day_{day}", _BAD_DAY)
        try:
            expected = msgspec.json.decode(told.get("seen") or "[]", type=tuple[Hours, ...])
        except msgspec.DecodeError:
            expected = ()
        return told | {"hours": hours, "expected": expected}


_SEEN = msgspec.json.Encoder()
_BAD_DAY = _("Write from when until when, such as 9:00 am – 12:30 pm, 1:30 pm – 5 pm; spans must not overlap.")
DAYS = {number + 1: words for number, words in dates.WEEKDAYS.items()}  # ISO: 1 is Monday


def _said(hours: Sequence[Hours], day: int) -> str:
    spans = [(one.opens, one.closes) for one in hours if one.weekday == day]
    form = "G:i" if get_language() == "es" else "g:i a"
    return ", ".join(f"{time_format(opens, form)} – {time_format(closes, form)}" for opens, closes in spans)


class EndpointForm(forms.Form):
    """Where the clinic's system listens, and how it tells that a message is ours."""

    url = forms.CharField(
        label=_("Address of your system"),
        help_text=_("It begins with https:// and is reachable from the internet."),
        max_length=500,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )
    signing = forms.ChoiceField(
        label=_("How messages are signed"),
        choices=[
            ("hmac", _("With a shared secret (HMAC-SHA256): the usual way")),
            ("ed25519", _("With a key pair (ed25519): you keep only our public key")),
        ],
        widget=forms.RadioSelect,
        initial="hmac",
    )
    ordered = forms.BooleanField(
        label=_("In order: a message waits until the one before it about the same thing has arrived"),
        required=False,
    )
