"""Signing employers, and the e-mail domains that are theirs."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from benefits.employers.models import Employer, EmployerDomain
from benefits.employers.queries import get_employer
from benefits.employers.rules import Change, quarter_of, settled_at, wrong_domain
from benefits.employers.services.recording import record
from benefits.events import QuarterOver
from workers.kernel.errors import DomainError, Invalid, NotFound
from workers.timers.scheduling import schedule


class EmployerExists(DomainError):
    """An employer of this name is under contract."""

    code = "employer_exists"


class DomainTaken(DomainError):
    """The domain belongs to an employer already, this one or another."""

    code = "domain_taken"


def create(*, name: str, now: datetime) -> Employer:
    """Sign an employer. Raises EmployerExists."""
    employer = Employer(name=name, created_at=now)
    with transaction.atomic():
        Employer.objects.bulk_create([employer], ignore_conflicts=True)
        if not Employer.objects.filter(pk=employer.pk).exists():
            raise EmployerExists(f"There is an employer named {name}: choose a name that tells the two apart.")
        _await_end_of(quarter_of(now.date()), employer)
    return employer


def await_quarter(*, employer_id: UUID, quarter: date) -> None:
    """Set the timer that settles a quarter's figures; once, however often it is called. Raises NotFound."""
    _await_end_of(quarter, get_employer(employer_id))


def _await_end_of(quarter: date, employer: Employer) -> None:
    event = QuarterOver(employer_id=employer.pk, quarter=quarter)
    generation = quarter.year * 4 + quarter.month // 3
    schedule(event, about=employer, due_at=settled_at(quarter), generation=generation)


def set_brake(*, employer_id: UUID, brake_percent: int, by: UUID, now: datetime) -> Employer:
    """Let so many percent of an employer's roster end by absence without a second admin. Raises NotFound."""
    with transaction.atomic():
        employer = Employer.locked(pk=employer_id)
        before, employer.brake_percent = {"brake_percent": employer.brake_percent}, brake_percent
        employer.save(update_fields=["brake_percent"])
        record(
            employer_id=employer_id,
            change=Change.BRAKE_SET,
            subject_id=employer_id,
            before=before,
            after={"brake_percent": brake_percent},
            by=by,
            now=now,
        )
    return employer


def add_domain(*, employer_id: UUID, domain: str, by: UUID, now: datetime) -> EmployerDomain:
    """Note that an e-mail domain is an employer's alone. Raises NotFound, Invalid, DomainTaken."""
    named = domain.strip().lower()
    if reason := wrong_domain(named):
        raise Invalid("This is no domain of an employer's.", errors={"domain": [reason]})
    with transaction.atomic():
        employer = Employer.locked(pk=employer_id)
        row = EmployerDomain(employer=employer, domain=named, added_by=by, added_at=now)
        EmployerDomain.objects.bulk_create([row], ignore_conflicts=True)
        if not EmployerDomain.objects.filter(pk=row.pk).exists():
            raise DomainTaken(f"{named} belongs to an employer already: remove it there first.")
        after = {"domain": named}
        record(employer_id=employer_id, change=Change.DOMAIN_ADDED, subject_id=row.pk, after=after, by=by, now=now)
    return row


def remove_domain(*, employer_id: UUID, domain_id: UUID, by: UUID, now: datetime) -> None:
    """Take a domain from an employer; its admins of that domain stay. Raises NotFound."""
    with transaction.atomic():
        Employer.locked(pk=employer_id)
        row = EmployerDomain.objects.filter(pk=domain_id, employer_id=employer_id).first()
        if row is None:
            raise NotFound("There is no such domain of this employer.")
        row.delete()
        before = {"domain": row.domain}
        record(
            employer_id=employer_id, change=Change.DOMAIN_REMOVED, subject_id=domain_id, before=before, by=by, now=now
        )
