"""Signing clinics: the place with its organisation, prices, credentials and opening hours, in one step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from referrals.clinics.models import Clinic, ClinicHours, ClinicPrice, Organization
from referrals.clinics.queries import require_us
from referrals.clinics.rules import is_npi, is_taxonomy
from referrals.clinics.rules.hours import OFFICE, Hours
from referrals.clinics.rules.standing import CredentialKind
from referrals.clinics.services import credentials, hours
from referrals.clinics.services.credentials import NewCredential
from referrals.clinics.services.prices import Price, require_complete
from referrals.clinics.services.standing import settle
from referrals.events import ClinicSigned
from workers.kernel.errors import DomainError, Invalid, NotFound
from workers.outbox.publishing import publish_all


class BadNpi(Invalid):
    """The number fails its check digit."""

    code = "bad_npi"


class NpiTaken(DomainError):
    """A clinic with this NPI is in the directory already."""

    code = "npi_taken"


class BadTaxonomy(Invalid):
    """Not the form of the NUCC's Health Care Provider Taxonomy."""

    code = "bad_taxonomy"


@dataclass(frozen=True, kw_only=True)
class NewClinic:
    """What the operator verified about a clinic; codes as in rules, states and ZIP as the post writes them.

    Without `organization_id` it is a practice of its own, named like the clinic. The licence and the malpractice cover
    are the two credentials that every clinic has; `credentials` are further ones. No `hours` means office hours.
    """

    name: str
    npi: str
    street: str
    city: str
    state: str
    postal_code: str
    latitude: float
    longitude: float
    timezone: str
    languages: Sequence[str]
    routes: Sequence[str]
    protocols: Sequence[str]
    conditions: Sequence[str]
    formats: Sequence[str]
    states_served: Sequence[str]
    open_slots: int
    licence_expires_on: date
    malpractice_expires_on: date
    kap_training_hours: int
    sessions_facilitated: int
    has_medical_overseer: bool
    organization_id: UUID | None = None
    taxonomy: str = ""
    licence_number: str = ""
    malpractice_number: str = ""
    medical_overseer: str = ""
    medical_overseer_npi: str = ""
    therapist_genders: Sequence[str] = ()
    trauma_informed: bool = False
    telehealth_preparation: bool = False
    telehealth_integration: bool = False
    offers_sliding_scale: bool = False
    accepts_from: date | None = None
    hours: Sequence[Hours] = ()
    credentials: Sequence[NewCredential] = ()


Signing = tuple[NewClinic, Sequence[Price]]

# What of it is a column of the clinic; the rest are rows beside it.
COLUMNS = tuple(
    name
    for name in NewClinic.__dataclass_fields__
    if name not in ("licence_expires_on", "malpractice_expires_on", "licence_number", "malpractice_number", "hours")
    and name != "credentials"
)


def create(*, clinic: NewClinic, prices: Sequence[Price], now: datetime) -> Clinic:
    """Add a clinic with its price list, in effect from today where it is.

    Raises BadNpi, BadTaxonomy, NpiTaken, OutsideTheUs, ImpossibleHours, NotFound for an unknown organisation, Invalid,
    and IncompletePrices: a course could not be priced otherwise.
    """
    [row] = create_all([(clinic, prices)], now=now)
    return row


def create_all(signings: Sequence[Signing], *, now: datetime) -> list[Clinic]:
    """Add clinics, all or none of them. Raises as `create`."""
    for clinic, prices in signings:
        check(clinic)
        require_complete(clinic.routes, clinic.formats, prices)
    with transaction.atomic():
        rows = _insert([_row(clinic, now) for clinic, _ in signings])
        pairs = list(zip(rows, signings, strict=True))
        ClinicPrice.objects.bulk_create(chain.from_iterable(_prices(row, prices, now) for row, (_, prices) in pairs))
        ClinicHours.objects.bulk_create(chain.from_iterable(_hours(row, clinic) for row, (clinic, _) in pairs))
        given = [(row, credential) for row, (clinic, _) in pairs for credential in credentials_of(clinic)]
        credentials.record(given, now=now)
        credentials.keep_validity(rows)
        publish_all([(ClinicSigned(clinic_id=row.pk), row) for row in rows], now=now)
        for row in rows:
            settle(row, now=now)
    return rows


def check(clinic: NewClinic) -> None:
    """Refuse what is wrong by itself. Raises BadNpi, BadTaxonomy, OutsideTheUs, ImpossibleHours, Invalid."""
    check_facts(clinic)
    require_us(clinic.latitude, clinic.longitude)
    hours.checked(clinic.hours)
    for credential in credentials_of(clinic):
        credentials.check(credential)


def check_facts(clinic: NewClinic | Clinic) -> None:
    """Refuse numbers that cannot be, and an overseer who is none. Raises BadNpi, BadTaxonomy, Invalid."""
    for npi in (clinic.npi, *filter(None, (clinic.medical_overseer_npi,))):
        if not is_npi(npi):
            raise BadNpi(f"{npi!r} is not an NPI: its check digit does not fit.")
    if clinic.taxonomy and not is_taxonomy(clinic.taxonomy):
        raise BadTaxonomy(f"{clinic.taxonomy!r} is not a taxonomy code: nine letters or digits, then an X.")
    if (clinic.medical_overseer or clinic.medical_overseer_npi) and not clinic.has_medical_overseer:
        raise Invalid("A medical overseer is named: then has_medical_overseer is true.")


def credentials_of(clinic: NewClinic) -> list[NewCredential]:
    """All credentials that are given of a clinic, each once."""
    licence = NewCredential(
        kind=CredentialKind.STATE_LICENCE,
        identifier=clinic.licence_number,
        state=clinic.state,
        expires_on=clinic.licence_expires_on,
    )
    malpractice = NewCredential(
        kind=CredentialKind.MALPRACTICE,
        identifier=clinic.malpractice_number,
        expires_on=clinic.malpractice_expires_on,
    )
    given = (licence, malpractice, *clinic.credentials)
    return list({(one.kind, one.identifier, one.state, one.expires_on): one for one in given}.values())


def columns_of(clinic: NewClinic) -> dict[str, Any]:
    """What of a new clinic is a column of its row."""
    return {name: _listed(getattr(clinic, name)) for name in COLUMNS}


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _row(clinic: NewClinic, now: datetime) -> Clinic:
    row = Clinic(**columns_of(clinic), signed_at=now)
    if clinic.organization_id is None:
        row.organization = Organization(name=clinic.name)
    return row


def _insert(rows: Sequence[Clinic]) -> list[Clinic]:
    own = [row.organization for row in rows if Clinic.organization.is_cached(row)]
    named = {row.organization_id for row in rows} - {one.pk for one in own}
    if Organization.objects.filter(pk__in=named).count() != len(named):
        raise NotFound("There is no such organisation.")
    Organization.objects.bulk_create(own)
    try:
        with transaction.atomic():
            return Clinic.objects.bulk_create(rows)
    except IntegrityError:
        npis = ", ".join(row.npi for row in rows[:3])
        raise NpiTaken(f"A clinic with the NPI {npis} is in the directory already.") from None


def _prices(row: Clinic, prices: Sequence[Price], now: datetime) -> list[ClinicPrice]:
    today = now.astimezone(ZoneInfo(row.timezone)).date()
    return [
        ClinicPrice(
            clinic=row, effective_on=today, kind=price.kind, route=price.route, format=price.format, cents=price.cents
        )
        for price in prices
    ]


def _hours(row: Clinic, clinic: NewClinic) -> list[ClinicHours]:
    return hours.rows(row, hours.checked(clinic.hours or OFFICE))
