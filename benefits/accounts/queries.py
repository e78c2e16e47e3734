"""Reading users."""

import hashlib
from datetime import datetime
from uuid import UUID

from benefits.accounts.models import Invitation, User, UserRole


def hash_of(token: str) -> str:
    """Return what is kept of an invitation's token: its SHA-256."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_open_invitation(token: str, *, now: datetime) -> Invitation | None:
    """Return the invitation that a token opens, or None when it is unknown, used or too old; as AUTH."""
    unclaimed = Invitation.objects.filter(claimed_at=None, superseded_at=None, expires_at__gt=now)
    return unclaimed.filter(token_hash=hash_of(token)).first()


def email_of_member(member_id: UUID) -> str:
    """Return the address of a member's account, or an empty string when there is none that the actor may see."""
    return User.objects.filter(member_id=member_id).values_list("email", flat=True).first() or ""


def list_hr_emails(employer_id: UUID) -> list[str]:
    """Return the addresses of an employer's active HR admins."""
    admins = User.objects.filter(role=UserRole.HR_ADMIN, employer_id=employer_id, is_active=True)
    return list(admins.order_by("id").values_list("email", flat=True))


def list_clinic_emails(clinic_id: UUID) -> list[str]:
    """Return the addresses of a clinic's active staff."""
    staff = User.objects.filter(role=UserRole.CLINIC_STAFF, is_active=True, clinic_id=clinic_id)
    return list(staff.order_by("email").values_list("email", flat=True))


def list_operator_emails(permission: str) -> list[str]:
    """Return the addresses of the active operators who hold a permission."""
    operators = User.objects.filter(role=UserRole.OPERATOR, is_active=True, permissions__contains=[permission])
    return list(operators.order_by("email").values_list("email", flat=True))
