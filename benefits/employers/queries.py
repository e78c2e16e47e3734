"""Reading employers, their admins, and what was changed."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from benefits.accounts.models import User, UserRole
from benefits.employers.models import AdminInvitation, Employer, EmployerChange, EmployerDomain
from workers.kernel.errors import NotFound

# What HR may read of a colleague: the database shows it no more.
_OF_ADMIN = ("id", "email", "role", "employer_id", "permissions", "is_active", "created_at")


def get_employer(employer_id: UUID) -> Employer:
    """Return an employer. Raises NotFound."""
    employer = Employer.objects.filter(pk=employer_id).first()
    if employer is None:
        raise NotFound("There is no such employer.")
    return employer


def list_employers() -> QuerySet[Employer]:
    """Return the employers that the actor may see, the newest first."""
    return Employer.objects.order_by("-id")


def list_admins(employer_id: UUID) -> QuerySet[User]:
    """Return an employer's admins, disabled ones too."""
    return User.objects.filter(role=UserRole.HR_ADMIN, employer_id=employer_id).only(*_OF_ADMIN)


def get_admin(user_id: UUID) -> User:
    """Return an HR admin whom the actor may see. Raises NotFound."""
    admin = User.objects.filter(pk=user_id, role=UserRole.HR_ADMIN).only(*_OF_ADMIN).first()
    if admin is None:
        raise NotFound("There is no such admin.")
    return admin


def list_invitations(employer_id: UUID, *, now: datetime) -> QuerySet[AdminInvitation]:
    """Return the invitations of admins that wait: neither accepted, nor revoked, nor too old."""
    waiting = AdminInvitation.objects.filter(employer_id=employer_id, revoked_at=None, expires_at__gt=now)
    return waiting.exclude(email__in=list_admins(employer_id).values("email"))


def list_domains(employer_id: UUID) -> QuerySet[EmployerDomain]:
    """Return an employer's e-mail domains."""
    return EmployerDomain.objects.filter(employer_id=employer_id)


def list_changes(employer_id: UUID) -> QuerySet[EmployerChange]:
    """Return what was changed of an employer's admins, domains and plans, the newest first."""
    return EmployerChange.objects.filter(employer_id=employer_id)
