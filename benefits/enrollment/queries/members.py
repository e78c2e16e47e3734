"""Reading members one by one, and the whole roster to compare it with."""

import hmac
from collections.abc import Collection, Iterable
from functools import cache
from hashlib import sha256
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.expressions import Combinable

from benefits.enrollment.models import DESCRIBED, Enrollment, Member, MemberContact
from benefits.enrollment.rules import Person
from workers.kernel.compiled import Compiled, Given
from workers.kernel.errors import NotFound

_IDENTIFIED = ("employee_number", *DESCRIBED)
_ZONE = Compiled(lambda: Member.objects.filter(pk=Given("member_id")).only("timezone"))


def contact_hash(person: Person) -> str:
    """Return a keyed hash of a person's addresses, which tells only whether they are the same as before."""
    if not person.invite_email:
        return ""
    addresses = f"{person.personal_email}|{person.work_email}"
    return hmac.digest(_contact_key(settings.SECRET_KEY), addresses.encode(), "sha256").hex()


@cache
def _contact_key(secret: str) -> bytes:
    """Derived once and not for each of a census's rows."""
    return sha256(f"benefits.contact{secret}".encode()).digest()


def get_member(member_id: UUID) -> Member:
    """Return a member whom the actor may see. Raises NotFound."""
    return get_members([member_id])[0]


def get_members(member_ids: Collection[UUID], **also: Combinable) -> list[Member]:
    """Return members whom the actor may see, with what is `also` asked of each. Raises NotFound."""
    members = list(Member.objects.annotate(**also).filter(pk__in=member_ids))
    if len(members) < len(member_ids):
        raise NotFound("There is no such member.")
    return members


def zone_of(member_id: UUID) -> ZoneInfo:
    """Return the time zone where a member lives. Raises NotFound."""
    member = _ZONE.first(member_id=member_id)
    if member is None:
        raise NotFound("There is no such member.")
    return ZoneInfo(member.timezone)


def zones_of(member_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the time zone of each of these members. Raises NotFound when the actor may not see all of them."""
    found = dict(Member.objects.filter(pk__in=member_ids).values_list("pk", "timezone"))
    if len(found) < len(set(member_ids)):
        raise NotFound("There is no such member.")
    return found


def get_on_roster(member_id: UUID) -> Member:
    """Return a member who is on the actor's roster. Raises NotFound."""
    member = Member.objects.filter(pk=member_id, removed_at=None).first()
    if member is None:
        raise NotFound("There is no such member.")
    return member


def latest_contact(member_id: UUID) -> MemberContact | None:
    """Return where to invite a member, or None when no address was ever supplied. Workers only."""
    return MemberContact.objects.filter(member_id=member_id).order_by("-id").first()


def former_contact(member_id: UUID) -> str:
    """Return the last address that another one took the place of, or an empty string. Workers only."""
    emails = list(MemberContact.objects.filter(member_id=member_id).order_by("-id").values_list("email", flat=True))
    return next((email for email in emails[1:] if email and email != emails[0]), "")


def dependants_of(member: Member) -> QuerySet[Member]:
    """Return those on the roster who are covered through somebody, in a fixed order."""
    return Member.objects.filter(subscriber=member, removed_at=None).order_by("id")


def person_of(member: Member) -> Person:
    """Return a member as a door would describe them, but for the addresses, which nobody may read."""
    subscriber = member.subscriber.employee_number if member.subscriber is not None else ""
    facts = {name: getattr(member, name) for name in DESCRIBED}
    return Person(employee_number=member.employee_number, subscriber_number=subscriber, **facts)


def tag_of(member: Member, enrollments: Iterable[Enrollment]) -> str:
    """Return an ETag of all that an employer may change of a member: equal tags, equal facts."""
    facts = [member.pk, member.subscriber_id, member.contact_hash, *(getattr(member, name) for name in DESCRIBED)]
    facts += [(one.pk, one.plan_id, one.starts_on, one.ends_on) for one in enrollments]
    return sha256(repr([str(fact) for fact in facts]).encode()).hexdigest()[:32]
