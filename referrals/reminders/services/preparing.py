"""What a clinic asks for before a dosing."""

from datetime import datetime
from uuid import UUID

from referrals.clinics.queries import get_clinic
from referrals.reminders.models import ClinicPreparation


def set_fasting(
    *, clinic_id: UUID, food_hours: int | None, drink_hours: int | None, now: datetime
) -> ClinicPreparation:
    """Store how many hours (0 to 24) before a dosing nothing is eaten or drunk; None: the clinic tells it by itself.

    Raises NotFound, also for a clinic that the actor may not see.
    """
    get_clinic(clinic_id)
    row = ClinicPreparation(
        clinic_id=clinic_id, fasting_food_hours=food_hours, fasting_drink_hours=drink_hours, changed_at=now
    )
    ClinicPreparation.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["clinic_id"],
        update_fields=["fasting_food_hours", "fasting_drink_hours", "changed_at"],
    )
    return row
