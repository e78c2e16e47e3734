"""What HR types on the pages of its files."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from benefits.eligibility.models import Kind
from benefits.eligibility.rules.columns import COLUMNS, LEFT_OUT
from benefits.enrollment.forms import FIELD_WORDS, LANGUAGES, STATE_CHOICES, DayInput


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


def _text(name: str, most: int, *, required: bool = False) -> forms.CharField:
    return forms.CharField(label=FIELD_WORDS[name], max_length=most, required=required)


class EmployeeForm(forms.Form):
    """One employee, in a census's columns; what is in a field is checked as a cell of a file is."""

    employee_number = _text("employee_number", 40, required=True)
    first_name = _text("first_name", 100, required=True)
    last_name = _text("last_name", 100, required=True)
    date_of_birth = forms.DateField(label=FIELD_WORDS["date_of_birth"], widget=DayInput)
    hire_date = forms.DateField(label=FIELD_WORDS["hire_date"], widget=DayInput)
    personal_email = forms.EmailField(
        label=FIELD_WORDS["personal_email"],
        max_length=254,
        required=False,
        help_text=_("Where they are invited. Better than an address at work: what is mailed there is theirs alone."),
    )
    address_line_1 = _text("address_line_1", 100)
    address_line_2 = _text("address_line_2", 100)
    city = _text("city", 60)
    state = forms.ChoiceField(label=FIELD_WORDS["state"], choices=STATE_CHOICES)
    postal_code = _text("postal_code", 10, required=True)
    language = forms.ChoiceField(label=FIELD_WORDS["language"], choices=LANGUAGES)
    employee_class = _text("employee_class", 60)
    work_location = _text("work_location", 60)

    def row(self) -> dict[str, str]:
        """Return the row of a census, of a valid form."""
        return {name: str(value or "") for name, value in self.cleaned_data.items()} | {"employment_status": "active"}


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
