"""What members wish and operators note: the checks of each field."""

from typing import Any

from rest_framework import serializers

from referrals.clinics.rules import Format, Gender, Protocol, Route
from referrals.requests.models import Channel, Party
from referrals.requests.rules import Kind, Must, Times, Urgency
from workers.kernel.api import Input, Number

MAX_DISTANCE_KM = 5_000
MAX_CENTS = 10_000_000
MOST_PICKS = 10


class PreferencesInput(Input):
    """What the member wants; what is left out may be anything. Without `near` it is the member's home."""

    near = serializers.CharField(max_length=10, required=False)
    max_distance_km = Number(min_value=1, max_value=MAX_DISTANCE_KM, default=80)
    routes = serializers.ListField(child=serializers.ChoiceField(list(Route)), max_length=len(Route), default=list)
    protocol = serializers.ChoiceField(list(Protocol), required=False)
    format = serializers.ChoiceField(list(Format), required=False)
    language = serializers.CharField(max_length=40, required=False)
    therapist_gender = serializers.ChoiceField(list(Gender), required=False)
    times = serializers.ListField(child=serializers.ChoiceField(list(Times)), max_length=len(Times), default=list)
    max_price_cents = serializers.IntegerField(min_value=0, max_value=MAX_CENTS, required=False)
    must = serializers.ListField(child=serializers.ChoiceField(list(Must)), max_length=len(Must), default=list)
    clinics = serializers.ListField(child=serializers.UUIDField(), max_length=MOST_PICKS, default=list)
    then_others = serializers.BooleanField(default=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Each entry of a list once, in the order given; nobody else is asked only where somebody is named."""
        if not attrs["clinics"] and not attrs["then_others"]:
            raise serializers.ValidationError({"then_others": ["Name clinics, or let others be asked."]})
        lists = ("routes", "times", "must", "clinics")
        return attrs | {name: tuple(dict.fromkeys(attrs[name])) for name in lists}


class RequestInput(Input):
    """Asking for care."""

    screening_id = serializers.UUIDField()
    kind = serializers.ChoiceField(list(Kind), default=Kind.ASSISTED_THERAPY)
    preferences = PreferencesInput()


class WishesInput(Input):
    """Wishing otherwise; with `revision` only if nobody changed the request since."""

    revision = serializers.IntegerField(min_value=1, max_value=30_000, required=False)
    preferences = PreferencesInput()


class ReleaseInput(Input):
    """How soon the clinic has to answer; as before when left out."""

    urgency = serializers.ChoiceField(list(Urgency), required=False)


class ContactInput(Input):
    """Who was called or written to, and whether they were reached."""

    channel = serializers.ChoiceField(Channel.values)
    party = serializers.ChoiceField(Party.values)
    reached = serializers.BooleanField()


class NoteInput(Input):
    """A remark, or with `contact` a contact that was made."""

    text = serializers.CharField(max_length=4_000)
    contact = ContactInput(required=False)
