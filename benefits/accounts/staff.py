"""HR admins' accounts. Each function acts as AUTH: the caller has found the admin among those its own actor may see."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from benefits.accounts import services
from benefits.accounts.models import Invitation, Session, User, UserRole
from workers.kernel.actor import AUTH, acting_as


def invite_admin(*, employer_id: UUID, email: str, permissions: Collection[str], now: datetime) -> Invitation:
    """Mail an invitation to administer an employer with `permissions`.

    Whether the address has an account is not looked at: an admin who invites an employee's private address would
    learn from a refusal that it has one. Whoever accepts is told then.
    """
    with acting_as(AUTH):
        invitation, token = services.issue(
            role=UserRole.HR_ADMIN, email=email, employer_id=employer_id, permissions=tuple(permissions), now=now
        )
        services.mail(invitation=invitation, token=token, now=now)
    return invitation


def withdraw_invitation(*, invitation_id: UUID, now: datetime) -> bool:
    """Make an invitation's token worthless; False when it was claimed or withdrawn before."""
    with acting_as(AUTH):
        is_open = Invitation.objects.filter(pk=invitation_id, claimed_at=None, superseded_at=None)
        return is_open.update(superseded_at=now) == 1


def set_permissions(*, user_id: UUID, permissions: Collection[str]) -> None:
    """Give an HR admin exactly these permissions; they count from the next request on."""
    with acting_as(AUTH):
        User.objects.filter(pk=user_id, role=UserRole.HR_ADMIN).update(permissions=sorted(permissions))


def disable(*, user_id: UUID) -> None:
    """Keep an HR admin out: no new sign-in, and every session ends at once."""
    with acting_as(AUTH):
        User.objects.filter(pk=user_id, role=UserRole.HR_ADMIN).update(is_active=False)
        Session.objects.filter(user_id=user_id).delete()


def sign_out_admins(*, employer_id: UUID) -> int:
    """End every session of an employer's HR admins, the caller's own too; return how many there were."""
    with acting_as(AUTH):
        admins = User.objects.filter(role=UserRole.HR_ADMIN, employer_id=employer_id)
        ended, _ = Session.objects.filter(user_id__in=admins.values("pk")).delete()
    return ended
