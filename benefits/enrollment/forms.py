"""What HR types on the pages of its roster, and what its columns are called for people."""

from datetime import date
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from benefits.enrollment.models import Door
from benefits.enrollment.queries import STATUSES, Filters
from benefits.enrollment.rules import DAY_OF, STATES
from workers.kernel import clock

STATUS_WORDS = {
    "active": _("Employed"),
    "pending": _("Starts later"),
    "on_leave": _("On leave"),
    "terminated": _("No longer employed"),
    "deceased": _("Deceased"),
}

_RECORDED_WORDS = STATUS_WORDS | {"ended": STATUS_WORDS["terminated"]}
_DAYS = (
    "date_of_birth",
    "hire_date",
    "end_date",
    "leave_starts_on",
    "date_of_death",
    "starts_on",
    "ends_on",
    "cover_from",
)

FIELD_WORDS = {
    "employee_number": _("Employee number"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "date_of_birth": _("Date of birth"),
    "address_line_1": _("Address"),
    "address_line_2": _("Address, second line"),
    "city": _("City"),
    "postal_code": _("ZIP code"),
    "state": _("State"),
    "language": _("Language"),
    "timezone": _("Time zone"),
    "employee_class": _("Employee class"),
    "work_location": _("Work location"),
    "relationship": _("Relationship"),
    "subscriber_number": _("Number of the employee they are covered through"),
    "subscriber_id": _("Covered through"),
    "hire_date": _("Hired"),
    "end_date": _("Last day of employment"),
    "leave_starts_on": _("On leave from"),
    "date_of_death": _("Date of death"),
    "employment_status": _("Employment, as recorded"),
    "status": _("Status today"),
    "personal_email": _("Personal e-mail"),
    "work_email": _("Work e-mail"),
    "contact_hash": _("E-mail address for the invitation"),
    "enrollments": _("Cover"),
    "starts_on": _("From"),
    "ends_on": _("Until"),
    "cover_from": _("Covered from"),
    "plan_id": _("Plan"),
    "removed_at": _("On the roster"),
}


DOOR_WORDS = {
    Door.FILE: _("by file"),
    Door.X12: _("by an 834 file"),
    Door.SCIM: _("by SCIM"),
    Door.HRIS: _("by your HR system"),
    Door.API: _("by an admin, or your software"),
    Door.OPERATOR: _("by the benefit’s team"),
}

STATE_CHOICES = [("", "–"), *((state, state) for state in sorted(STATES))]
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
# Where the clocks of the United States differ; a member elsewhere keeps the zone they have.
ZONES = (
    *("America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles"),
    *("America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico", "Pacific/Guam", "Pacific/Pago_Pago"),
)


def value_in_words(name: str, value: Any) -> Any:
    """What stands in a column, as people say it: states by their words, days as the reader's language writes them."""
    if name == "employment_status":
        return _RECORDED_WORDS.get(value, value)
    is_day = name in _DAYS and isinstance(value, str) and value
    return date_format(date.fromisoformat(value)) if is_day else value


class DayInput(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class RosterForm(forms.Form):
    """What narrows the roster down; nothing has to be filled in."""

    name = forms.CharField(
        label=_("Name"), max_length=200, required=False, help_text=_("How the last name begins, then the first.")
    )
    employee_number = forms.CharField(label=_("Employee number"), max_length=40, required=False)
    status = forms.ChoiceField(
        label=_("Status today"),
        choices=[("", _("Everybody")), *((one, STATUS_WORDS[one]) for one in STATUSES)],
        required=False,
    )
    covered_on = forms.DateField(label=_("Covered on"), widget=DayInput, required=False)

    def filters(self) -> Filters:
        """Return what was asked for; of a form with errors what is right in it."""
        self.is_valid()
        return Filters(**self.cleaned_data)


class StepForm(forms.Form):
    """A step of a member's life, on what of them was `seen`."""

    step = forms.CharField(max_length=20)
    day = forms.DateField(required=False)
    reason = forms.CharField(max_length=200, required=False)
    seen = forms.CharField(max_length=64, required=False)

    def clean(self) -> dict[str, Any]:
        """Whether the day that the step needs is there; what it is called is the service's business."""
        cleaned: dict[str, Any] = super().clean() or {}
        needs_day = DAY_OF.get(cleaned.get("step", "")) and cleaned["step"] != "reinstate"
        if needs_day and not cleaned.get("day") and "day" not in self.errors:
            self.add_error("day", _("Give the day."))
        return cleaned


class DescribeForm(forms.Form):
    """What is said of a member, and was `seen` when the form was shown. Addresses are never shown, only replaced."""

    first_name = forms.CharField(label=FIELD_WORDS["first_name"], max_length=100)
    last_name = forms.CharField(label=FIELD_WORDS["last_name"], max_length=100)
    date_of_birth = forms.DateField(label=FIELD_WORDS["date_of_birth"], widget=DayInput)
    address_line_1 = forms.CharField(label=FIELD_WORDS["address_line_1"], max_length=100, required=False)
    address_line_2 = forms.CharField(label=FIELD_WORDS["address_line_2"], max_length=100, required=False)
    city = forms.CharField(label=FIELD_WORDS["city"], max_length=60, required=False)
    state = forms.ChoiceField(label=FIELD_WORDS["state"], choices=STATE_CHOICES)
    postal_code = forms.RegexField(r"^[0-9]{5}(-[0-9]{4})?\Z", label=FIELD_WORDS["postal_code"])
    language = forms.ChoiceField(label=FIELD_WORDS["language"], choices=LANGUAGES)
    timezone = forms.ChoiceField(label=FIELD_WORDS["timezone"], choices=[(zone, zone) for zone in ZONES])
    employee_class = forms.CharField(label=FIELD_WORDS["employee_class"], max_length=60, required=False)
    work_location = forms.CharField(label=FIELD_WORDS["work_location"], max_length=60, required=False)
    personal_email = forms.EmailField(
        label=_("A new personal e-mail"),
        max_length=254,
        required=False,
        help_text=_("Empty: the address stays as it is. Whoever reads the former one is told of a new one."),
    )
    reason = forms.CharField(label=_("Why, for the history (no health)"), max_length=200, required=False)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, zone: str, language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._keep("timezone", zone)
        self._keep("language", language)

    def _keep(self, name: str, value: str) -> None:
        """What somebody has already stays a choice."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        known: Any = field.choices
        choices = list(known)
        field.choices = choices if value in dict(choices) else [*choices, (value, value)]

    def clean_date_of_birth(self) -> Any:
        """A day of this century or the last one that is over."""
        born = self.cleaned_data["date_of_birth"]
        if not born.year >= 1900 or born > clock.now().date():
            raise forms.ValidationError(_("Give a date of birth between 1900 and today."))
        return born

    def facts(self) -> dict[str, Any]:
        """Return what services.describe takes, of a valid form; no address where none was typed."""
        told = {name: value for name, value in self.cleaned_data.items() if name not in ("reason", "seen")}
        if not told["personal_email"]:
            del told["personal_email"]
        return told
