"""Who administers an employer: invited by its owners or by an operator, given permissions, kept out, signed out.

Everything here happens under the lock of the employer's row, so that of two owners who disable each other one stays.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from benefits.accounts import staff
from benefits.accounts.models import ALL_HR, HrPermission, User, UserRole
from benefits.accounts.queries import permissions_tag
from benefits.accounts.services import EmailNotUsable
from benefits.employers.models import AdminInvitation, Employer
from benefits.employers.queries import get_admin, list_admins
from benefits.employers.rules import Change, domain_of
from benefits.employers.services.recording import record
from workers.kernel.errors import ChangedMeanwhile, DomainError, NotFound
from workers.kernel.words import Sentence
from workers.kernel.words import gettext_noop as _

_OF_DOMAINS = Sentence("An admin's address is of %(domains)s.")


class LastOwner(DomainError):
    """Nobody would be left who can administer the employer."""

    code = "last_owner"


class DomainNotTheirs(DomainError):
    """The address is of none of the employer's own e-mail domains."""

    code = "domain_not_theirs"
    status = 422


def invite_admin(
    *, employer_id: UUID, email: str, by: UUID | None, now: datetime, permissions: Collection[str] = ALL_HR
) -> AdminInvitation:
    """Invite somebody to administer an employer with `permissions`; none of them is read-only.

    Raises NotFound; DomainNotTheirs where the employer has e-mail domains and the address has another; EmailNotUsable
    where the actor may see an account of that address: an operator anybody's, an owner a colleague's.
    """
    address = email.strip().lower()
    with transaction.atomic():
        employer = Employer.locked(pk=employer_id)
        domains = list(employer.domains.values_list("domain", flat=True))
        if domains and domain_of(address) not in domains:
            raise DomainNotTheirs(_OF_DOMAINS(domains=", ".join(sorted(domains))))
        if User.objects.filter(email=address).exists():
            raise EmailNotUsable(_("Somebody signs in with this e-mail address already: use another one."))
        issued = staff.invite_admin(employer_id=employer_id, email=address, permissions=sorted(permissions), now=now)
        invitation = AdminInvitation(
            id=issued.pk,
            employer=employer,
            email=address,
            permissions=sorted(permissions),
            made_by=by,
            made_at=now,
            expires_at=issued.expires_at,
        )
        invitation.save(force_insert=True)
        after = {"email": address, "permissions": invitation.permissions}
        _record(Change.ADMIN_INVITED, employer_id, issued.pk, after=after, by=by, now=now)
    return invitation


def revoke_invitation(*, invitation_id: UUID, by: UUID, now: datetime) -> None:
    """Make an invitation worthless; again changes nothing. One that was accepted is an admin, whom one disables.

    Raises NotFound.
    """
    with transaction.atomic():
        invitation = AdminInvitation.objects.filter(pk=invitation_id).first()
        if invitation is None:
            raise NotFound("There is no such invitation.")
        Employer.locked(pk=invitation.employer_id)
        if staff.withdraw_invitation(invitation_id=invitation_id, now=now):
            AdminInvitation.objects.filter(pk=invitation_id).update(revoked_at=now)
            before = {"email": invitation.email, "permissions": invitation.permissions}
            _record(
                Change.ADMIN_INVITATION_REVOKED, invitation.employer_id, invitation_id, before=before, by=by, now=now
            )


def set_permissions(*, user_id: UUID, permissions: Collection[str], expected: str, by: UUID, now: datetime) -> User:
    """Give an admin exactly these permissions. Raises NotFound, ChangedMeanwhile, LastOwner."""
    with transaction.atomic():
        admin = _locked_admin(user_id)
        if expected != permissions_tag(admin):
            raise ChangedMeanwhile(_("Somebody changed this admin since you read it."), current=permissions_tag(admin))
        if HrPermission.OWNER not in permissions:
            _keep_an_owner(admin)
        before = {"permissions": sorted(admin.permissions)}
        staff.set_permissions(user_id=user_id, permissions=permissions)
        after = {"permissions": sorted(permissions)}
        _record(Change.ADMIN_PERMISSIONS, _employer_of(admin), user_id, before=before, after=after, by=by, now=now)
    return get_admin(user_id)


def disable_admin(*, user_id: UUID, by: UUID, now: datetime) -> None:
    """Keep an admin out, and end their sessions; again changes nothing. Raises NotFound, LastOwner."""
    with transaction.atomic():
        admin = _locked_admin(user_id)
        if not admin.is_active:
            return
        _keep_an_owner(admin)
        staff.disable(user_id=user_id)
        before = {"email": admin.email, "permissions": sorted(admin.permissions)}
        _record(Change.ADMIN_DISABLED, _employer_of(admin), user_id, before=before, by=by, now=now)


def sign_out_everyone(*, employer_id: UUID, by: UUID, now: datetime) -> int:
    """End every session of an employer's admins, at once, the caller's own too; return how many. Raises NotFound."""
    with transaction.atomic():
        Employer.locked(pk=employer_id)
        ended = staff.sign_out_admins(employer_id=employer_id)
        _record(Change.ADMINS_SIGNED_OUT, employer_id, employer_id, after={"ended": ended}, by=by, now=now)
    return ended


def _locked_admin(user_id: UUID) -> User:
    """An admin as they are under the lock of their employer. Raises NotFound."""
    Employer.locked(pk=_employer_of(get_admin(user_id)))
    return get_admin(user_id)


def _keep_an_owner(admin: User) -> None:
    others = list_admins(_employer_of(admin)).exclude(pk=admin.pk)
    if not others.filter(is_active=True, permissions__contains=[HrPermission.OWNER]).exists():
        raise LastOwner(_("Nobody else could administer this employer: make somebody else an owner first."))


def _employer_of(admin: User) -> UUID:
    assert admin.role == UserRole.HR_ADMIN
    assert admin.employer_id is not None
    return admin.employer_id


def _record(change: Change, employer_id: UUID, subject_id: UUID, **facts: object) -> None:
    record(change=change, employer_id=employer_id, subject_id=subject_id, **facts)  # type: ignore[arg-type]  # of one kind
