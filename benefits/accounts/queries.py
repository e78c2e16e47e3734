"""Reading users."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core import signing
from django.db.models import OuterRef, Subquery

from benefits.accounts.models import Invitation, User, UserRole

_OTHER_ADDRESS = "benefits.accounts.other-address"


def hash_of(token: str) -> str:
    """Return what is kept of an invitation's token: its SHA-256."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """What a mailed token says: which invitation it opens, and the address that its holder has proved to read."""

    token_hash: str
    email: str = ""  # "": the invitation's own


def ticket_for(invitation: Invitation, *, email: str) -> str:
    """Return a token to mail to another address than the invited one: whoever uses it reads that address."""
    return signing.dumps([invitation.token_hash, email], salt=_OTHER_ADDRESS)


def read_ticket(token: str) -> Ticket:
    """Return what a token says; one that is neither ours nor signed by us opens nothing."""
    if ":" not in token:  # an invitation's own token has none (RFC 4648, 5)
        return Ticket(token_hash=hash_of(token))
    try:
        token_hash, email = signing.loads(token, salt=_OTHER_ADDRESS)
    except signing.BadSignature:
        return Ticket(token_hash="")
    return Ticket(token_hash=token_hash, email=email)


def find_open_invitation(token: str, *, now: datetime) -> Invitation | None:
    """Return the invitation that a token opens, or None when it is unknown, used or too old; as AUTH.

    Its `email` is the address that the token was mailed to, which need not be the one that is stored.
    """
    ticket = read_ticket(token)
    unclaimed = Invitation.objects.filter(claimed_at=None, superseded_at=None, expires_at__gt=now)
    invitation = unclaimed.filter(token_hash=ticket.token_hash).first()
    if invitation is not None:
        invitation.email = ticket.email or invitation.email
    return invitation


def has_account(member_id: UUID) -> bool:
    """Whether a member has an account, or had one and closed it, as far as the actor may see it."""
    return User.objects.filter(member_id=member_id).exists()


def email_of(member: str) -> Subquery:
    """The same of the member that a column of another statement names; null where there is none."""
    return Subquery(User.objects.filter(member_id=OuterRef(member), closed_at=None).values("email")[:1])


def email_of_member(member_id: UUID) -> str:
    """Return the address of a member's account, or an empty string when there is none that the actor may see."""
    account = User.objects.filter(member_id=member_id, closed_at=None)
    return account.values_list("email", flat=True).first() or ""


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


def permissions_tag(user: User) -> str:
    """Return what differs once somebody's permissions were changed, or they were disabled: an ETag for two owners."""
    return f"{user.pk}.{'-'.join(sorted(user.permissions)) or 'read'}.{'on' if user.is_active else 'off'}"
