"""What the directory is told and asked: the checks of each field."""

from datetime import date
from typing import Any
from zoneinfo import available_timezones

from rest_framework import serializers

from referrals.clinics.models import ClinicStatus
from referrals.clinics.models.prices import MOST_CENTS
from referrals.clinics.queries import Place, Sort, locate, require_us
from referrals.clinics.rules import Format, Gender, Protocol, Route, SessionKind
from referrals.clinics.rules.geography import distance_km
from referrals.clinics.rules.reading import FARTHEST_FROM_ZIP_KM
from referrals.clinics.rules.standing import CredentialKind
from workers.kernel.api import Input, Number

MAX_DISTANCE_KM = 5_000  # across the country
NEAR_KM = 100  # how far a search looks that says nothing of it, unless it names a clinic
LAST_DAY = date(2100, 12, 31)


class Codes(serializers.ListField):
    """One or more codes of an enumeration, each once."""

    def __init__(self, codes: Any = None, *, min_length: int = 1, **kwargs: Any) -> None:
        child = serializers.ChoiceField(list(codes)) if codes else serializers.CharField(max_length=40)
        super().__init__(child=child, min_length=min_length, max_length=60, **kwargs)

    def to_internal_value(self, data: Any) -> list[str]:
        """Drop repeats, keep the order."""
        return list(dict.fromkeys(super().to_internal_value(data)))


class Day(serializers.DateField):
    """A day of this century."""

    def to_internal_value(self, value: Any) -> date:
        """Raises ValidationError for a day that nobody can mean."""
        day = super().to_internal_value(value)
        if not date(2000, 1, 1) <= day <= LAST_DAY:
            raise serializers.ValidationError(f"Give a day between 2000-01-01 and {LAST_DAY}.")
        return day


class PriceInput(Input):
    """The list price of one kind of session."""

    kind = serializers.ChoiceField(list(SessionKind))
    route = serializers.ChoiceField(list(Route))
    format = serializers.ChoiceField(list(Format))
    cents = serializers.IntegerField(min_value=0, max_value=MOST_CENTS)


class DatedPriceInput(PriceInput):
    """A price and the date, where the clinic is, from which it holds."""

    effective_on = Day()


class HoursInput(Input):
    """Open from `opens` until `closes`, wall time, on a weekday (ISO: 1 is Monday)."""

    weekday = serializers.IntegerField(min_value=1, max_value=7)
    opens = serializers.TimeField(format="%H:%M")
    closes = serializers.TimeField(format="%H:%M")


class WeekInput(Input):
    """A clinic's opening hours, all of them."""

    hours = HoursInput(many=True, max_length=50)  # type: ignore[call-arg] # of the list


class CredentialInput(Input):
    """A licence, registration or cover, in force through `expires_on`."""

    kind = serializers.ChoiceField(list(CredentialKind))
    expires_on = Day()
    identifier = serializers.CharField(max_length=60, default="", allow_blank=True)
    issuer = serializers.CharField(max_length=120, default="", allow_blank=True)
    state = serializers.RegexField(r"\A([A-Z]{2})?\Z", default="", allow_blank=True)


class ClinicInput(Input):
    """What the operator verified about a clinic. Without coordinates it is put in the middle of its ZIP code."""

    name = serializers.CharField(max_length=200)
    npi = serializers.CharField(max_length=10)
    organization_id = serializers.UUIDField(required=False, allow_null=True)
    taxonomy = serializers.CharField(max_length=10, required=False, allow_blank=True)
    street = serializers.CharField(max_length=200)
    city = serializers.CharField(max_length=100)
    state = serializers.RegexField(r"\A[A-Z]{2}\Z")
    postal_code = serializers.RegexField(r"\A\d{5}\Z")
    latitude = Number(min_value=-90, max_value=90, required=False)
    longitude = Number(min_value=-180, max_value=180, required=False)
    timezone = serializers.CharField(max_length=64)
    languages = Codes()
    routes = Codes(Route)
    protocols = Codes(Protocol)
    conditions = Codes()
    formats = Codes(Format)
    states_served = serializers.ListField(child=serializers.RegexField(r"\A[A-Z]{2}\Z"), min_length=1, max_length=60)
    therapist_genders = Codes(Gender, min_length=0, required=False)
    trauma_informed = serializers.BooleanField(required=False)
    telehealth_preparation = serializers.BooleanField(required=False)
    telehealth_integration = serializers.BooleanField(required=False)
    offers_sliding_scale = serializers.BooleanField(required=False)
    open_slots = serializers.IntegerField(min_value=0, max_value=10_000)
    accepts_from = Day(required=False, allow_null=True)
    licence_number = serializers.CharField(max_length=60, required=False, allow_blank=True)
    licence_expires_on = Day()
    malpractice_number = serializers.CharField(max_length=60, required=False, allow_blank=True)
    malpractice_expires_on = Day()
    credentials = CredentialInput(many=True, required=False, max_length=50)  # type: ignore[call-arg] # of the list
    kap_training_hours = serializers.IntegerField(min_value=0, max_value=100_000)
    sessions_facilitated = serializers.IntegerField(min_value=0, max_value=1_000_000)
    has_medical_overseer = serializers.BooleanField()
    medical_overseer = serializers.CharField(max_length=200, required=False, allow_blank=True)
    medical_overseer_npi = serializers.CharField(max_length=10, required=False, allow_blank=True)
    hours = HoursInput(many=True, required=False, max_length=50)  # type: ignore[call-arg] # of the list
    prices = PriceInput(many=True, max_length=500)  # type: ignore[call-arg] # of the list

    def validate_timezone(self, name: str) -> str:
        """Only names of the IANA database."""
        if name not in available_timezones():
            raise serializers.ValidationError("This is not a time zone of the IANA database.")
        return name

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The ZIP code exists, in the state that the address names, and the point lies near it."""
        place = locate(attrs["postal_code"])
        if place.state != attrs["state"]:
            raise serializers.ValidationError({"postal_code": ["This ZIP code lies in another state."]})
        point = {"latitude": place.latitude, "longitude": place.longitude} | attrs
        if not lies_near(place, point["latitude"], point["longitude"]):
            message = f"This is more than {FARTHEST_FROM_ZIP_KM} km from ZIP code {place.postal_code}: check the signs."
            raise serializers.ValidationError({"latitude": [message], "longitude": [message]})
        return point


def lies_near(place: Place, latitude: float, longitude: float) -> bool:
    """Whether an address can be at a point, given its ZIP code."""
    return distance_km((place.latitude, place.longitude), (latitude, longitude)) <= FARTHEST_FROM_ZIP_KM


class Search(Input):
    """What a member looks for: near a ZIP code (`near`) or a point, with what; `sort` as in queries.Sort."""

    near = serializers.CharField(max_length=10, required=False)
    latitude = Number(min_value=-90, max_value=90, required=False)
    longitude = Number(min_value=-180, max_value=180, required=False)
    max_distance_km = Number(min_value=1, max_value=MAX_DISTANCE_KM, required=False)
    route = serializers.ChoiceField(list(Route), required=False)
    protocol = serializers.ChoiceField(list(Protocol), required=False)
    format = serializers.ChoiceField(list(Format), required=False)
    language = serializers.CharField(max_length=40, required=False)
    condition = serializers.CharField(max_length=40, required=False)
    gender = serializers.ChoiceField(list(Gender), required=False)
    state = serializers.RegexField(r"\A[A-Z]{2}\Z", required=False)
    trauma_informed = serializers.BooleanField(required=False)
    sliding_scale = serializers.BooleanField(required=False)
    telehealth_preparation = serializers.BooleanField(required=False)
    telehealth_integration = serializers.BooleanField(required=False)
    medical_overseer = serializers.BooleanField(required=False)
    has_open_slots = serializers.BooleanField(required=False)
    name = serializers.CharField(max_length=100, required=False)
    kind = serializers.ChoiceField(list(SessionKind), required=False)
    max_price_cents = serializers.IntegerField(min_value=0, max_value=MOST_CENTS, required=False)
    sort = serializers.ChoiceField(list(Sort), required=False)
    cursor = serializers.CharField(max_length=300, required=False)
    page_size = serializers.IntegerField(min_value=1, max_value=200, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One place, and what the order needs; a search by name looks everywhere and puts the best match first."""
        _require_one_place(attrs)
        needed = {Sort.PRICE: "kind", Sort.MATCH: "name"}.get(attrs.get("sort"))  # type: ignore[arg-type] # or none
        if needed and needed not in attrs:
            raise serializers.ValidationError({needed: ["This order needs it."]})
        if "max_price_cents" in attrs and "kind" not in attrs:
            raise serializers.ValidationError({"kind": ["Say of which session max_price_cents is the price."]})
        named = "name" in attrs
        default = {"sort": Sort.MATCH, "max_distance_km": MAX_DISTANCE_KM} if named else {"max_distance_km": NEAR_KM}
        return default | attrs | _point(attrs)


def _require_one_place(attrs: dict[str, Any]) -> None:
    given = {"near", "latitude", "longitude"} & set(attrs)
    if given not in ({"near"}, {"latitude", "longitude"}):
        raise serializers.ValidationError({"near": ["Give a ZIP code, or latitude and longitude instead."]})


def _point(attrs: dict[str, Any]) -> dict[str, float]:
    """Raises UnknownPostalCode, PostalCodeWithoutPlace, OutsideTheUs."""
    if "near" in attrs:
        place = locate(attrs["near"])
        return {"latitude": place.latitude, "longitude": place.longitude}
    require_us(attrs["latitude"], attrs["longitude"])
    return {}


class ChangeInput(ClinicInput):
    """What an operator changes about a clinic, each by itself; prices, hours and credentials have their own doors."""

    status = serializers.ChoiceField([ClinicStatus.ACTIVE, ClinicStatus.SUSPENDED], required=False)

    def get_fields(self) -> dict[str, Any]:
        """Nothing that is a row beside the clinic's, and not its NPI: another number is another clinic."""
        fields = super().get_fields()
        return {name: field for name, field in fields.items() if name not in _NOT_CHANGED}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """An address is changed as a whole."""
        if not {*_ADDRESS, "latitude", "longitude"} & set(attrs):
            return attrs
        missing = [name for name in _ADDRESS if name not in attrs]
        if missing:
            raise serializers.ValidationError({name: ["Give the whole address."] for name in missing})
        return super().validate(attrs)


_ADDRESS = ("street", "city", "state", "postal_code")
_NOT_CHANGED = {
    *("npi", "prices", "hours", "credentials"),
    *("licence_number", "licence_expires_on", "malpractice_number", "malpractice_expires_on"),
}


class OrganizationInput(Input):
    """Who runs clinics."""

    name = serializers.CharField(max_length=200)
    npi = serializers.CharField(max_length=10, required=False, allow_null=True)


class EndpointInput(Input):
    """Where a clinic receives webhooks, of which types (none: all), in order or not, and how they are signed."""

    url = serializers.CharField(max_length=500)
    events = serializers.ListField(child=serializers.CharField(max_length=60), max_length=100, required=False)
    ordered = serializers.BooleanField(default=False)
    signing = serializers.ChoiceField(["hmac", "ed25519"], default="hmac")
