"""Correcting what is known of a clinic, and adding organisations."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from referrals.clinics.models import Clinic, Organization
from referrals.clinics.queries import list_local_prices, require_us
from referrals.clinics.rules import is_npi
from referrals.clinics.services.capacity import update_capacity
from referrals.clinics.services.prices import require_priced
from referrals.clinics.services.signing import BadNpi, NpiTaken, check_facts
from referrals.clinics.services.standing import lock, set_status
from workers.kernel.errors import NotFound


def change(*, clinic_id: UUID, changes: Mapping[str, Any], now: datetime) -> Clinic:
    """Change a clinic's status, capacity (both announced) and facts, by their columns' names, all or nothing.

    Raises NotFound, ClinicIsArchived, BadNpi, BadTaxonomy, OutsideTheUs, Invalid, and IncompletePrices for a route or
    format that the clinic has no prices for.
    """
    facts = dict(changes)
    with transaction.atomic():
        clinic = lock(clinic_id)
        if status := facts.pop("status", None):
            set_status(clinic_id=clinic_id, status=status, now=now)
        if {"open_slots", "accepts_from"} & set(facts):
            slots = facts.pop("open_slots", clinic.open_slots)
            from_day = facts.pop("accepts_from", clinic.accepts_from)
            update_capacity(clinic_id=clinic_id, open_slots=slots, accepts_from=from_day, now=now)
        if facts:
            revise(lock(clinic_id), facts, now=now)
        return lock(clinic_id)


def revise(clinic: Clinic, facts: Mapping[str, Any], *, now: datetime) -> None:
    """Correct facts of a clinic whose lock the caller holds. Raises as `change`."""
    for name, value in facts.items():
        setattr(clinic, name, value)
    check_facts(clinic)
    require_us(clinic.latitude, clinic.longitude)
    if not Organization.objects.filter(pk=clinic.organization_id).exists():
        raise NotFound("There is no such organisation.")
    require_priced(clinic.routes, clinic.formats, list_local_prices(clinic, now=now))
    clinic.save(update_fields=list(facts))


def add_organization(*, name: str, npi: str | None = None) -> Organization:
    """Add an organisation that runs clinics. Raises BadNpi, NpiTaken."""
    if npi is not None and not is_npi(npi):
        raise BadNpi(f"{npi!r} is not an NPI: its check digit does not fit.")
    row = Organization(name=name, npi=npi)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise NpiTaken(f"An organisation with the NPI {npi} is in the directory already.") from None
    return row
