"""What a clinic's staff types on its pages."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from referrals.clinics.forms import LAST_DAY
from referrals.clinics.models import Clinic
from referrals.clinics.models.prices import MOST_CENTS
from referrals.clinics.rules import SessionKind
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
