"""What members type: where to look for a clinic and with what, and what they wish for in a referral."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from referrals.clinics.queries import Sort
from referrals.clinics.rules.geography import KM_A_MILE
from referrals.requests.forms.inputs import MAX_CENTS, MAX_DISTANCE_KM
from referrals.requests.forms.words import (
    FORMAT_WORDS,
    GENDER_WORDS,
    KIND_WORDS,
    MUST_WORDS,
    PROTOCOL_WORDS,
    ROUTE_WORDS,
    TIMES_WORDS,
    language_name,
)

_MILES = (10, 25, 50, 100, 250)
_ANYWHERE = int(MAX_DISTANCE_KM / KM_A_MILE)
USUAL_MILES = 50
_LANGUAGES = ("en", "es", "zh", "vi", "ko", "ru", "ar", "fr", "pt", "de", "hi", "ja")
_DISTANCES = [
    *((miles, format_lazy("{number} {unit}", number=miles, unit=_("miles"))) for miles in _MILES),
    (_ANYWHERE, _("Anywhere")),
]
_ANY = ("", _("Any"))


def _choice(label: Any, words: Mapping[str, Any]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=[_ANY, *words.items()], required=False)


def _several(label: Any, words: Mapping[str, Any], **more: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=list(words.items()), required=False, widget=forms.CheckboxSelectMultiple, **more
    )


def _miles() -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=_("No farther than"),
        choices=_DISTANCES,
        coerce=int,
        required=False,
        empty_value=USUAL_MILES,  # type: ignore[arg-type] # what is coerced need be no text
        initial=USUAL_MILES,
    )


def _language() -> forms.ChoiceField:
    return _choice(_("Language of the therapy"), {code: lazy(language_name, str)(code) for code in _LANGUAGES})


def _dollars(label: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, min_value=0, max_value=MAX_CENTS // 100, required=False, help_text=_("In dollars.")
    )


def miles_of(km: float) -> int:
    """Return the smallest of the distances to choose from that holds so many kilometres, give or take half a mile."""
    return next((miles for miles in _MILES if miles >= km / KM_A_MILE - 0.5), _ANYWHERE)


class FindForm(forms.Form):
    """What narrows the directory down; nothing has to be filled in. `near` is the member's home unless they say."""

    near = forms.CharField(label=_("Near ZIP code"), max_length=10, required=False)
    miles = _miles()
    route = _choice(_("How ketamine is given"), ROUTE_WORDS)
    protocol = _choice(_("How therapy and sessions lie in time"), PROTOCOL_WORDS)
    format = _choice(_("Alone or in a group"), FORMAT_WORDS)
    language = _language()
    gender = _choice(_("Therapist"), GENDER_WORDS)
    max_price = _dollars(_("You pay at most, a treatment session"))
    name = forms.CharField(label=_("Name of the clinic"), max_length=100, required=False)
    sort = forms.ChoiceField(
        label=_("First"),
        choices=[
            (Sort.DISTANCE, _("The nearest")),
            (Sort.PRICE, _("The least for you to pay")),
            (Sort.SOONEST, _("The soonest opening")),
        ],
        required=False,
    )
    has_open_slots = forms.BooleanField(label=_("Takes somebody new now"), required=False)
    sliding_scale = forms.BooleanField(label=_("Has a sliding scale"), required=False)
    telehealth_preparation = forms.BooleanField(label=_("Preparation by video"), required=False)
    trauma_informed = forms.BooleanField(label=_("Trauma-informed"), required=False)

    def search(self) -> dict[str, Any]:
        """Return what was asked for, as queries.Search names it, without the place; of a valid form."""
        told = dict(self.cleaned_data)
        price = told.pop("max_price")
        told.pop("near")
        told["within_km"] = min(told.pop("miles") * KM_A_MILE, MAX_DISTANCE_KM)
        told["sort"] = told["sort"] or Sort.DISTANCE
        return told | {"max_price_cents": None if price is None else price * 100}

    def show_counts(self, facets: Mapping[str, Mapping[str, int]]) -> None:
        """Say beside each choice how many of the clinics found have it."""
        for name, counts in facets.items():
            field = self.fields.get(name)
            if isinstance(field, forms.BooleanField):
                field.label = f"{field.label} ({counts.get('true', 0)})"
            elif isinstance(field, forms.ChoiceField):
                field.choices = [_counted(code, words, counts) for code, words in _flat(field)]


def _flat(field: forms.ChoiceField) -> list[tuple[str, Any]]:
    known: Any = field.choices  # no groups
    return [(str(code), words) for code, words in known]


def _counted(code: str, words: Any, counts: Mapping[str, int]) -> tuple[str, Any]:
    return (code, f"{words} ({counts.get(code, 0)})") if code else (code, words)


class WishesForm(forms.Form):
    """What a member wishes for; nothing has to be filled in."""

    near = forms.CharField(
        label=_("Near ZIP code"), max_length=10, required=False, help_text=_("Your home, unless you say otherwise.")
    )
    miles = _miles()
    routes = _several(_("How ketamine is given"), ROUTE_WORDS, help_text=_("None ticked: any that your plan covers."))
    protocol = _choice(_("How therapy and sessions lie in time"), PROTOCOL_WORDS)
    format = _choice(_("Alone or in a group"), FORMAT_WORDS)
    language = _language()
    therapist_gender = _choice(_("Therapist"), GENDER_WORDS)
    times = _several(_("When could you come?"), TIMES_WORDS, help_text=_("None ticked: any time."))
    max_price = _dollars(_("You would pay at most, a treatment session"))
    must = _several(
        _("What must not be given up, even if nobody is left to ask?"),
        MUST_WORDS,
        help_text=_("What is not ticked is given up in steps before we say that there is no clinic."),
    )
    then_others = forms.BooleanField(
        label=_("If none of the clinics I chose can take me, ask others"), required=False, initial=True
    )

    def wishes(self) -> dict[str, Any]:
        """Return them as services.Preferences names them, without the clinics; of a valid form."""
        told = dict(self.cleaned_data)
        told.pop("kind", None)
        price = told.pop("max_price")
        lists = {name: tuple(told[name]) for name in ("routes", "times", "must")}
        distance = min(told.pop("miles") * KM_A_MILE, MAX_DISTANCE_KM)
        return told | lists | {"max_distance_km": distance, "max_price_cents": None if price is None else price * 100}


class AskForm(WishesForm):
    """Asking for care: what for, and what a member wishes."""

    kind = forms.ChoiceField(
        label=_("What would you like?"), choices=list(KIND_WORDS.items()), widget=forms.RadioSelect
    )
    field_order = ("kind",)
