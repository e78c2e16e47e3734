"""Signing employers and inviting their HR admins."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from benefits.accounts import services as accounts
from benefits.accounts.models import Invitation, UserRole
from benefits.employers.models import Employer
from workers.kernel.errors import DomainError


class EmployerExists(DomainError):
    """An employer of this name is under contract."""

    code = "employer_exists"


def create(*, name: str, now: datetime) -> Employer:
    """Sign an employer. Raises EmployerExists."""
    employer = Employer(name=name, created_at=now)
    with transaction.atomic():
        Employer.objects.bulk_create([employer], ignore_conflicts=True)
        if not Employer.objects.filter(pk=employer.pk).exists():
            raise EmployerExists(f"There is an employer named {name}: choose a name that tells the two apart.")
    return employer


def invite_admin(*, employer_id: UUID, email: str, now: datetime) -> Invitation:
    """Invite an HR admin of an employer by e-mail. Raises NotFound, EmailNotUsable."""
    with transaction.atomic():
        employer = Employer.locked(pk=employer_id)
        return accounts.invite_staff(role=UserRole.HR_ADMIN, email=email, employer_id=employer.pk, now=now)
