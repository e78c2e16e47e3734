"""What somebody types from a letter on paper."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from benefits.letters.rules import LENGTH, characters_of, read_code
from workers.kernel import clock

OLDEST = 130  # years


class LetterForm(forms.Form):
    """The code of a letter, two things that the employer knows of its addressee, and where the link is to go.

    The date is asked for in three parts, the month by its name: in figures it is another one in Spanish.
    """

    code = forms.CharField(
        label=_("Code"),
        max_length=60,
        help_text=_("As it stands in your letter, such as ABCD-EFGH-JKMN. Lower case and blanks do not matter."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "class": "code"}
        ),
    )
    employee_number = forms.CharField(
        label=_("Employee number"),
        max_length=40,
        help_text=_("It stands on a pay slip or a badge. Covered through somebody in your family? Theirs will do."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    month = forms.TypedChoiceField(
        label=_("Month"),
        coerce=int,
        choices=[("", "–"), *MONTHS.items()],
        widget=forms.Select(attrs={"autocomplete": "bday-month"}),
    )
    day = forms.IntegerField(
        label=_("Day"),
        min_value=1,
        max_value=31,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "bday-day", "maxlength": 2}),
    )
    year = forms.IntegerField(
        label=_("Year"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "bday-year", "maxlength": 4}),
    )
    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        help_text=_("The link goes there. Take one that nobody at work reads; your employer does not learn which."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def clean_code(self) -> str:
        """A slip of the pen shows by the check character, which tells nothing about any letter."""
        typed = self.cleaned_data["code"]
        if code := read_code(typed):
            return code
        count = len(characters_of(typed))
        if count != LENGTH:
            raise ValidationError(_("A code has 12 characters. Yours has %(count)d."), params={"count": count})
        raise ValidationError(_("One character is wrong: compare. There is no 0, 1, I, L or O in a code."))

    def clean_year(self) -> int:
        """In four figures, and somebody's who can be alive."""
        year: int = self.cleaned_data["year"]
        if not 0 <= clock.now().year - year <= OLDEST:
            raise ValidationError(_("Write the year in four figures, such as 1985."))
        return year

    def clean(self) -> dict[str, Any]:
        """The three parts are a day that has been."""
        told = super().clean() or self.cleaned_data
        if {"year", "month", "day"} <= told.keys():
            try:
                told["date_of_birth"] = date(told["year"], told["month"], told["day"])
            except ValueError:
                self.add_error("day", _("That month does not have so many days."))
            else:
                if told["date_of_birth"] > clock.now().date():
                    self.add_error("day", _("That day is still to come."))
        return told

    def said(self) -> dict[str, Any]:
        """Return it as services.receive names it; of a valid form."""
        names = ("code", "employee_number", "date_of_birth", "email")
        return {name: self.cleaned_data[name] for name in names}
