"""What an identity provider does with users. Every change of a member is a change-set of one row, applied at once.

So who changed what, through which door, is in the history as for a census, and an admin can undo it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace as with_facts
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from django.db import IntegrityError, transaction
from scim2_models import PatchOp

from benefits.eligibility.rules.columns import COLUMNS
from benefits.eligibility.rules.reading import Reader
from benefits.eligibility.rules.rows import RowError
from benefits.eligibility.services.members import MembersWithErrors, change_members
from benefits.enrollment.models import Door, Member
from benefits.enrollment.queries import contact_hash
from benefits.enrollment.rules import Person
from benefits.scim.models import ScimUser
from benefits.scim.queries.tokens import Provider
from benefits.scim.queries.users import get_user, person_of, provisioned, resource_of
from benefits.scim.rules.describing import ATTRIBUTES, Names, cells_of, names_of
from benefits.scim.rules.resources import TOLERANT, Employee, EnterpriseUser
from workers.kernel.errors import DomainError

_NAMED = ("user_name", "external_id", "work_email", "home_email", "address_type", "changed_at")
MOST_NAME, MOST_EXTERNAL, MOST_KIND = 254, 200, 20  # characters


class Refused(DomainError):
    """What SCIM calls it: a status and a `scim_type` (RFC 7644, table 9)."""

    scim_type: ClassVar[str] = ""


class InvalidValue(Refused):
    """An attribute is missing, or its value does not fit."""

    code = "invalid_value"
    status = 400
    scim_type = "invalidValue"


class NotUnique(Refused):
    """Another user has this userName or employeeNumber."""

    code = "not_unique"
    scim_type = "uniqueness"


class VersionChanged(Refused):
    """The user is no longer as the client knows them (If-Match)."""

    code = "version_changed"
    status = 412


def create(*, provider: Provider, wanted: Employee, now: datetime) -> ScimUser:
    """Provision a user: somebody new, or a member whom the employer named through another door.

    Raises InvalidValue, NotUnique, and what applying a change-set raises.
    """
    with transaction.atomic():
        _forget_removed(provider, now)
        member = _member_of(provider, wanted)
        if member is not None and provisioned().filter(member=member).exists():
            raise NotUnique("Another user has this employeeNumber: update that one.")
        user = ScimUser(employer_id=provider.employer_id, created_at=now, changed_at=now)
        _name(user, names_of(wanted))
        _apply(provider, wanted, member, now=now)
        user.member = _member_of(provider, wanted)  # type: ignore[assignment] # it has just been applied
        _save(lambda: user.save(force_insert=True))
    return get_user(user.pk)


def replace(*, provider: Provider, user_id: UUID, wanted: Employee, if_match: str, now: datetime) -> ScimUser:
    """Replace a user (PUT): what is left out of names and addresses goes, what makes up a member stays.

    Raises NotFound, VersionChanged, InvalidValue, NotUnique, MutabilityException (scim2-models).
    """
    with transaction.atomic():
        user = _locked(provider, user_id, if_match, now)
        stored = resource_of(user, today=now.date())
        if wanted[EnterpriseUser] is None:
            wanted[EnterpriseUser] = stored[EnterpriseUser]
        wanted.replace(stored)
        return _change(provider, user, wanted, now)


def patch(
    *, provider: Provider, user_id: UUID, operations: PatchOp[Employee], if_match: str, now: datetime
) -> ScimUser:
    """Change a user by operations (PATCH), all of them or none.

    Raises NotFound, VersionChanged, InvalidValue, NotUnique, and scim2-models' exceptions.
    """
    with transaction.atomic():
        user = _locked(provider, user_id, if_match, now)
        wanted = resource_of(user, today=now.date())
        operations.patch(wanted, scim_policy=TOLERANT)
        return _change(provider, user, wanted, now, is_whole=True)


def delete(*, provider: Provider, user_id: UUID, if_match: str, now: datetime) -> None:
    """End somebody's employment, where it lasts, and forget what the identity provider called them.

    Raises NotFound, VersionChanged.
    """
    with transaction.atomic():
        user = _locked(provider, user_id, if_match, now)
        wanted = resource_of(user, today=now.date())
        wanted.active = False
        _change(provider, user, wanted, now)
        ScimUser.objects.filter(pk=user_id).update(deleted_at=now)


def _locked(provider: Provider, user_id: UUID, if_match: str, now: datetime) -> ScimUser:
    """The user, whom no other request changes until the transaction ends."""
    get_user(user_id)
    ScimUser.locked(pk=user_id)
    user = get_user(user_id)
    meta = resource_of(user, today=now.date()).meta
    known = [tag.strip() for tag in if_match.split(",")]
    if if_match.strip() not in ("", "*") and (meta is None or meta.version not in known):
        raise VersionChanged("Somebody changed this user meanwhile: read it again and repeat.")
    return user


def _forget_removed(provider: Provider, now: datetime) -> None:
    """Who was undone may be provisioned anew, under the same names."""
    undone = ScimUser.objects.filter(
        employer_id=provider.employer_id, deleted_at=None, member__removed_at__isnull=False
    )
    undone.update(deleted_at=now)


def _member_of(provider: Provider, wanted: Employee) -> Member | None:
    """Who is on the roster with a user's employee number, whichever door they came through."""
    enterprise = wanted[EnterpriseUser]
    number = (enterprise.employee_number or "").strip() if enterprise else ""
    members = Member.objects.filter(employer_id=provider.employer_id, employee_number=number, removed_at=None)
    return members.select_related("subscriber").first() if number else None


def _change(provider: Provider, user: ScimUser, wanted: Employee, now: datetime, *, is_whole: bool = False) -> ScimUser:
    former = Names(
        user_name=user.user_name,
        external_id=user.external_id,
        work_email=user.work_email,
        home_email=user.home_email,
        address_type=user.address_type,
    )
    _name(user, names_of(wanted))
    is_applied = _apply(provider, wanted, user.member, now=now, former=former, is_whole=is_whole)
    if is_applied or names_of(wanted) != former:
        user.changed_at = now
        _save(lambda: user.save(update_fields=_NAMED))
    return get_user(user.pk)


def _apply(
    provider: Provider,
    wanted: Employee,
    member: Member | None,
    *,
    now: datetime,
    former: Names | None = None,
    is_whole: bool = False,
) -> bool:
    """Bring the roster in line with a user, and return whether anything differed: else nothing is staged.

    `former` are the addresses that the provider had sent: as long as it repeats them, others that the employer gave
    through another door stay.
    """
    known = person_of(member) if member is not None else None
    cells = cells_of(wanted, known, today=now.date(), is_whole=is_whole)
    person = _checked(cells, now)
    if member is not None and _is_same(person, known, member, former):
        return False
    if member is None and person.end_date is not None:
        if person.end_date <= now.date():
            raise InvalidValue("active: somebody who has left cannot become a member: provision them when they work.")
        # A row about a stranger's end is passed over, so they come first and their end is said after.
        _change_roster(provider, cells | {"employment_status": "active", "end_date": ""}, now)
    _change_roster(provider, cells, now)
    return True


def _change_roster(provider: Provider, cells: dict[str, str], now: datetime) -> None:
    try:
        change_members(
            employer_id=provider.employer_id, members=[cells], by=provider.created_by, now=now, door=Door.SCIM
        )
    except MembersWithErrors as error:
        _refuse([RowError(**one) for one in error.extra["errors"]])


def _is_same(person: Person, known: Person | None, member: Member, former: Names | None) -> bool:
    if with_facts(person, work_email="", personal_email="") != known:
        return False
    is_repeated = former is not None and (person.work_email, person.personal_email) == (
        former.work_email.lower(),
        former.home_email.lower(),
    )
    return is_repeated or contact_hash(person) == member.contact_hash


def _checked(cells: dict[str, str], now: datetime) -> Person:
    """Check a user as a row of a census is checked. Raises InvalidValue."""
    record = [cells.get(column, "") for column in COLUMNS]
    [row] = Reader(COLUMNS, {}, today=now.date()).rows([record])
    _refuse(row.errors)
    assert row.person is not None
    return row.person


def _refuse(errors: Sequence[RowError]) -> None:
    """Say all that is wrong at once, by the names of attributes. Raises InvalidValue."""
    if errors:
        said = [f"{ATTRIBUTES.get(error.column, error.column)}: {error.message}" for error in errors]
        raise InvalidValue(" ".join(said))


def _name(user: ScimUser, names: Names) -> None:
    """Give a user the identity provider's names. Raises InvalidValue."""
    if not names.user_name or len(names.user_name) > MOST_NAME or not names.user_name.isprintable():
        raise InvalidValue(f"userName: give 1 to {MOST_NAME} printable characters.")
    if len(names.external_id) > MOST_EXTERNAL or not names.external_id.isprintable():
        raise InvalidValue(f"externalId: give at most {MOST_EXTERNAL} printable characters.")
    if not names.address_type.isprintable():
        raise InvalidValue("addresses.type: write home or work.")
    user.user_name, user.external_id = names.user_name, names.external_id
    user.work_email, user.home_email = names.work_email, names.home_email
    user.address_type = names.address_type[:MOST_KIND]


def _save(save: Callable[[], None]) -> None:
    """Raises NotUnique where another user of the employer has the userName."""
    try:
        with transaction.atomic():
            save()
    except IntegrityError as error:
        raise NotUnique("Another user has this userName: choose one that tells the two apart.") from error
