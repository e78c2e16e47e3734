"""Reading the outcomes of clinics' messages."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from referrals.clinic_updates.models import ClinicUpdate, Outcome


def list_updates() -> QuerySet[ClinicUpdate]:
    """Return the outcomes that the actor may see: a clinic its own, an operator all."""
    return ClinicUpdate.objects.all()


def was_told_later(clinic_id: UUID, type: str, *, written_at: datetime) -> bool:
    """Whether a message of this type that a clinic wrote later was applied already."""
    later = ClinicUpdate.objects.filter(clinic_id=clinic_id, type=type, outcome=Outcome.APPLIED)
    return later.filter(written_at__gt=written_at).exists()
