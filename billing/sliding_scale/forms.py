"""What members tell about their income, and what operators decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.sliding_scale.models import Evidence
from billing.sliding_scale.rules import MAX_HOUSEHOLD, MAX_INCOME_CENTS, MOST_BYTES, Region
from billing.words import WORDS

SENT_IN = [value for value in Evidence.values if value != Evidence.APPEAL]
MOST_LETTERS = 2_000  # of an appeal and of a reason


class IncomeForm(forms.Form):
    """Yearly income of the whole household, in dollars; what one owns is never asked for."""

    annual_income = forms.DecimalField(
        label=_("Yearly income of the household, before tax"),
        min_value=0,
        max_value=MAX_INCOME_CENTS // 100,
        decimal_places=2,
        help_text=_("In dollars. What you own does not count."),
    )
    household_size = forms.IntegerField(
        label=_("People in the household, you included"), min_value=1, max_value=MAX_HOUSEHOLD
    )
    region = forms.ChoiceField(
        label=_("Where you live"),
        choices=[
            (Region.CONTIGUOUS, _("One of the 48 states, or Washington, D.C.")),
            (Region.ALASKA, _("Alaska")),
            (Region.HAWAII, _("Hawaii")),
        ],
    )

    def declared(self) -> dict[str, Any]:
        """Return what services.declaring takes, of a valid form."""
        told = self.cleaned_data
        return {
            "annual_income_cents": int(told["annual_income"] * 100),
            "household_size": told["household_size"],
            "region": told["region"],
        }


class EvidenceForm(forms.Form):
    """A document that shows the income."""

    kind = forms.ChoiceField(
        label=_("What it is"),
        choices=[(value, WORDS["evidence"][value]) for value in SENT_IN],
        widget=forms.RadioSelect,
    )
    file = forms.FileField(
        label=_("The file"),
        help_text=_("PDF, JPEG or PNG, at most 5 MB. A photograph of the page will do."),
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/jpeg,image/png"}),
    )

    def clean_file(self) -> bytes:
        """The bytes; what is too long is refused before it is read."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(_("The file has more than 5 MB."))
        content: bytes = file.read()
        return content


class AppealForm(forms.Form):
    """Why the member disagrees."""

    grounds = forms.CharField(
        label=_("What we should know"),
        help_text=_("In your own words: what has changed, or what the figures do not show."),
        max_length=MOST_LETTERS,
        widget=forms.Textarea(attrs={"rows": 6, "class": "words"}),
    )


class DocumentDecisionForm(forms.Form):
    """Which document, and whether it shows the income."""

    document_id = forms.UUIDField(widget=forms.HiddenInput)
    decision = forms.ChoiceField(choices=[("accept", "accept"), ("refuse", "refuse")])


class AppealDecisionForm(forms.Form):
    """The decision with its reason; to grant is to name the figures that count."""

    appeal_id = forms.UUIDField(widget=forms.HiddenInput)
    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[("grant", _("Grant it: the figures below count from now on")), ("uphold", _("Leave it as it was"))],
        widget=forms.RadioSelect,
    )
    annual_income = forms.DecimalField(
        label=_("Yearly income that counts, in dollars"),
        min_value=0,
        max_value=MAX_INCOME_CENTS // 100,
        decimal_places=2,
        required=False,
    )
    household_size = forms.IntegerField(
        label=_("People in the household"), min_value=1, max_value=MAX_HOUSEHOLD, required=False
    )
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("The member reads it."),
        max_length=MOST_LETTERS,
        widget=forms.Textarea(attrs={"rows": 3, "class": "words"}),
    )

    def clean(self) -> dict[str, Any]:
        """Figures for a grant, and none for anything else."""
        told: dict[str, Any] = super().clean() or {}
        if told.get("decision") == "grant":
            for name in ("annual_income", "household_size"):
                if told.get(name) is None and name not in self.errors:
                    self.add_error(name, _("To grant it, name what counts."))
        return told

    def decided(self) -> dict[str, Any]:
        """Return what services.reviewing.decide_appeal takes, of a valid form."""
        told, grant = self.cleaned_data, self.cleaned_data["decision"] == "grant"
        return {
            "appeal_id": told["appeal_id"],
            "grant": grant,
            "reason": told["reason"],
            "annual_income_cents": int(told["annual_income"] * 100) if grant else None,
            "household_size": told["household_size"] if grant else None,
        }
