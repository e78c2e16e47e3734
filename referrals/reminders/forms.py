"""What a member ticks and writes down before a dosing."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from referrals.reminders.rules import MOST_LETTERS, PREPARATION

ITEMS = {
    "avoid": _("I have asked my clinic which medicines and substances to avoid"),
    "fasting": _("I know until when I may eat and drink"),
    "ride": _("Somebody takes me home: I do not drive that day"),
    "day_free": _("The rest of the day is free"),
}


class PreparationForm(forms.Form):
    """The list, as it is to be kept; an empty one is kept, too."""

    ticks = forms.MultipleChoiceField(
        label=_("What is done"),
        choices=[(item, ITEMS[item]) for item in PREPARATION],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    intentions = forms.CharField(
        label=_("My intentions"),
        help_text=_("Why this, why now, what do I hope for? A few words are enough."),
        required=False,
        max_length=MOST_LETTERS,
        widget=forms.Textarea(attrs={"rows": 4, "class": "words"}),
    )

    def kept(self) -> dict[str, Any]:
        """Return what services.preparing.keep_list takes, of a valid form."""
        return {"ticks": self.cleaned_data["ticks"], "intentions": self.cleaned_data["intentions"]}
