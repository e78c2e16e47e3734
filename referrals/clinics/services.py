"""Keeping the directory: signing a clinic, its prices, its capacity, its webhook address."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import product
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from benefits import facade as benefits
from referrals.clinics.models import Clinic, ClinicPrice, ClinicStatus
from referrals.clinics.queries import get_clinic
from referrals.clinics.rules import SessionKind, is_npi
from referrals.events import ClinicCapacityChanged, ClinicSigned
from workers.deliveries.queueing import register_endpoint
from workers.emails.queueing import queue_email
from workers.kernel.errors import DomainError, Invalid
from workers.outbox.publishing import publish


class BadNpi(Invalid):
    """The number fails its check digit."""

    code = "bad_npi"


class NpiTaken(DomainError):
    """A clinic with this NPI is in the directory already."""

    code = "npi_taken"


class IncompletePrices(Invalid):
    """A session that the clinic may be asked to give has no price."""

    code = "incomplete_prices"


class PriceSet(DomainError):
    """This price has a value for this date already: prices are not rewritten, a later date changes them."""

    code = "price_set"


@dataclass(frozen=True, kw_only=True)
class Price:
    """The list price in cents of one session."""

    kind: str
    route: str
    format: str
    cents: int


@dataclass(frozen=True, kw_only=True)
class NewEndpoint:
    """A clinic's address, the secrets that sign what it gets and what it sends, and where it sends its answers.

    Where ed25519 signs what it gets, `signing_secret` is the public key that verifies it.
    """

    id: UUID
    url: str
    signing_secret: str
    inbound_secret: str
    answer_url: str


@dataclass(frozen=True, kw_only=True)
class NewClinic:
    """What the operator verified about a clinic; codes as in rules.py, states and ZIP as the post writes them."""

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


def create(*, clinic: NewClinic, prices: Sequence[Price], now: datetime) -> Clinic:
    """Add a clinic with its price list, in effect from today where it is.

    Raises BadNpi, NpiTaken, and IncompletePrices: a course could not be priced otherwise.
    """
    if not is_npi(clinic.npi):
        raise BadNpi(f"{clinic.npi!r} is not an NPI: its check digit does not fit.")
    _require_prices(clinic, prices)
    row = Clinic(**asdict(clinic), signed_at=now)
    today = now.astimezone(ZoneInfo(clinic.timezone)).date()
    with transaction.atomic():
        _insert(row)
        ClinicPrice.objects.bulk_create(
            ClinicPrice(clinic=row, effective_on=today, **asdict(price)) for price in prices
        )
        publish(ClinicSigned(clinic_id=row.pk), about=row, now=now)
    return row


def set_price(*, clinic_id: UUID, price: Price, effective_on: date) -> ClinicPrice:
    """Change a price from a date on; courses keep the price they were planned with. Raises NotFound, PriceSet."""
    clinic = get_clinic(clinic_id)
    row = ClinicPrice(clinic=clinic, effective_on=effective_on, **asdict(price))
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise PriceSet(f"This price is set for {effective_on} already.") from None
    return row


def update_capacity(*, clinic_id: UUID, open_slots: int, now: datetime) -> Clinic:
    """Set how many more people a clinic can take, as it says. Raises NotFound, Invalid for a negative number."""
    if open_slots < 0:
        raise Invalid("open_slots is 0 or more.")
    with transaction.atomic():
        clinic = Clinic.locked(pk=clinic_id)
        if clinic.open_slots != open_slots:
            clinic.open_slots = open_slots
            clinic.save(update_fields=["open_slots"])
            publish(ClinicCapacityChanged(clinic_id=clinic.pk), about=clinic, now=now)
    return clinic


def set_status(*, clinic_id: UUID, status: str) -> Clinic:
    """Suspend a clinic, so that no more offers go to it, or make it active again. Raises NotFound, Invalid."""
    if status not in ClinicStatus.values:
        raise Invalid(f"A clinic's status is one of {', '.join(ClinicStatus.values)}.")
    with transaction.atomic():
        clinic = Clinic.locked(pk=clinic_id)
        clinic.status = status
        clinic.save(update_fields=["status"])
    return clinic


def take_slot(*, clinic_id: UUID) -> bool:
    """Take one open slot in the caller's transaction; False when none is left."""
    free = Clinic.objects.filter(pk=clinic_id, open_slots__gt=0)
    return free.update(open_slots=F("open_slots") - 1) == 1


def return_slot(*, clinic_id: UUID) -> None:
    """Give back a slot that was taken, in the caller's transaction."""
    Clinic.objects.filter(pk=clinic_id).update(open_slots=F("open_slots") + 1)


def add_endpoint(
    *,
    clinic_id: UUID,
    url: str,
    events: Sequence[str] = (),
    ordered: bool = False,
    signing: str = "hmac",
) -> NewEndpoint:
    """Register a clinic's webhook address with fresh secrets, for the types `events` of messages (none: all).

    Raises NotFound, BadEndpointUrl, UnknownEventType, EndpointTaken.
    """
    clinic = get_clinic(clinic_id)
    row = register_endpoint(owner_id=clinic.pk, url=url, events=events, ordered=ordered, signing=signing)
    return NewEndpoint(
        id=row.pk,
        url=row.url,
        signing_secret=row.signing_secrets[0],
        inbound_secret=row.inbound_secrets[0],
        answer_url=f"{settings.BASE_URL}/webhooks/clinics/{row.pk}/",
    )


def tell_of_disabled_endpoint(*, clinic_id: UUID, endpoint_id: UUID, event_id: UUID, now: datetime) -> None:
    """Mail a clinic's staff and the operators that nothing is sent to an address any more; once per event and person.

    Offers to the clinic fail while it has no other.
    """
    operators = benefits.list_operator_emails("care")
    for email in [*benefits.list_clinic_emails(clinic_id), *operators]:
        queue_email(
            key=f"endpoint-disabled/{event_id}/{email}",
            to=email,
            template="referrals/endpoint_disabled",
            context={"endpoint_id": endpoint_id},
            now=now,
        )


def _require_prices(clinic: NewClinic, prices: Sequence[Price]) -> None:
    """Each kind of session by each route and format on offer has exactly one price, and no other has."""
    given = [(price.kind, price.route, price.format) for price in prices]
    needed = set(product(SessionKind, clinic.routes, clinic.formats))
    missing = needed - set(given)
    if missing:
        raise IncompletePrices("Prices are missing.", errors=[_describe(key) for key in sorted(missing)])
    if len(given) != len(needed):
        raise IncompletePrices("A price is given twice, or for a route or format that the clinic does not offer.")


def _describe(key: tuple[str, str, str]) -> dict[str, str]:
    return {"field": "prices", "message": f"No price for {key[0]}, {key[1]}, {key[2]}."}


def _insert(row: Clinic) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise NpiTaken(f"A clinic with the NPI {row.npi} is in the directory already.") from None
