"""Change-sets staged, applied and undone as a door does it, and the roster that comes of it."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from benefits.eligibility import services
from benefits.eligibility.models import ChangeSet, Kind
from benefits.eligibility.rules.rows import Row
from benefits.employers.models import Employer
from benefits.enrollment.models import Door, Member
from benefits.enrollment.rules import Person
from tests.conftest import NOW
from tests.factories.benefits import hr_of, make_person
from workers.events import Event
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id
from workers.outbox.models import EventRecord

ANNE, BOB = new_id(), new_id()  # two admins
ENDED = date(2026, 2, 15)
Cover = tuple[UUID, UUID, date, date | None]


def staged(
    employer: Employer,
    *people: Person,
    kind: Kind = Kind.CHANGES,
    door: Door = Door.FILE,
    now: datetime = NOW,
    by: UUID = ANNE,
    **options: Any,
) -> ChangeSet:
    """Stage people, from row 2 on."""
    rows = [Row(number, person) for number, person in enumerate(people, start=2)]
    with acting_as(hr_of(employer.pk)):
        change_set, _ = services.stage(
            employer_id=employer.pk, door=door, kind=kind, rows=rows, by=by, now=now, **options
        )
    return change_set


def applied(
    employer: Employer, *people: Person, skip: bool = False, now: datetime = NOW, by: UUID = ANNE, **options: Any
) -> ChangeSet:
    """Stage people and apply them, `skip` where some cannot be."""
    change_set = staged(employer, *people, now=now, **options)
    with acting_as(hr_of(employer.pk)):
        return services.apply(change_set_id=change_set.pk, by=by, now=now, skip_rows_with_errors=skip)


def undone(employer: Employer, change_set: ChangeSet, now: datetime = NOW + timedelta(hours=1)) -> ChangeSet:
    """Take a change-set back."""
    with acting_as(hr_of(employer.pk)):
        return services.undo(change_set_id=change_set.pk, by=BOB, now=now)


def crowd(count: int) -> list[Person]:
    """So many people, E00 and on."""
    return [make_person(f"E{i:02}") for i in range(count)]


def child(number: str, of: str, **facts: Any) -> Person:
    """A dependant of the employee of that number."""
    return make_person(number, relationship="child", subscriber_number=of, date_of_birth=date(2015, 1, 1), **facts)


def roster(employer: Employer) -> list[tuple[dict[str, Any], list[Cover]]]:
    """Everything of everybody on the roster that an employer may read, and their cover; by two statements."""
    with acting_as(WORKER):
        members = Member.objects.filter(employer_id=employer.pk, removed_at=None).order_by("employee_number")
        return [(_facts(one), _cover(one)) for one in members.prefetch_related("enrollments")]


def _facts(member: Member) -> dict[str, Any]:
    names = [field.attname for field in member._meta.local_fields if field.attname != "version"]
    return {name: getattr(member, name) for name in names}


def _cover(member: Member) -> list[Cover]:
    lasted = [c for c in member.enrollments.all() if c.ends_on is None or c.ends_on >= c.starts_on]
    return [(c.pk, c.plan_id, c.starts_on, c.ends_on) for c in sorted(lasted, key=lambda c: (c.starts_on, c.pk))]


def numbers(employer: Employer) -> list[str]:
    """Who is on the roster."""
    return [facts["employee_number"] for facts, _ in roster(employer)]


def cover(employer: Employer, number: str) -> list[tuple[date, date | None]]:
    """From when until when somebody is covered."""
    [periods] = [periods for facts, periods in roster(employer) if facts["employee_number"] == number]
    return [(starts_on, ends_on) for _, _, starts_on, ends_on in periods]


def events(kind: type[Event]) -> list[dict[str, Any]]:
    """What was announced of a kind, in order."""
    with acting_as(WORKER):
        found = EventRecord.objects.filter(type=kind.wire_name).order_by("occurred_at", "id")
        return [event.data for event in found]
