"""One member described anew, under the employer's lock, recorded, all of it or nothing.

People are added by change-sets (benefits/eligibility/), one or many.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from benefits.employers.models import Employer
from benefits.enrollment import queries
from benefits.enrollment.models import DESCRIBED, Door, Enrollment, Member, MemberContact
from benefits.enrollment.rules import is_other_person
from benefits.enrollment.services.recording import recorded
from benefits.events import MemberContactChanged, MemberTimeZoneChanged
from workers.kernel.errors import ChangedMeanwhile, DomainError
from workers.kernel.words import gettext_noop as _
from workers.outbox.publishing import publish

ADDRESSES = ("personal_email", "work_email")
# What may be described anew; dates of employment change by the steps of a life (living.py).
CHANGEABLE = tuple(
    name
    for name in DESCRIBED
    if name not in ("relationship", "hire_date", "end_date", "leave_starts_on", "date_of_death")
)


_OTHER_PERSON = _(
    "This is another person, by name and date of birth. For somebody new add an employee of their own; to correct a "
    "person, change the name and the date of birth one after the other."
)


class OtherPerson(DomainError):
    """Another name and another day of birth at once: whoever gets that record gets an account with it."""

    code = "other_person"


def describe(
    *,
    member_id: UUID,
    facts: Mapping[str, Any],
    now: datetime,
    seen: str = "",
    door: Door = Door.API,
    reason: str = "",
) -> Member:
    """Change what is said of a member: `facts` by the names in CHANGEABLE, and ADDRESSES, which replace each other.

    Raises NotFound, OtherPerson, and ChangedMeanwhile when `seen`, the ETag that the change builds on, is no longer
    theirs.
    """
    with changing(member_id, door=door, now=now, reason=reason, seen=seen) as member:
        described = [name for name in CHANGEABLE if name in facts]
        former = copy(member)
        for name in described:
            setattr(member, name, facts[name])
        if is_other_person(former, member):
            raise OtherPerson(_OTHER_PERSON)
        if described:
            member.save(update_fields=described)
        if member.timezone != former.timezone:
            publish(MemberTimeZoneChanged(member_id=member.pk, employer_id=member.employer_id), about=member, now=now)
        if any(name in facts for name in ADDRESSES):
            _readdress(member, facts, now)
    member.refresh_from_db()
    return member


def _readdress(member: Member, facts: Mapping[str, Any], now: datetime) -> None:
    addresses = {name: facts.get(name, "").lower() for name in ADDRESSES}
    person = replace(queries.person_of(member), **addresses)
    if member.contact_hash == (found := queries.contact_hash(person)):
        return
    member.contact_hash = found
    member.save(update_fields=["contact_hash"])
    _keep_contact(member, person.invite_email, now)
    publish(MemberContactChanged(member_id=member.pk, employer_id=member.employer_id), about=member, now=now)


def _keep_contact(member: Member, email: str, now: datetime) -> None:
    contact = MemberContact(employer_id=member.employer_id, member=member, email=email, created_at=now)
    MemberContact.objects.bulk_create([contact])  # and not save(), which would ask for the row it may not read


@contextmanager
def changing(member_id: UUID, *, door: Door, now: datetime, reason: str = "", seen: str = "") -> Iterator[Member]:
    """Lock a member on the roster, under their employer's lock, for a change that is recorded.

    Raises NotFound; ChangedMeanwhile where `seen` is given and is not the member's ETag any more.
    """
    with recorded(door=door, now=now, reason=reason):
        Employer.locked(pk=queries.get_on_roster(member_id).employer_id)
        member = Member.locked(pk=member_id, removed_at=None)
        if seen and seen != (current := tag_of(member)):
            raise ChangedMeanwhile(_("Somebody changed this member since you read them: read again."), current=current)
        yield member


def tag_of(member: Member) -> str:
    """Return a member's ETag."""
    return queries.tag_of(member, Enrollment.objects.filter(member=member).order_by("starts_on", "id"))
