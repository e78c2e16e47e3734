"""Whether new offers go to a clinic: what the operator says of it, and what its credentials allow."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from benefits import facade as benefits
from referrals.clinics.models import Clinic, ClinicStatus
from referrals.clinics.queries import get_clinic
from referrals.clinics.rules.standing import Suspension, suspension
from referrals.events import ClinicCapacityChanged, ClinicReinstated, ClinicSuspended
from workers.emails.queueing import queue_email
from workers.kernel.errors import DomainError, Invalid
from workers.outbox.publishing import publish


class ClinicIsArchived(DomainError):
    """An archived clinic does not come back: sign it anew under another NPI, or keep it as history."""

    code = "clinic_archived"


def set_status(*, clinic_id: UUID, status: str, now: datetime) -> Clinic:
    """Suspend a clinic, so that no more offers go to it, or make it active again.

    Raises NotFound, ClinicIsArchived, and Invalid for another status: `archive` is a step of its own.
    """
    if status not in (ClinicStatus.ACTIVE, ClinicStatus.SUSPENDED):
        raise Invalid("A clinic's status is set to active or suspended; it is archived by DELETE.")
    with transaction.atomic():
        clinic = lock(clinic_id)
        clinic.status = status
        clinic.save(update_fields=["status"])
        settle(clinic, now=now)
    return clinic


def archive(*, clinic_id: UUID, now: datetime) -> Clinic:
    """Take a clinic out of the directory for good; routing withdraws what is still offered to it.

    Repeating it changes nothing. Its row, prices and credentials stay: courses and invoices name them. Raises NotFound.
    """
    with transaction.atomic():
        clinic = Clinic.locked(pk=clinic_id)
        if clinic.status != ClinicStatus.ARCHIVED:
            clinic.status, clinic.suspended_at = ClinicStatus.ARCHIVED, now
            clinic.save(update_fields=["status", "suspended_at"])
            publish(ClinicSuspended(clinic_id=clinic.pk, reason=Suspension.ARCHIVED), about=clinic, now=now)
    return clinic


def lock(clinic_id: UUID) -> Clinic:
    """Return a clinic that may still be changed, locked until the transaction ends.

    Raises NotFound, ClinicIsArchived.
    """
    clinic = Clinic.locked(pk=clinic_id)
    if clinic.status == ClinicStatus.ARCHIVED:
        raise ClinicIsArchived("This clinic was archived: nothing of it is changed any more.")
    return clinic


def settle(clinic: Clinic, *, now: datetime) -> None:
    """Announce, once each time, that a clinic takes no new offers any more, or does again.

    The caller holds its lock.
    """
    today = now.astimezone(ZoneInfo(clinic.timezone)).date()
    reason = suspension(clinic.status, clinic.credentials_valid_until, today)
    if (reason is None) == (clinic.suspended_at is None):
        return
    clinic.suspended_at = now if reason else None
    clinic.save(update_fields=["suspended_at"])
    if reason:
        publish(ClinicSuspended(clinic_id=clinic.pk, reason=reason), about=clinic, now=now)
    else:
        publish(ClinicReinstated(clinic_id=clinic.pk), about=clinic, now=now)
        publish(ClinicCapacityChanged(clinic_id=clinic.pk), about=clinic, now=now)


def tell_of_suspension(*, clinic_id: UUID, reason: str, event_id: UUID, now: datetime) -> None:
    """Mail a clinic's staff and the operators that its credentials lapsed; who suspends by hand knows that they did."""
    if reason == Suspension.CREDENTIALS:
        tell(clinic_id, template="referrals/credential_lapsed", key=f"clinic-suspended/{event_id}", context={}, now=now)


def tell(clinic_id: UUID, *, template: str, key: str, context: dict[str, object], now: datetime) -> None:
    """Mail a clinic's active staff and the operators who hold `care`, once per key and person."""
    context = {"clinic": get_clinic(clinic_id).name} | context
    for email in [*benefits.list_clinic_emails(clinic_id), *benefits.list_operator_emails("care")]:
        queue_email(key=f"{key}/{email}", to=email, template=template, context=context, now=now)
