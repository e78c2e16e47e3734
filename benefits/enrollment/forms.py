"""What HR types on the pages of its roster, and what its columns are called for people."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from benefits.enrollment.queries import STATUSES, Filters
from benefits.enrollment.rules import DAY_OF

STATUS_WORDS = {
    "active": _("Employed"),
    "pending": _("Starts later"),
    "on_leave": _("On leave"),
    "terminated": _("No longer employed"),
    "deceased": _("Deceased"),
}

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
