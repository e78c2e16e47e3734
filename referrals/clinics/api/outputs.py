"""How the directory is shown: to members, and to those who keep it."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from referrals.clinics.models import Clinic, ClinicCredential, ClinicPrice, Organization
from referrals.clinics.queries import ListPrice


class OrganizationOutput(serializers.ModelSerializer[Organization]):
    """Who runs a clinic."""

    class Meta:
        model = Organization
        fields = ("id", "name", "npi")


class ClinicOutput(serializers.ModelSerializer[Clinic]):
    """A clinic as members see it."""

    organization = OrganizationOutput()

    class Meta:
        model = Clinic
        fields = (
            "id",
            "name",
            "organization",
            "npi",
            "taxonomy",
            "street",
            "city",
            "state",
            "postal_code",
            "latitude",
            "longitude",
            "timezone",
            "languages",
            "routes",
            "protocols",
            "conditions",
            "formats",
            "states_served",
            "therapist_genders",
            "trauma_informed",
            "telehealth_preparation",
            "telehealth_integration",
            "offers_sliding_scale",
            "has_medical_overseer",
        )


class NearOutput(ClinicOutput):
    """A clinic of a search; the distance is a straight line from where the search was made.

    `list_price_cents` is that of the session `kind` that was asked for, `own_price_cents` what of it is left to the
    member (before deductible, caps and subsidies: the quote says exactly), `soonest_opening_on` the first day with
    opening hours on which it takes somebody new.
    """

    distance_km = serializers.FloatField()
    has_open_slots = serializers.SerializerMethodField()
    list_price_cents = serializers.IntegerField(allow_null=True)
    own_price_cents = serializers.IntegerField(allow_null=True)
    soonest_opening_on = serializers.DateField(allow_null=True)

    class Meta(ClinicOutput.Meta):
        fields = (  # type: ignore[assignment] # more than the base's
            *ClinicOutput.Meta.fields,
            "distance_km",
            "has_open_slots",
            "list_price_cents",
            "own_price_cents",
            "soonest_opening_on",
        )

    def get_has_open_slots(self, clinic: Clinic) -> bool:
        """Whether it can take anybody now; how many is the clinic's own business."""
        return clinic.open_slots > 0


class CountsOutput(serializers.Serializer[Any]):
    """How many clinics a search finds, and how many of these have each value of each facet."""

    total = serializers.IntegerField()
    facets = serializers.DictField(child=serializers.DictField(child=serializers.IntegerField()))


class HoursOutput(serializers.Serializer[Any]):
    """Open from `opens` until `closes` on a weekday (1 is Monday), on the clinic's clocks."""

    weekday = serializers.IntegerField()
    opens = serializers.TimeField(format="%H:%M")
    closes = serializers.TimeField(format="%H:%M")


class ListPriceOutput(serializers.Serializer[ListPrice]):
    """What a session costs today."""

    kind = serializers.CharField()
    route = serializers.CharField()
    format = serializers.CharField()
    cents = serializers.IntegerField()


class OneClinicOutput(ClinicOutput):
    """A clinic with its opening hours and what it charges today."""

    hours = serializers.SerializerMethodField()
    prices = serializers.SerializerMethodField()

    class Meta(ClinicOutput.Meta):
        fields = (*ClinicOutput.Meta.fields, "hours", "prices")  # type: ignore[assignment] # more

    @extend_schema_field(HoursOutput(many=True))
    def get_hours(self, clinic: Clinic) -> Any:
        """By weekday and time."""
        return HoursOutput(clinic.hours.order_by("weekday", "opens"), many=True).data

    @extend_schema_field(ListPriceOutput(many=True))
    def get_prices(self, clinic: Clinic) -> Any:
        """By kind, route and format."""
        return ListPriceOutput(self.context["prices"], many=True).data


class CredentialOutput(serializers.ModelSerializer[ClinicCredential]):
    """A licence, registration or cover."""

    class Meta:
        model = ClinicCredential
        fields = ("id", "kind", "identifier", "issuer", "state", "expires_on", "recorded_at", "withdrawn_at")


class KeptOutput(OneClinicOutput):
    """A clinic as the operator keeps it, and as it sees itself."""

    credentials = serializers.SerializerMethodField()
    warnings = serializers.SerializerMethodField()

    class Meta(OneClinicOutput.Meta):
        fields = (  # type: ignore[assignment] # more than the base's
            *OneClinicOutput.Meta.fields,
            "status",
            "suspended_at",
            "open_slots",
            "accepts_from",
            "credentials_valid_until",
            "credentials",
            "kap_training_hours",
            "sessions_facilitated",
            "medical_overseer",
            "medical_overseer_npi",
            "signed_at",
            "warnings",
        )

    @extend_schema_field(CredentialOutput(many=True))
    def get_credentials(self, clinic: Clinic) -> Any:
        """By kind, the longest first; withdrawn ones are left out."""
        on_file = clinic.credentials.filter(withdrawn_at=None).order_by("kind", "-expires_on", "id")
        return CredentialOutput(on_file, many=True).data

    def get_warnings(self, clinic: Clinic) -> list[str]:
        """What the NPI registry says otherwise, for a person to look at; to operators."""
        found: list[str] = self.context.get("warnings", [])
        return found


class PriceOutput(serializers.ModelSerializer[ClinicPrice]):
    """A price from a date on, until before `ends_on`."""

    class Meta:
        model = ClinicPrice
        fields = ("id", "kind", "route", "format", "cents", "effective_on", "ends_on")
