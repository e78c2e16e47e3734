"""Closing an employee's own account, for good."""

from datetime import datetime
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.utils.translation import get_language

from benefits.accounts.models import ERASED, Invitation, Session, User, UserRole
from benefits.events import AccountClosed
from workers.emails.queueing import queue_email
from workers.kernel.actor import AUTH, acting_as
from workers.kernel.errors import NotFound
from workers.outbox.publishing import publish


def close(*, user_id: UUID, now: datetime) -> None:
    """Erase by what an employee signs in, and end their sessions. Raises NotFound for nobody, or one that is closed.

    The row stays, without an address, so that no invitation opens a second account of the member's (accept): an
    employer that names an address of its own would read in it what the member had told us in the first one.
    """
    with acting_as(AUTH):
        user = User.objects.select_for_update().filter(pk=user_id, role=UserRole.EMPLOYEE, closed_at=None).first()
        if user is None:
            raise NotFound("There is no such account.")
        _say_goodbye(user, now)
        user.email, user.password = ERASED.format(user_id), make_password(None)
        user.is_active, user.closed_at = False, now
        user.save(update_fields=["email", "password", "is_active", "closed_at"])
        for model in (Authenticator, EmailAddress, Session):
            model.objects.filter(user_id=user_id).delete()
        assert user.member_id is not None, "an employee's account is a member's"
        claimed = Invitation.objects.filter(member_id=user.member_id).exclude(claimed_at=None).latest("claimed_at")
        publish(AccountClosed(member_id=user.member_id, user_id=user_id), about=claimed, now=now)


def keep_open(member_id: UUID) -> bool:
    """Whether a member has not closed their account; nor can they until the transaction ends.

    Takes the account's lock: for what nobody could follow, or take back, once the account is closed.
    """
    with acting_as(AUTH):
        accounts = User.objects.select_for_update(no_key=True).filter(member_id=member_id, role=UserRole.EMPLOYEE)
        return not any(account.closed_at for account in accounts)


def _say_goodbye(user: User, now: datetime) -> None:
    """The last e-mail, should it have been somebody else; it is nobody's to withdraw, so it names no reader."""
    queue_email(
        key=f"account-closed:{user.pk}",
        to=user.email,
        template="benefits/account_closed",
        context={},
        now=now,
        language=(get_language() or "en").partition("-")[0],
    )
