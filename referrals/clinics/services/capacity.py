"""How many more people a clinic can take."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from referrals.clinics.models import Clinic
from referrals.clinics.queries.near import in_good_standing
from referrals.events import ClinicCapacityChanged
from workers.kernel.errors import Invalid
from workers.outbox.publishing import publish


def update_capacity(*, clinic_id: UUID, open_slots: int, now: datetime, accepts_from: date | None = None) -> Clinic:
    """Set how many more people a clinic can take, and from which day on (none: now), as it says.

    Raises NotFound, Invalid for a negative number.
    """
    if open_slots < 0:
        raise Invalid("open_slots is 0 or more.")
    with transaction.atomic():
        clinic = Clinic.locked(pk=clinic_id)
        if (clinic.open_slots, clinic.accepts_from) != (open_slots, accepts_from):
            clinic.open_slots, clinic.accepts_from = open_slots, accepts_from
            clinic.save(update_fields=["open_slots", "accepts_from"])
            publish(ClinicCapacityChanged(clinic_id=clinic.pk), about=clinic, now=now)
    return clinic


def take_slot(*, clinic_id: UUID, now: datetime) -> bool:
    """Take one open slot in the caller's transaction; False when none is left, or the clinic may take nobody now."""
    free = Clinic.objects.filter(in_good_standing(now), pk=clinic_id, open_slots__gt=0)
    return free.update(open_slots=F("open_slots") - 1) == 1


def return_slot(*, clinic_id: UUID, now: datetime) -> None:
    """Give back a slot that was taken, in the caller's transaction: somebody else may have it."""
    clinic = Clinic.locked(pk=clinic_id)
    clinic.open_slots += 1
    clinic.save(update_fields=["open_slots"])
    publish(ClinicCapacityChanged(clinic_id=clinic.pk), about=clinic, now=now)
