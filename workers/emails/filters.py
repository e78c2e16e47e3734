"""The filters of e-mail templates that differ from Django's: none of them turns a missing value into nothing."""

from datetime import datetime

from django import template
from django.template.defaultfilters import date as date_of
from django.utils import timezone

from workers.emails.catalogue import MissingValue

register = template.Library()


@register.filter
def date(value: object, form: str) -> str:
    """An instant as the reader's clocks and calendar show it. Raises MissingValue for none."""
    if not isinstance(value, datetime):
        raise MissingValue(f"There is no date to show as {form!r}.")
    return str(date_of(value.astimezone(timezone.get_current_timezone()), form))
