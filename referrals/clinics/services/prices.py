"""Price lists: complete when a clinic is signed, changed from a date on, never rewritten."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import product
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from referrals.clinics.models import ClinicPrice
from referrals.clinics.queries import ListPrice, get_clinic
from referrals.clinics.rules import SessionKind
from referrals.clinics.services.standing import lock
from workers.kernel.errors import DomainError, Invalid


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


def set_price(*, clinic_id: UUID, price: Price, effective_on: date) -> ClinicPrice:
    """Change a price from a date on; courses keep the price they were planned with.

    The price that held on that date ends then, and the new one holds until the next that was set for later.
    Raises NotFound, ClinicIsArchived, PriceSet.
    """
    with transaction.atomic():
        lock(clinic_id)
        return _set(clinic_id, price, effective_on)


def announce_price(*, clinic_id: UUID, price: Price, effective_on: date, now: datetime) -> ClinicPrice:
    """Let a clinic change a price of its own from a later day on: what was agreed until then stays as it was.

    Raises as `set_price`, and Invalid for today or a day that is over, by the clinic's own clock.
    """
    clinic = get_clinic(clinic_id)
    if effective_on <= now.astimezone(ZoneInfo(clinic.timezone)).date():
        raise Invalid("A clinic announces a price from tomorrow on, or later: effective_on is too early.")
    return set_price(clinic_id=clinic_id, price=price, effective_on=effective_on)


def set_prices(*, clinic_id: UUID, prices: Sequence[Price], effective_on: date) -> None:
    """Change several prices from a date on. Raises as `set_price`; then nothing is changed."""
    with transaction.atomic():
        lock(clinic_id)
        for price in prices:
            _set(clinic_id, price, effective_on)


def require_complete(routes: Sequence[str], formats: Sequence[str], prices: Sequence[Price]) -> None:
    """Raise IncompletePrices unless each kind of session by each route and format has exactly one price, no other."""
    needed = require_priced(routes, formats, prices)
    if len(prices) != needed:
        raise IncompletePrices("A price is given twice, or for a route or format that the clinic does not offer.")


def require_priced(routes: Sequence[str], formats: Sequence[str], prices: Sequence[Price | ListPrice]) -> int:
    """Return how many sessions need a price. Raises IncompletePrices for those that have none."""
    needed = set(product(SessionKind, routes, formats))
    missing = needed - {(price.kind, price.route, price.format) for price in prices}
    if missing:
        raise IncompletePrices("Prices are missing.", errors=[_describe(key) for key in sorted(missing)])
    return len(needed)


def _set(clinic_id: UUID, price: Price, effective_on: date) -> ClinicPrice:
    same = ClinicPrice.objects.filter(clinic_id=clinic_id, kind=price.kind, route=price.route, format=price.format)
    if same.filter(effective_on=effective_on).exists():
        raise PriceSet(
            f"The price of {price.kind} by {price.route}, {price.format}, is set for {effective_on} already."
        )
    later = same.filter(effective_on__gt=effective_on).order_by("effective_on").first()
    before = same.filter(effective_on__lt=effective_on).order_by("-effective_on").first()
    if before is not None:
        same.filter(pk=before.pk).update(ends_on=effective_on)
    row = ClinicPrice(clinic_id=clinic_id, effective_on=effective_on, **asdict(price))
    row.ends_on = later.effective_on if later else None
    row.save(force_insert=True)
    return row


def _describe(key: tuple[str, str, str]) -> dict[str, str]:
    return {"field": "prices", "message": f"No price for {key[0]}, {key[1]}, {key[2]}."}
