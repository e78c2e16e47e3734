"""Reading opening hours."""

from uuid import UUID

from referrals.clinics.models import ClinicHours
from referrals.clinics.rules.hours import Hours


def list_hours(clinic_id: UUID) -> tuple[Hours, ...]:
    """Return a clinic's opening hours in their order, wall time where it is."""
    rows = ClinicHours.objects.filter(clinic_id=clinic_id).order_by("weekday", "opens")
    return tuple(Hours(weekday=one.weekday, opens=one.opens, closes=one.closes) for one in rows)
