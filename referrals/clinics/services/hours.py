"""Opening hours."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import transaction

from referrals.clinics.models import Clinic, ClinicHours
from referrals.clinics.queries.hours import list_hours
from referrals.clinics.rules.hours import BadHours, Hours, check_hours
from referrals.clinics.services.standing import lock
from referrals.events.courses import ClinicCalendarChanged
from workers.kernel.errors import ChangedMeanwhile, Invalid
from workers.outbox.publishing import publish


class ImpossibleHours(Invalid):
    """Opening hours that overlap, or close before they open."""

    code = "impossible_hours"


def set_hours(
    *, clinic_id: UUID, hours: Sequence[Hours], now: datetime, expected: Sequence[Hours] | None = None
) -> tuple[Hours, ...]:
    """Replace a clinic's opening hours, wall time where it is; its courses are replanned by other ones.

    `expected` are those that whoever changes them has seen. Raises NotFound, ClinicIsArchived, ImpossibleHours, and
    ChangedMeanwhile where they were other ones.
    """
    ordered = checked(hours)
    with transaction.atomic():
        clinic = lock(clinic_id)
        former = list_hours(clinic_id)
        if expected is not None and former != tuple(expected):
            raise ChangedMeanwhile("Somebody changed the opening hours since you read them: read them again.")
        if former != ordered:
            ClinicHours.objects.filter(clinic=clinic).delete()
            ClinicHours.objects.bulk_create(rows(clinic, ordered))
            publish(ClinicCalendarChanged(clinic_id=clinic.pk), about=clinic, now=now)
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
