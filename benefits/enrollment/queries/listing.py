"""The roster as HR reads it: filtered, page by page, now or as it was on a day.

Rows are plain dicts and not models: a page of the largest roster costs little more than its statements.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import DateField, DateTimeField, Exists, F, Func, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast

from benefits.enrollment.models import DESCRIBED, EmploymentStatus, Enrollment, Member
from benefits.enrollment.rules import local_day, status_on
from benefits.plans.models import Plan
from benefits.plans.queries import plans_in_force

COLUMNS = ("id", "employee_number", *DESCRIBED, "subscriber_id", "employment_status")


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What narrows a roster down; None and "" narrow nothing.

    `name` is how last and first name begin ("garcía a"), `status` as in rules.status_on, today where each member lives.
    `covered_on` keeps those whom a plan covered on that day, `plan_id` those whom this one did (on that day, or ever).
    """

    employee_number: str = ""
    name: str = ""
    status: str = ""
    employment_status: str = ""
    employee_class: str = ""
    work_location: str = ""
    plan_id: UUID | None = None
    covered_on: date | None = None
    subscriber_id: UUID | None = None


def find(filters: Filters, *, employer_id: UUID, now: datetime) -> QuerySet[Member, dict[str, Any]]:
    """Return an employer's roster as rows of COLUMNS; the caller orders and pages it, and adds to a page by `shown`."""
    members = Member.objects.filter(employer_id=employer_id, removed_at=None)
    exact = ("employee_number", "employment_status", "employee_class", "work_location", "subscriber_id")
    members = members.filter(**{name: value for name in exact if (value := getattr(filters, name))})
    if filters.name:
        members = members.filter(sort_name__gte=filters.name.lower(), sort_name__lt=filters.name.lower() + "\U0010ffff")
    if filters.status:
        members = members.annotate(today=_today(now)).filter(_STANDING[filters.status])
    if filters.covered_on is not None or filters.plan_id is not None:
        members = members.filter(Exists(_covering(filters, employer_id)))
    rows: QuerySet[Member, dict[str, Any]] = members.values(*COLUMNS)
    return rows


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a search says of a member: enough to tell two people of one name apart."""

    id: UUID
    first_name: str
    last_name: str
    date_of_birth: date
    employer_name: str


def find_anywhere(*, name: str, born_on: date | None, most: int) -> list[Found]:
    """Return at most so many of all employers' members whose last and first name begin so ("garcía a"), in their order.

    `born_on` keeps those who were born on that day. For an operator, who may see them all. The index begins with the
    employer, over whom PostgreSQL 18 skips.
    """
    begins = name.strip().lower()
    members = Member.objects.filter(removed_at=None, sort_name__gte=begins, sort_name__lt=begins + "\U0010ffff")
    if born_on is not None:
        members = members.filter(date_of_birth=born_on)
    columns = ("id", "first_name", "last_name", "date_of_birth")
    rows = members.order_by("sort_name", "id").values(*columns, employer_name=F("employer__name"))
    return [Found(**row) for row in rows[:most]]


def _today(now: datetime) -> Cast:
    """The calendar day where a member lives."""
    local = Func(F("timezone"), Value(now), function="timezone", output_field=DateTimeField())
    return Cast(local, DateField())


_DEAD = Q(date_of_death__lte=F("today"))
_GONE = Q(end_date__lt=F("today"))
_WAITING = Q(hire_date__gt=F("today"))
_AWAY = Q(leave_starts_on__lte=F("today"))
# rules.status_on, for the database; the recorded status narrows it down by an index first.
_STANDING = {
    "deceased": Q(_DEAD, employment_status=EmploymentStatus.DECEASED),
    "terminated": Q(~_DEAD, _GONE, employment_status__in=(EmploymentStatus.ENDED, EmploymentStatus.DECEASED)),
    "pending": Q(~_DEAD, ~_GONE, _WAITING),
    "on_leave": Q(~_DEAD, ~_GONE, ~_WAITING, _AWAY, employment_status=EmploymentStatus.ON_LEAVE),
    "active": Q(~_DEAD, ~_GONE, ~_WAITING, ~_AWAY),
}
STATUSES = tuple(_STANDING)


def _covering(filters: Filters, employer_id: UUID) -> QuerySet[Enrollment]:
    """The periods of cover of the outer member that the filters ask for."""
    plan_ids = _plans(filters, employer_id)
    periods = Enrollment.objects.filter(employer_id=employer_id, member=OuterRef("pk"), plan_id__in=plan_ids)
    if filters.covered_on is None:
        return periods.filter(Q(ends_on=None) | Q(ends_on__gte=F("starts_on")))
    day = filters.covered_on
    return periods.filter(Q(ends_on=None) | Q(ends_on__gte=day), starts_on__lte=day)


def _plans(filters: Filters, employer_id: UUID) -> list[UUID]:
    """Every version of the plans that count: who is enrolled in one is covered by whichever is in force, if any is."""
    lineages = Plan.objects.filter(employer_id=employer_id)
    if filters.plan_id is not None:
        lineages = lineages.filter(pk=filters.plan_id)
    if filters.covered_on is not None:
        in_force = plans_in_force(employer_id, on=filters.covered_on)
        lineages = lineages.filter(lineage_id__in=in_force.values("lineage_id"))
    versions = Plan.objects.filter(employer_id=employer_id, lineage_id__in=lineages.values("lineage_id"))
    return list(versions.values_list("id", flat=True))


def shown(rows: Iterable[Mapping[str, Any]], *, now: datetime) -> list[dict[str, Any]]:
    """Return rows of `find` with each member's `status` today and `enrollments`, which one statement fetches."""
    rows = list(rows)
    periods: dict[UUID, list[dict[str, Any]]] = {row["id"]: [] for row in rows}
    for member_id, *facts in _periods(periods):
        periods[member_id].append(dict(zip(("id", "plan_id", "starts_on", "ends_on"), facts, strict=True)))
    days = {zone: local_day(now, zone) for zone in {row["timezone"] for row in rows}}
    return [
        {**row, "status": status_on(_Dates(row), on=days[row["timezone"]]), "enrollments": periods[row["id"]]}
        for row in rows
    ]


def _periods(member_ids: Iterable[UUID]) -> QuerySet[Enrollment, tuple[Any, ...]]:
    """Periods that cover a day at least: one that ended before it began is nobody's business."""
    periods = Enrollment.objects.filter(Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), member__in=list(member_ids))
    return periods.order_by("starts_on").values_list("member_id", "id", "plan_id", "starts_on", "ends_on")


class _Dates:
    """A row's dates, as the rule asks for them."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.hire_date: date = row["hire_date"]
        self.end_date: date | None = row["end_date"]
        self.leave_starts_on: date | None = row["leave_starts_on"]
        self.date_of_death: date | None = row["date_of_death"]
