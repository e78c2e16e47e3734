"""What HR types on the pages of its files."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from benefits.eligibility.models import Kind
from benefits.eligibility.rules.columns import COLUMNS, LEFT_OUT
from benefits.enrollment.forms import FIELD_WORDS


class UploadForm(forms.Form):
    """A census, what it claims to be, and whether absence from a full one ends cover."""

    file = forms.FileField(label=_("File"), help_text=_("CSV or .xlsx, at most 200 MB."), allow_empty_file=True)
    kind = forms.ChoiceField(
        label=_("What is in it?"),
        choices=[
            (Kind.CHANGES, _("Only some people: others stay as they are")),
            (Kind.FULL, _("Everybody who is employed")),
        ],
        widget=forms.RadioSelect,
        initial=Kind.CHANGES,
    )
    ends_absent = forms.BooleanField(
        label=_("Whoever is missing from it has left (of everybody only)"),
        required=False,
    )

    def clean_kind(self) -> Kind:
        """The enumeration's own."""
        return Kind(self.cleaned_data["kind"])


class ColumnsForm(forms.Form):
    """Which column of theirs is which of ours: a choice for each name, in the order in which they are given."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, theirs: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.theirs = list(theirs)
        for number, (name, ours) in enumerate(theirs.items()):
            self.fields[f"column-{number}"] = forms.ChoiceField(
                label=name, choices=_CHOICES, initial=ours, required=False
            )

    def columns(self) -> dict[str, str]:
        """Return {their name: our column, "" to leave one out} of a form that is valid."""
        return {name: self.cleaned_data[f"column-{number}"] for number, name in enumerate(self.theirs)}


_CHOICES = [(LEFT_OUT, _("Leave it out")), *((name, FIELD_WORDS.get(name, name)) for name in COLUMNS)]
