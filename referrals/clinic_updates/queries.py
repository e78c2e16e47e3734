"""Reading the outcomes of clinics' messages."""

from django.db.models import QuerySet

from referrals.clinic_updates.models import ClinicUpdate


def list_updates() -> QuerySet[ClinicUpdate]:
    """Return the outcomes that the actor may see: a clinic its own, an operator all."""
    return ClinicUpdate.objects.all()
