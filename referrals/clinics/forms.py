"""What the directory is told and asked: the checks of each field."""

from typing import Any
from zoneinfo import available_timezones

from rest_framework import serializers

from referrals.clinics.models import ClinicStatus
from referrals.clinics.queries import locate
from referrals.clinics.rules import Format, Protocol, Route, SessionKind
from workers.kernel.api import Input, Number

MAX_CENTS = 10_000_000  # $100,000 for one session is a slip of the keyboard
MAX_DISTANCE_KM = 5_000  # across the country


class Codes(serializers.ListField):
    """One or more codes of an enumeration, each once."""

    def __init__(self, codes: Any = None, **kwargs: Any) -> None:
        child = serializers.ChoiceField(list(codes)) if codes else serializers.CharField(max_length=40)
        super().__init__(child=child, min_length=1, max_length=60, **kwargs)

    def to_internal_value(self, data: Any) -> list[str]:
        """Drop repeats, keep the order."""
        return list(dict.fromkeys(super().to_internal_value(data)))


class PriceInput(Input):
    """The list price of one kind of session."""

    kind = serializers.ChoiceField(list(SessionKind))
    route = serializers.ChoiceField(list(Route))
    format = serializers.ChoiceField(list(Format))
    cents = serializers.IntegerField(min_value=0, max_value=MAX_CENTS)


class DatedPriceInput(PriceInput):
    """A price and the date, where the clinic is, from which it holds."""

    effective_on = serializers.DateField()


class ClinicInput(Input):
    """What the operator verified about a clinic."""

    name = serializers.CharField(max_length=200)
    npi = serializers.CharField(max_length=10)
    street = serializers.CharField(max_length=200)
    city = serializers.CharField(max_length=100)
    state = serializers.RegexField(r"\A[A-Z]{2}\Z")
    postal_code = serializers.RegexField(r"\A\d{5}\Z")
    latitude = Number(min_value=-90, max_value=90)
    longitude = Number(min_value=-180, max_value=180)
    timezone = serializers.CharField(max_length=64)
    languages = Codes()
    routes = Codes(Route)
    protocols = Codes(Protocol)
    conditions = Codes()
    formats = Codes(Format)
    states_served = serializers.ListField(child=serializers.RegexField(r"\A[A-Z]{2}\Z"), min_length=1, max_length=60)
    open_slots = serializers.IntegerField(min_value=0, max_value=10_000)
    licence_expires_on = serializers.DateField()
    malpractice_expires_on = serializers.DateField()
    kap_training_hours = serializers.IntegerField(min_value=0, max_value=100_000)
    sessions_facilitated = serializers.IntegerField(min_value=0, max_value=1_000_000)
    has_medical_overseer = serializers.BooleanField()
    prices = PriceInput(many=True, max_length=500)  # type: ignore[call-arg] # of the list

    def validate_timezone(self, name: str) -> str:
        """Only names of the IANA database."""
        if name not in available_timezones():
            raise serializers.ValidationError("This is not a time zone of the IANA database.")
        return name

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The ZIP code exists, and in the state that the address names."""
        if locate(attrs["postal_code"]).state != attrs["state"]:
            raise serializers.ValidationError({"postal_code": ["This ZIP code lies in another state."]})
        return attrs


class Search(Input):
    """What a member looks for."""

    near = serializers.CharField(max_length=10)
    max_distance_km = Number(min_value=1, max_value=MAX_DISTANCE_KM, default=100)
    route = serializers.ChoiceField(list(Route), required=False)
    protocol = serializers.ChoiceField(list(Protocol), required=False)
    format = serializers.ChoiceField(list(Format), required=False)
    language = serializers.CharField(max_length=40, required=False)
    cursor = serializers.CharField(max_length=300, required=False)
    page_size = serializers.IntegerField(min_value=1, max_value=200, required=False)


class StatusInput(Input):
    """What an operator changes about a clinic."""

    status = serializers.ChoiceField(ClinicStatus.values)


class EndpointInput(Input):
    """Where a clinic receives webhooks, of which types (none: all), in order or not, and how they are signed."""

    url = serializers.CharField(max_length=500)
    events = serializers.ListField(child=serializers.CharField(max_length=60), max_length=100, required=False)
    ordered = serializers.BooleanField(default=False)
    signing = serializers.ChoiceField(["hmac", "ed25519"], default="hmac")
