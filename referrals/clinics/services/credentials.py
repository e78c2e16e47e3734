"""A clinic's credentials: recorded, reminded of before they lapse, and what follows when they do."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from referrals.clinics.models import Clinic, ClinicCredential
from referrals.clinics.queries.credentials import expiries, get_credential, get_policy
from referrals.clinics.rules.standing import CredentialKind, lapses_at, latest_of_kind, next_reminder, valid_until
from referrals.clinics.services.standing import lock, settle, tell
from referrals.events import CredentialLapseDue, CredentialReminderDue
from workers.kernel.errors import DomainError, Invalid
from workers.timers.scheduling import schedule

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)  # what is outside is a slip of the keyboard


class CredentialOnFile(DomainError):
    """This very credential is on file already."""

    code = "credential_on_file"


@dataclass(frozen=True, kw_only=True)
class NewCredential:
    """What an operator verified: `kind` as in rules.standing, the last day on which it is in force."""

    kind: str
    expires_on: date
    identifier: str = ""
    issuer: str = ""
    state: str = ""


def add(*, clinic_id: UUID, credential: NewCredential, now: datetime) -> ClinicCredential:
    """Record a credential or its renewal; a clinic that was suspended for the lack of it takes offers again.

    Raises NotFound, ClinicIsArchived, CredentialOnFile, Invalid.
    """
    check(credential)
    with transaction.atomic():
        clinic = lock(clinic_id)
        try:
            with transaction.atomic():
                [row] = record([(clinic, credential)], now=now)
        except IntegrityError:
            raise CredentialOnFile("This credential with this last day is on file already.") from None
        keep_validity([clinic])
        settle(clinic, now=now)
    return row


def withdraw(*, credential_id: UUID, now: datetime) -> ClinicCredential:
    """Take a credential off the file: entered by mistake, or revoked. Repeating changes nothing.

    Raises NotFound, ClinicIsArchived.
    """
    with transaction.atomic():
        clinic = lock(get_credential(credential_id).clinic_id)
        row = ClinicCredential.locked(pk=credential_id)
        if row.withdrawn_at is None:
            row.withdrawn_at = now
            row.save(update_fields=["withdrawn_at"])
            keep_validity([clinic])
            settle(clinic, now=now)
    return row


def remind(*, credential_id: UUID, days_left: int, now: datetime) -> None:
    """Mail the clinic's staff and the operators that a credential will lapse, and set the next reminder's timer.

    One that was withdrawn or renewed meanwhile is not spoken of.
    """
    row = get_credential(credential_id)
    if not _counts(row):
        return
    context: dict[str, object] = {
        "kind": row.kind.replace("_", " "),
        "identifier": row.identifier,
        "expires_on": row.expires_on.isoformat(),
        "days_left": days_left,
    }
    key = f"credential/{row.pk}/{days_left}"
    tell(row.clinic_id, template="referrals/credential_expires", key=key, context=context, now=now)
    _schedule_reminder(row, ZoneInfo(row.clinic.timezone), now)


def lapse(*, credential_id: UUID, now: datetime) -> None:
    """A credential's last day is over: its clinic is suspended from new offers unless another one holds."""
    with transaction.atomic():
        clinic = Clinic.locked(pk=get_credential(credential_id).clinic_id)
        settle(clinic, now=now)


def record(given: Sequence[tuple[Clinic, NewCredential]], *, now: datetime) -> list[ClinicCredential]:
    """Insert credentials and set their timers. The caller holds the clinics' locks, and then calls `keep_validity`."""
    rows = [ClinicCredential(clinic=clinic, recorded_at=now, **asdict(credential)) for clinic, credential in given]
    ClinicCredential.objects.bulk_create(rows)
    for row in rows:
        zone = ZoneInfo(row.clinic.timezone)
        _schedule_reminder(row, zone, now)
        lapsed = CredentialLapseDue(credential_id=row.pk)
        schedule(lapsed, about=row, due_at=lapses_at(row.expires_on, zone), zone=zone)
    return rows


def keep_validity(clinics: Sequence[Clinic]) -> None:
    """Write down until when each clinic's credentials are in force. The caller holds the clinics' locks."""
    on_file, policy = expiries([clinic.pk for clinic in clinics]), get_policy()
    for clinic in clinics:
        clinic.credentials_valid_until = valid_until(on_file[clinic.pk], policy)
    Clinic.objects.bulk_update(clinics, ["credentials_valid_until"], batch_size=1_000)


def check(credential: NewCredential) -> None:
    """Raise Invalid for an unknown kind or a last day that nobody can mean."""
    if credential.kind not in list(CredentialKind):
        raise Invalid(f"A credential's kind is one of {', '.join(CredentialKind)}.")
    if not EARLIEST <= credential.expires_on <= LATEST:
        raise Invalid(f"A credential expires between {EARLIEST} and {LATEST}.")


def _counts(row: ClinicCredential) -> bool:
    """Whether a credential is on file and the longest of its kind."""
    [on_file] = expiries([row.clinic_id]).values()
    return row.withdrawn_at is None and latest_of_kind(on_file)[row.kind] == row.expires_on


def _schedule_reminder(row: ClinicCredential, zone: ZoneInfo, now: datetime) -> None:
    due = next_reminder(row.expires_on, get_policy().reminder_days, zone=zone, after=now)
    if due is not None:
        days_left, at = due
        event = CredentialReminderDue(credential_id=row.pk, days_left=days_left)
        schedule(event, about=row, due_at=at, generation=days_left, zone=zone)
