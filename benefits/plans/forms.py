"""What owners type who propose how a plan goes on, and an operator who declines it."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from benefits.plans.rules import (
    FORMATS,
    LONGEST_NAME,
    MOST_CENTS,
    MOST_NAMES,
    MOST_REASON,
    MOST_SESSIONS,
    ROUTES,
    Terms,
)

ROUTE_WORDS = {
    "iv": _("Infusion into a vein"),
    "im": _("Injection into a muscle"),
    "sublingual": _("Lozenge under the tongue"),
    "nasal": _("Nasal spray"),
}
FORMAT_WORDS = {"individual": _("Alone with the therapist"), "group": _("In a small group")}
LABELS = {
    "name": _("Name of the plan"),
    "starts_on": _("First day"),
    "ends_on": _("Last day"),
    "employer_share_percent": _("What you pay of each session, in percent"),
    "annual_cap_cents": _("At most per person and year, in dollars"),
    "lifetime_cap_cents": _("At most per person in all, in dollars"),
    "sessions_per_year": _("Sessions per person and year"),
    "deductible_cents": _("Deductible per person and year, in dollars"),
    "covered_routes": _("Ways of giving ketamine that are covered"),
    "covered_formats": _("Settings that are covered"),
    "waiting_days": _("Days after hire until cover begins"),
    "run_out_days": _("Days that care which has begun goes on after cover ends"),
    "covers_dependants": _("Covers dependants, too"),
    "employee_classes": _("Only these employee classes"),
    "work_locations": _("Only these work locations"),
    "hired_from": _("Only hired from"),
    "hired_until": _("Only hired until"),
    "priority": _("Priority among your plans"),
    "reset": _("Limits begin anew"),
    "contributions": _("Single kinds of session"),
}
_MONEY = ("annual_cap_cents", "lifetime_cap_cents", "deductible_cents")
_NAMES = ("employee_classes", "work_locations")
_NO_LIMIT = _("Empty: no limit.")


def _dollars(name: str, **more: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=LABELS[name], min_value=0, max_value=MOST_CENTS // 100, max_digits=12, decimal_places=2, **more
    )


def _number(name: str, most: int, **more: Any) -> forms.IntegerField:
    return forms.IntegerField(label=LABELS[name], min_value=0, max_value=most, **more)


def _chosen(name: str, codes: Sequence[str], words: dict[str, Any]) -> forms.MultipleChoiceField:
    choices = [(code, words[code]) for code in codes]
    return forms.MultipleChoiceField(label=LABELS[name], choices=choices, widget=forms.CheckboxSelectMultiple)


class NamesField(forms.CharField):
    """Names, one on each line, each once; none is everybody."""

    def __init__(self, name: str) -> None:
        hint = _("One on each line, as the roster has them. Empty: everybody.")
        super().__init__(label=LABELS[name], required=False, help_text=hint, widget=forms.Textarea(attrs={"rows": 3}))

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]  # a text becomes its lines
        """The lines, without what is empty or there twice."""
        return list(dict.fromkeys(line.strip() for line in (value or "").splitlines() if line.strip()))

    def validate(self, value: Any) -> None:
        """As many and as long as a plan may list."""
        if len(value) > MOST_NAMES or any(len(name) > LONGEST_NAME for name in value):
            raise forms.ValidationError(
                _("At most %(most)s names of at most %(longest)s characters."),
                params={"most": MOST_NAMES, "longest": LONGEST_NAME},
            )

    def run_validators(self, value: Any) -> None:
        """None of those of a single text."""


class RenewalForm(forms.Form):
    """The terms that an employer proposes; `seen` is the plan as it was when the form was shown."""

    name = forms.CharField(label=LABELS["name"], max_length=200)
    ends_on = forms.DateField(
        label=LABELS["ends_on"],
        required=False,
        help_text=_("Empty: it goes on until one of us ends it."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    employer_share_percent = _number("employer_share_percent", 100)
    annual_cap_cents = _dollars("annual_cap_cents")
    lifetime_cap_cents = _dollars("lifetime_cap_cents", required=False, help_text=_NO_LIMIT)
    sessions_per_year = _number("sessions_per_year", MOST_SESSIONS, required=False, help_text=_NO_LIMIT)
    deductible_cents = _dollars("deductible_cents")
    covered_routes = _chosen("covered_routes", ROUTES, ROUTE_WORDS)
    covered_formats = _chosen("covered_formats", FORMATS, FORMAT_WORDS)
    waiting_days = _number("waiting_days", 365)
    run_out_days = _number("run_out_days", 365)
    covers_dependants = forms.BooleanField(label=LABELS["covers_dependants"], required=False)
    employee_classes = NamesField("employee_classes")
    work_locations = NamesField("work_locations")
    seen = forms.CharField(widget=forms.HiddenInput, max_length=100)

    @staticmethod
    def told_by(terms: Terms) -> dict[str, Any]:
        """Return terms as the form shows them: dollars, and lines."""
        shown = {name: getattr(terms, name) for name in RenewalForm.base_fields if name != "seen"}
        as_typed: dict[str, Callable[[Any], Any]] = {
            **dict.fromkeys(_MONEY, lambda cents: None if cents is None else f"{cents // 100}.{cents % 100:02}"),
            **dict.fromkeys(_NAMES, "\n".join),
        }
        return {name: as_typed[name](value) if name in as_typed else value for name, value in shown.items()}

    def changes(self) -> dict[str, Any]:
        """Return what was typed as terms: cents."""
        told = {name: value for name, value in self.cleaned_data.items() if name != "seen"}
        return told | {name: None if told[name] is None else int(told[name] * 100) for name in _MONEY}


class WithdrawForm(forms.Form):
    """Which proposal, as it was `seen`."""

    plan_id = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=100)


class DeclineForm(WithdrawForm):
    """Why an operator does not agree to a proposal."""

    reason = forms.CharField(
        label=_("Why not"),
        max_length=MOST_REASON,
        help_text=_("The employer’s admins read it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
