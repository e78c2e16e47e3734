"""Invitations become users; users are disabled by operators."""

import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import get_language

from benefits.accounts.models import Invitation, Session, User, UserRole
from benefits.accounts.queries import find_open_invitation, has_account, hash_of, ticket_for
from benefits.events import AccountActivated
from workers.emails.queueing import queue_email
from workers.kernel.errors import DomainError, Invalid, NotFound
from workers.kernel.limits import seconds_to_wait
from workers.kernel.words import gettext_noop as _
from workers.outbox.publishing import publish

INVITATION_LASTS = timedelta(days=14)
ADDRESSES_PER_MINUTE = 3
NOT_VALID = "This invitation is unknown, was used, or has expired: ask for a new one."


class InvitationNotValid(NotFound):
    """The token is unknown, was used, or is too old: all three answer alike."""

    code = "invitation_not_valid"


class EmailNotUsable(DomainError):
    """An account with this address exists."""

    code = "email_not_usable"


class TooManyAddresses(DomainError):
    """One invitation names address after address: its holder would mail strangers."""

    code = "too_many_requests"
    status = 429


class WeakPassword(Invalid):
    """The password is short, long, common, or like the e-mail address."""

    code = "weak_password"


def issue(
    *,
    role: UserRole,
    email: str,
    now: datetime,
    employer_id: UUID | None = None,
    member_id: UUID | None = None,
    clinic_id: UUID | None = None,
    permissions: tuple[str, ...] = (),
) -> tuple[Invitation, str]:
    """Store an invitation and return it with its token, which is nowhere else: whoever holds it may accept once."""
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        role=role,
        email=email.strip().lower(),
        employer_id=employer_id,
        member_id=member_id,
        clinic_id=clinic_id,
        permissions=list(permissions),
        token_hash=hash_of(token),
        created_at=now,
        expires_at=now + INVITATION_LASTS,
    )
    return invitation, token


def mail(*, invitation: Invitation, token: str, now: datetime, language: str = "en") -> None:
    """Queue the e-mail that carries the token; it is not sent once the invitation has expired."""
    queue_email(
        key=f"invitation:{invitation.pk}",
        to=invitation.email,
        template="benefits/invitation" if invitation.role == UserRole.EMPLOYEE else "benefits/staff_invitation",
        context={"url": activation_url(token), "days": INVITATION_LASTS.days},
        now=now,
        language=language,
        drop_after=invitation.expires_at,
        reader_id=invitation.member_id,
    )


def activation_url(token: str) -> str:
    """Return the page that accepts an invitation."""
    return f"{settings.BASE_URL}/activate/?token={token}"


def invite_staff(
    *,
    role: UserRole,
    email: str,
    now: datetime,
    employer_id: UUID | None = None,
    clinic_id: UUID | None = None,
) -> Invitation:
    """Invite an HR admin of an employer or somebody of a clinic, by e-mail.

    Whether the address has an account is not looked at, for the answer would tell: whoever accepts is told then.
    """
    with transaction.atomic():
        invitation, token = issue(role=role, email=email, employer_id=employer_id, clinic_id=clinic_id, now=now)
        mail(invitation=invitation, token=token, now=now)
    return invitation


def invite_member(*, member_id: UUID, employer_id: UUID, email: str, language: str, now: datetime) -> None:
    """Mail a member their invitation; an open one is superseded.

    A member with an account gets one, too, which nobody can accept: else an employer who names an address of its own
    would learn from a missing e-mail who has an account.
    """
    with transaction.atomic():
        close_invitations(member_id=member_id, now=now)
        invitation, token = issue(
            role=UserRole.EMPLOYEE, email=email, employer_id=employer_id, member_id=member_id, now=now
        )
        mail(invitation=invitation, token=token, language=language, now=now)


def close_invitations(*, member_id: UUID, now: datetime) -> None:
    """Make every open invitation of a member worthless."""
    Invitation.objects.filter(member_id=member_id, claimed_at=None, superseded_at=None).update(superseded_at=now)


def accept(*, token: str, password: str, now: datetime, email: str = "") -> User | None:
    """Claim an invitation and return the new user. Of two calls at once one wins.

    An employee may choose another `email` than the one the token was mailed to; staff may not. A link goes there, and
    None is returned: the account is made once somebody who reads that address uses it, and until then the invitation
    stays open. So the answer does not depend on whether the address has an account: only its reader is told.
    Raises InvitationNotValid, WeakPassword, EmailNotUsable (the address the token was mailed to has one), Invalid,
    TooManyAddresses.
    """
    invitation = _find_open(token, now)
    address = _address(invitation, email)
    _check_password(password, address)
    if address != invitation.email:
        _mail_to_other_address(invitation, address, now)
        return None
    with transaction.atomic():
        _claim(invitation, now)
        return _make_account(invitation, address, password, now)


def _make_account(invitation: Invitation, address: str, password: str, now: datetime) -> User:
    user = _create_user(
        email=address,
        password=password,
        role=invitation.role,
        employer_id=invitation.employer_id,
        member_id=invitation.member_id,
        clinic_id=invitation.clinic_id,
        permissions=invitation.permissions,
        created_at=now,
    )
    if invitation.member_id is not None:
        event = AccountActivated(member_id=invitation.member_id, user_id=user.pk)
        publish(event, about=invitation, now=now)
    return user


def _mail_to_other_address(invitation: Invitation, address: str, now: datetime) -> None:
    """The same e-mail once per invitation and address, with a link, or the news that the address has an account."""
    if seconds_to_wait(f"other-address/{invitation.pk}", most=ADDRESSES_PER_MINUTE):
        raise TooManyAddresses(_("Several addresses were named for this invitation: wait a minute."))
    is_taken = User.objects.filter(email=address).exists()
    queue_email(
        key=f"other-address:{invitation.pk}:{hash_of(address)}",
        to=address,
        template="benefits/address_taken" if is_taken else "benefits/confirm_address",
        context={"url": activation_url(ticket_for(invitation, email=address))},
        now=now,
        language=get_language() or "en",
        drop_after=invitation.expires_at,
        reader_id=invitation.member_id,
    )


def _find_open(token: str, now: datetime) -> Invitation:
    invitation = find_open_invitation(token, now=now)
    if invitation is None or (invitation.member_id is not None and has_account(invitation.member_id)):
        raise InvitationNotValid(NOT_VALID)
    return invitation


def _claim(invitation: Invitation, now: datetime) -> None:
    """Compare-and-set: the statement that finds the invitation open is the one that closes it."""
    still_open = Invitation.objects.filter(pk=invitation.pk, claimed_at=None, superseded_at=None, expires_at__gt=now)
    if still_open.update(claimed_at=now) != 1:
        raise InvitationNotValid(NOT_VALID)


def _address(invitation: Invitation, email: str) -> str:
    chosen = email.strip().lower() or invitation.email
    if chosen != invitation.email and invitation.role != UserRole.EMPLOYEE:
        raise Invalid("Staff sign in with the e-mail address they were invited by: leave `email` out.")
    return chosen


def _check_password(password: str, email: str) -> None:
    try:
        validate_password(password, User(email=email))
    except ValidationError as error:
        errors = [{"field": "password", "message": message} for message in error.messages]
        raise WeakPassword("Choose another password.", errors=errors) from error


def _create_user(**facts: Any) -> User:
    try:
        with transaction.atomic():
            return User.objects.create_user(**facts)
    except IntegrityError as error:
        raise EmailNotUsable(_("This e-mail address cannot be used here: choose another one.")) from error


def disable_user(*, user_id: UUID) -> None:
    """Keep a user out: no new sign-in, and every session ends at once. Raises NotFound."""
    with transaction.atomic():
        if User.objects.filter(pk=user_id).update(is_active=False) != 1:
            raise NotFound("There is no such user.")
        Session.objects.filter(user_id=user_id).delete()


def create_operator(*, email: str, password: str, permissions: tuple[str, ...], now: datetime) -> User:
    """Create a member of the benefit's own team at once, without an invitation. Raises WeakPassword, EmailNotUsable."""
    with transaction.atomic():
        _check_password(password, email)
        return _create_user(
            email=email,
            password=password,
            role=UserRole.OPERATOR,
            permissions=list(permissions),
            created_at=now,
        )
