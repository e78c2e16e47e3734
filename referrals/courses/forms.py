"""Checking what members and clinics tell about times."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any, TypeVar

import msgspec
from django import forms
from rest_framework import serializers

from referrals.courses.rules.calendars import Closure, Therapist, WeeklyHours
from workers.kernel.api import Input
from workers.kernel.errors import Invalid

T = TypeVar("T")
MOST_ENTRIES = 200
MOST_REVISIONS = 2**31 - 2  # of a column of integers
LONGEST = timedelta(days=366 * 2)


def _entries() -> serializers.ListField:
    return serializers.ListField(child=serializers.DictField(), max_length=MOST_ENTRIES)


class MoveInput(Input):
    """Another time for a session."""

    starts_at = serializers.DateTimeField()


class TimesInput(Input):
    """From which of the clinic's days on free times are wanted; from today where none is given."""

    since = serializers.DateField(required=False, default=None)


class SeenInput(Input):
    """The `version` of the session that was read; a newer one refuses what was meant for it."""

    version = serializers.IntegerField(required=False, min_value=0, default=None)


class SuggestionAnswerInput(SeenInput):
    """Yes or no to the time that is suggested."""

    accept = serializers.BooleanField()


class TherapistInput(Input):
    """A therapist of the clinic's calendar, by code."""

    therapist = serializers.CharField(max_length=40)


class CalendarInput(Input):
    """A clinic's whole calendar, as it is to be; `revision` is the one that was read."""

    revision = serializers.IntegerField(min_value=0, max_value=MOST_REVISIONS)
    closed_on_holidays = serializers.BooleanField()
    closures = _entries()
    therapists = _entries()
    windows = serializers.DictField(child=serializers.CharField(max_length=40))

    def read(self) -> dict[str, Any]:
        """Return what was sent, typed. Raises Invalid, which names the entry."""
        data = dict(self.validated_data)
        return data | {
            "closures": _read("closures", data["closures"], Closure),
            "therapists": _read("therapists", data["therapists"], Therapist),
        }


class AvailabilityInput(Input):
    """When a member can come: weekly hours (none: at any time), and dates on which they are away."""

    weekly = _entries()
    away = _entries()

    def read(self) -> dict[str, Any]:
        """Return what was sent, typed. Raises Invalid, which names the entry."""
        data = self.validated_data
        return {
            "weekly": _read("weekly", [_with_seconds(one) for one in data["weekly"]], WeeklyHours),
            "away": _read("away", data["away"], Closure),
        }


class Act(StrEnum):
    """What a member can do about a session on its page."""

    TAKE = "take"  # the suggested time
    KEEP = "keep"  # the agreed time
    CALL_OFF = "call_off"
    MAKE_UP = "make_up"  # another one in place of one that did not take place


class ActForm(forms.Form):
    """A button of the page, beside the session as the page showed it."""

    session_id = forms.UUIDField()
    version = forms.IntegerField(min_value=0)
    act = forms.ChoiceField(choices=[(act, act) for act in Act])


class TimesForm(forms.Form):
    """From which day on the page of free times shows days, and of which day the times."""

    since = forms.DateField(required=False)
    day = forms.DateField(required=False)


class TakeForm(forms.Form):
    """One of the free times."""

    starts_at = forms.DateTimeField()


class PeriodInput(Input):
    """From a date to another, the last not included; UTC."""

    since = serializers.DateField()
    until = serializers.DateField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what ends before it begins, or is longer than two years."""
        if not timedelta() < attrs["until"] - attrs["since"] <= LONGEST:
            raise serializers.ValidationError({"until": ["A period ends after it begins, within two years."]})
        return attrs

    def instants(self) -> dict[str, datetime]:
        """Return both as instants."""
        return {name: datetime.combine(self.validated_data[name], time(), UTC) for name in ("since", "until")}


def _read(name: str, documents: Sequence[Any], kind: type[T]) -> tuple[T, ...]:
    found, errors = [], []
    for number, document in enumerate(documents):
        try:
            found.append(msgspec.convert(document, kind))
        except msgspec.ValidationError as error:
            errors.append({"field": f"{name}.{number}", "message": str(error)})
    if errors:
        raise Invalid(f"{name}: some entries are wrong.", errors=errors)
    return tuple(found)


def _with_seconds(document: dict[str, Any]) -> dict[str, Any]:
    """People write 09:00, and ISO 8601 would have the seconds, too."""
    return {name: f"{value}:00" if _is_short_time(value) else value for name, value in document.items()}


def _is_short_time(value: object) -> bool:
    return isinstance(value, str) and len(value) == len("09:00")
