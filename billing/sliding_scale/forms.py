"""What members type about their income."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.sliding_scale.rules import MAX_HOUSEHOLD, MAX_INCOME_CENTS, Region


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
