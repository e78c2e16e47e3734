"""Users, their sessions, and the invitations that make users."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, seen_by
from workers.kernel.ids import new_id

MFA_ROLES = ("hr_admin", "clinic_staff", "operator")
ERASED = "{}@closed.invalid"  # in place of the address of an account that was closed (RFC 2606)
TENANT_FITS_ROLE = (
    Q(role="hr_admin", employer_id__isnull=False, member_id=None, clinic_id=None)
    | Q(role="employee", employer_id__isnull=False, member_id__isnull=False, clinic_id=None)
    | Q(role="clinic_staff", clinic_id__isnull=False, employer_id=None, member_id=None)
    | Q(role="operator", employer_id=None, member_id=None, clinic_id=None)
)


class UserRole(models.TextChoices):
    """What a user is; one user has one role."""

    HR_ADMIN = "hr_admin"
    EMPLOYEE = "employee"
    CLINIC_STAFF = "clinic_staff"
    OPERATOR = "operator"


class HrPermission(models.TextChoices):
    """What an HR admin may do beside reading, which all of them may: none of these is read-only."""

    OWNER = "owner"  # who administers the employer, and how they sign in
    PEOPLE = "people"  # the roster: files, members
    BILLING = "billing"  # invoices and the account


ALL_HR = tuple(permission.value for permission in HrPermission)


class Users(BaseUserManager["User"]):
    """Creates users and finds them by e-mail, whatever its case."""

    def create_user(self, *, email: str, password: str | None, role: str, **ids: Any) -> "User":
        """Store a user with a hashed password; None makes one that cannot sign in by password."""
        user = self.model(email=email.strip().lower(), role=role, **ids)
        user.set_password(password)
        user.save(force_insert=True)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find by e-mail."""
        return self.get(email=(username or "").strip().lower())


_OF_COLLEAGUES = "id, email, role, employer_id, member_id, clinic_id, permissions, is_active, created_at"


class User(AbstractBaseUser):
    """Somebody who signs in. Exactly the id of the role's tenant is set; an operator has none.

    There is no name here: a member's name is on benefits.Member, and staff need none. Of an employee who closed their
    account (`closed_at`) only the row is left: nobody signs in by it, and its address is erased.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(unique=True)
    role = models.CharField(max_length=20, choices=UserRole.choices)
    employer_id = models.UUIDField(null=True)
    member_id = models.UUIDField(null=True, unique=True)
    clinic_id = models.UUIDField(null=True)
    permissions = ArrayField(models.CharField(max_length=20), default=list)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    is_staff = False
    is_superuser = False

    objects = Users()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="user_email_once"),
            models.CheckConstraint(name="user_tenant_fits_role", condition=TENANT_FITS_ROLE),
            models.CheckConstraint(
                name="user_hr_permissions_known",
                condition=~Q(role="hr_admin") | Q(permissions__contained_by=list(ALL_HR)),
            ),
            models.CheckConstraint(
                name="user_closed_is_out",
                condition=Q(closed_at=None) | Q(role="employee", is_active=False, email__endswith=ERASED[2:]),
            ),
            *seen_by(
                "user",
                auth=(EVERY, "select, insert, update"),
                employee=("id = {user}", "select"),
                hr=("role = 'hr_admin' AND employer_id = {employer}", f"select ({_OF_COLLEAGUES})"),
                clinic=("id = {user}", "select"),
                operator=(EVERY, "select, insert, update"),
                worker=(EVERY, "select"),
            ),
        ]

    @property
    def needs_mfa(self) -> bool:
        """Whether a password alone is not enough (OWASP ASVS 6.3.3): everyone who sees other people's data."""
        return self.role in MFA_ROLES


class Session(AbstractBaseSession):
    """A browser's session. `user_id` is a column of its own, so that all of a user's sessions can be ended at once."""

    user_id = models.UUIDField(null=True, db_index=True)

    class Meta:
        constraints: ClassVar = [
            *seen_by(
                "session",
                auth=(EVERY, "select, insert, update, delete"),
                operator=(EVERY, "select (user_id), delete"),
            ),
        ]


class Invitation(Aggregate):
    """A promise of an account to whoever holds the token that was mailed; only the token's SHA-256 is kept.

        open --accept--> claimed
             --a newer one for the same person--> superseded
             --expires_at--> expired

    HR has no grant here: whether an employee claimed theirs is not the employer's business.
    """

    tenant_field = "employer_id"

    role = models.CharField(max_length=20, choices=UserRole.choices)
    email = models.EmailField()
    employer_id = models.UUIDField(null=True)
    member_id = models.UUIDField(null=True)
    clinic_id = models.UUIDField(null=True)
    permissions = ArrayField(models.CharField(max_length=20), default=list)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="invitation_tenant_fits_role", condition=TENANT_FITS_ROLE),
            models.UniqueConstraint(
                fields=["member_id"],
                condition=Q(claimed_at=None, superseded_at=None, member_id__isnull=False),
                name="invitation_one_open_per_member",
            ),
            *seen_by(
                "invitation",
                auth=(EVERY, "select, insert, update (version, claimed_at, superseded_at)"),
                operator=(EVERY, "select, insert, update (superseded_at)"),
                worker=(EVERY, "select, insert, update (version, superseded_at)"),
            ),
        ]
