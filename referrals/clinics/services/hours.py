"""Opening hours."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from django.db import transaction

from referrals.clinics.models import Clinic, ClinicHours
from referrals.clinics.rules.hours import BadHours, Hours, check_hours
from referrals.clinics.services.standing import lock
from workers.kernel.errors import Invalid


class ImpossibleHours(Invalid):
    """Opening hours that overlap, or close before they open."""

    code = "impossible_hours"


def set_hours(*, clinic_id: UUID, hours: Sequence[Hours]) -> tuple[Hours, ...]:
    """Replace a clinic's opening hours, wall time where it is. Raises NotFound, ClinicIsArchived, ImpossibleHours."""
    ordered = checked(hours)
    with transaction.atomic():
        clinic = lock(clinic_id)
        ClinicHours.objects.filter(clinic=clinic).delete()
        ClinicHours.objects.bulk_create(rows(clinic, ordered))
    return ordered


def checked(hours: Sequence[Hours]) -> tuple[Hours, ...]:
    """Return opening hours in their order. Raises ImpossibleHours."""
    try:
        return check_hours(hours)
    except BadHours as error:
        raise ImpossibleHours(str(error)) from None


def rows(clinic: Clinic, hours: Sequence[Hours]) -> list[ClinicHours]:
    """The rows of a clinic's opening hours, not saved."""
    return [ClinicHours(clinic=clinic, **asdict(one)) for one in hours]
