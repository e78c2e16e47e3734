"""Directory files, and what is known of the clinics that they name."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from referrals.clinics.models import Clinic, ClinicCredential, ClinicFile, ClinicHours, ClinicPrice
from referrals.clinics.queries.places import PostalCodeWithoutPlace, UnknownPostalCode, locate
from referrals.clinics.rules.hours import Hours
from referrals.clinics.rules.reading import Known
from workers.kernel.errors import NotFound

SessionKey = tuple[str, str, str]
CredentialKey = tuple[str, str, str, date]


@dataclass(kw_only=True)
class OnFile:
    """A clinic with the prices, in cents, that hold from tomorrow where it is, its credentials and its hours."""

    clinic: Clinic
    prices: dict[SessionKey, int] = field(default_factory=dict)
    credentials: set[CredentialKey] = field(default_factory=set)
    hours: tuple[Hours, ...] = ()


def list_files() -> QuerySet[ClinicFile]:
    """Return the files, newest first."""
    return ClinicFile.objects.order_by("-id")


def get_file(file_id: UUID) -> ClinicFile:
    """Return a file. Raises NotFound."""
    file = ClinicFile.objects.filter(pk=file_id).first()
    if file is None:
        raise NotFound("There is no such directory file.")
    return file


def tomorrow(clinic: Clinic, now: datetime) -> date:
    """The day after today, where a clinic is."""
    return now.astimezone(ZoneInfo(clinic.timezone)).date() + timedelta(days=1)


def on_file(npis: Collection[str], now: datetime, *, for_change: bool = False) -> dict[str, OnFile]:
    """Return what is known of each of these clinics, by NPI, in four queries; `for_change` locks the clinics' rows."""
    clinics = Clinic.objects.filter(npi__in=npis).prefetch_related("organization").order_by("id")
    if for_change:
        clinics = clinics.select_for_update(of=("self",))
    known = {clinic.pk: OnFile(clinic=clinic) for clinic in clinics}
    for price in ClinicPrice.objects.filter(clinic__in=known):
        holds_from = tomorrow(known[price.clinic_id].clinic, now)
        if price.effective_on <= holds_from and (price.ends_on is None or price.ends_on > holds_from):
            known[price.clinic_id].prices[price.kind, price.route, price.format] = price.cents
    for row in ClinicCredential.objects.filter(clinic__in=known, withdrawn_at=None):
        known[row.clinic_id].credentials.add((row.kind, row.identifier, row.state, row.expires_on))
    for clinic_id, hours in _hours(known).items():
        known[clinic_id].hours = hours
    return {one.clinic.npi: one for one in known.values()}


def known_place(postal_code: str) -> Known | None:
    """Where a ZIP code lies, for rules.reading; None for one that lies nowhere."""
    try:
        place = locate(postal_code)
    except (UnknownPostalCode, PostalCodeWithoutPlace):
        return None
    return Known(state=place.state, centre=(place.latitude, place.longitude), timezone=place.timezone)


def _hours(clinic_ids: Collection[UUID]) -> dict[UUID, tuple[Hours, ...]]:
    found = defaultdict(list)
    for row in ClinicHours.objects.filter(clinic__in=clinic_ids).order_by("weekday", "opens"):
        found[row.clinic_id].append(Hours(weekday=row.weekday, opens=row.opens, closes=row.closes))
    return {clinic_id: tuple(hours) for clinic_id, hours in found.items()}
