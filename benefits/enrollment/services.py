"""Applying what changed to the roster, and inviting the people on it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from benefits.accounts import services as accounts
from benefits.enrollment import queries
from benefits.enrollment.models import EmploymentStatus, Enrollment, Member, MemberContact
from benefits.enrollment.rules import Changes, Known, Person, first_cover, last_day
from benefits.events import EnrollmentEnded, EnrollmentStarted, MemberContactChanged
from benefits.plans.queries import plans_from
from workers.kernel.errors import DomainError
from workers.kernel.ids import new_id
from workers.outbox.publishing import publish_all

_DESCRIBED = (
    "first_name",
    "last_name",
    "date_of_birth",
    "postal_code",
    "state",
    "language",
    "timezone",
    "hire_date",
    "end_date",
)


class NoPlan(DomainError):
    """Nobody can be enrolled: the employer has no plan in force or agreed for later."""

    code = "no_plan"


def apply_changes(*, employer_id: UUID, changes: Changes, roster: Mapping[str, Known], now: datetime) -> None:
    """Bring the roster in line with `changes`, with a handful of statements however many people they concern.

    New and reinstated people are enrolled in the employer's plan, ended ones' cover ends with their employment. The
    caller holds the lock of the Employer's row, under which `roster` was read. Raises NoPlan.
    """
    with transaction.atomic():
        members = _store(employer_id, changes.people(), roster)
        _store_contacts(members, changes, roster, now)
        _end([members[person.employee_number] for person in changes.ended], now)
        starting = [members[person.employee_number] for person in (*changes.added, *changes.reinstated)]
        if starting:
            _start(employer_id, starting, now)


def _store(employer_id: UUID, people: Sequence[Person], roster: Mapping[str, Known]) -> dict[str, Member]:
    members = {person.employee_number: _member(employer_id, person, roster) for person in people}
    Member.objects.bulk_create(
        members.values(),
        update_conflicts=True,
        unique_fields=["employer", "employee_number"],
        update_fields=[*_DESCRIBED, "employment_status", "contact_hash"],
    )
    return members


def _member(employer_id: UUID, person: Person, roster: Mapping[str, Known]) -> Member:
    known = roster.get(person.employee_number)
    return Member(
        id=known.member_id if known else new_id(),
        employer_id=employer_id,
        employee_number=person.employee_number,
        employment_status=EmploymentStatus.ACTIVE if person.is_active else EmploymentStatus.ENDED,
        contact_hash=queries.contact_hash(person),
        **{name: getattr(person, name) for name in _DESCRIBED},
    )


def _store_contacts(
    members: Mapping[str, Member], changes: Changes, roster: Mapping[str, Known], now: datetime
) -> None:
    """Keep the new addresses, and announce them for people who may have been invited at an old one."""
    contacts, events = [], []
    for person in changes.people():
        member, known = members[person.employee_number], roster.get(person.employee_number)
        if (known.contact_hash if known else "") == member.contact_hash:
            continue
        contacts.append(
            MemberContact(employer_id=member.employer_id, member=member, email=person.invite_email, created_at=now)
        )
        if known:
            event = MemberContactChanged(member_id=member.pk, employer_id=member.employer_id)
            events.append((event, member))
    MemberContact.objects.bulk_create(contacts)
    publish_all(events, now=now)


def _start(employer_id: UUID, members: Sequence[Member], now: datetime) -> None:
    plans = list(plans_from(employer_id, on=now.date()))
    if not plans:
        raise NoPlan("This employer has no plan yet: ask the benefit's team to add one, then apply the file again.")
    free_from = _free_from(members)
    enrollments = []
    for member in members:
        not_before = free_from.get(member.pk, member.hire_date)
        if cover := first_cover(plans, hire_date=member.hire_date, not_before=not_before):
            plan, starts_on = cover
            enrollments.append(Enrollment(employer_id=employer_id, member=member, plan=plan, starts_on=starts_on))
    Enrollment.objects.bulk_create(enrollments)
    publish_all([(_started(enrollment), enrollment) for enrollment in enrollments], now=now)


def _free_from(members: Sequence[Member]) -> dict[UUID, date]:
    """The day after each member's latest period of cover, for those who have had one."""
    ended = Enrollment.objects.filter(member__in=members, ends_on__isnull=False)
    latest: dict[UUID, date] = {}
    for member_id, ends_on in ended.order_by("ends_on").values_list("member_id", "ends_on"):
        assert ends_on is not None
        latest[member_id] = ends_on + timedelta(days=1)
    return latest


def _end(members: Sequence[Member], now: datetime) -> None:
    """End the latest enrollment of each member with their employment, where it does not end on that day already."""
    end_dates = {member.pk: member.end_date for member in members}
    latest = Enrollment.objects.filter(member__in=members).order_by("member_id", "-starts_on").distinct("member_id")
    ending = []
    for enrollment in latest:
        end_date = end_dates[enrollment.member_id]
        assert end_date is not None
        ends_on = last_day(starts_on=enrollment.starts_on, end_date=end_date)
        if ends_on != enrollment.ends_on:
            enrollment.ends_on = ends_on
            ending.append(enrollment)
    Enrollment.objects.bulk_update(ending, ["ends_on"])
    publish_all([(_ended(enrollment, now), enrollment) for enrollment in ending], now=now)


def _started(enrollment: Enrollment) -> EnrollmentStarted:
    return EnrollmentStarted(
        enrollment_id=enrollment.pk,
        member_id=enrollment.member_id,
        employer_id=enrollment.employer_id,
        starts_on=enrollment.starts_on,
    )


def _ended(enrollment: Enrollment, now: datetime) -> EnrollmentEnded:
    return EnrollmentEnded(
        enrollment_id=enrollment.pk,
        member_id=enrollment.member_id,
        employer_id=enrollment.employer_id,
        ends_on=enrollment.ends_on or now.date(),
    )


def invite(*, member_id: UUID, now: datetime) -> None:
    """Mail a member their invitation at the address that counts now.

    Nothing happens when there is no address, employment has ended, or the account exists. Raises NotFound.
    """
    with transaction.atomic():
        member = queries.get_member(member_id)
        email = queries.latest_contact(member_id)
        if email and member.employment_status == EmploymentStatus.ACTIVE:
            accounts.invite_member(
                member_id=member.pk,
                employer_id=member.employer_id,
                email=email,
                language=member.language,
                now=now,
            )
