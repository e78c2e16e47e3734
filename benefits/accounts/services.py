"""Invitations become users; users are disabled."""

import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from benefits.accounts.models import Invitation, Session, User, UserRole
from benefits.accounts.queries import hash_of
from benefits.events import AccountActivated
from workers.emails.queueing import queue_email
from workers.kernel.errors import DomainError, Invalid, NotFound
from workers.outbox.publishing import publish

INVITATION_LASTS = timedelta(days=14)
NOT_VALID = "This invitation is unknown, was used, or has expired: ask for a new one."


class InvitationNotValid(NotFound):
    """The token is unknown, was used, or is too old: all three answer alike."""

    code = "invitation_not_valid"


class EmailNotUsable(DomainError):
    """An account with this address exists."""

    code = "email_not_usable"


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
    """Invite an HR admin of an employer or somebody of a clinic, by e-mail. Raises EmailNotUsable."""
    with transaction.atomic():
        if User.objects.filter(email=email.strip().lower()).exists():
            raise EmailNotUsable("Somebody signs in with this e-mail address already: use another one.")
        invitation, token = issue(role=role, email=email, employer_id=employer_id, clinic_id=clinic_id, now=now)
        mail(invitation=invitation, token=token, now=now)
    return invitation


def invite_member(*, member_id: UUID, employer_id: UUID, email: str, language: str, now: datetime) -> None:
    """Mail a member their invitation; an open one is superseded.

    A member with an account gets one, too, which nobody can accept: else an employer who names an address of its own
    would learn from a missing e-mail who has an account.
    """
    with transaction.atomic():
        Invitation.objects.filter(member_id=member_id, claimed_at=None, superseded_at=None).update(superseded_at=now)
        invitation, token = issue(
            role=UserRole.EMPLOYEE, email=email, employer_id=employer_id, member_id=member_id, now=now
        )
        mail(invitation=invitation, token=token, language=language, now=now)


def accept(*, token: str, password: str, now: datetime, email: str = "") -> User:
    """Claim an invitation and return the new user.

    An employee may choose another `email` than the invited one; staff may not. Of two calls at once one wins.
    Raises InvitationNotValid, WeakPassword, EmailNotUsable, Invalid.
    """
    with transaction.atomic():
        invitation = _claim(token, now)
        address = _address(invitation, email)
        _check_password(password, address)
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


def _claim(token: str, now: datetime) -> Invitation:
    """Compare-and-set: the statement that finds the invitation open is the one that closes it."""
    mine = Invitation.objects.filter(token_hash=hash_of(token))
    if mine.filter(claimed_at=None, superseded_at=None, expires_at__gt=now).update(claimed_at=now) != 1:
        raise InvitationNotValid(NOT_VALID)
    invitation = mine.get()
    if invitation.member_id is not None and User.objects.filter(member_id=invitation.member_id).exists():
        raise InvitationNotValid(NOT_VALID)
    return invitation


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
        raise EmailNotUsable("This e-mail address cannot be used here: choose another one.") from error


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
