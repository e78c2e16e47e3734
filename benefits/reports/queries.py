"""Counting enrollments, and reading what was settled."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from benefits.enrollment.models import Enrollment
from benefits.enrollment.queries import headcounts_by_plan
from benefits.reports.models import QuarterFigure
from benefits.reports.rules import month_after, publishable


@dataclass(frozen=True, kw_only=True)
class PlanHeadcount:
    """How many members a plan covers on a day; None when they are too few to be counted in public."""

    plan_id: UUID
    plan_name: str
    enrolled: int | None


@dataclass(frozen=True, kw_only=True)
class Movement:
    """How many people's cover began, came back, and ended in a month; `month` is its first day."""

    month: date
    joined: int
    reinstated: int
    left: int


def headcounts(employer_id: UUID, *, on: date) -> list[PlanHeadcount]:
    """Return the headcount of each of an employer's plans that covers anybody on a day, by its beginning."""
    return [
        PlanHeadcount(plan_id=plan_id, plan_name=name, enrolled=publishable(enrolled))
        for plan_id, name, enrolled in headcounts_by_plan(employer_id, on=on)
    ]


def movements(employer_id: UUID, *, since: date, until: date) -> list[Movement]:
    """Return what its own files and admins did to an employer's roster, for each month from one through another.

    A period of cover that follows another without a day between is no movement: the plan changed, not the person.
    Both days are the first of their month.
    """
    end = month_after(until)
    mine = _real().filter(employer_id=employer_id)
    began = mine.filter(starts_on__gte=since, starts_on__lt=end, is_continued=False)
    ended = mine.filter(ends_on__gte=since, ends_on__lt=end, is_followed=False)
    joined = _by_month(began.filter(had_before=False).values_list("starts_on", flat=True))
    reinstated = _by_month(began.filter(had_before=True).values_list("starts_on", flat=True))
    left = _by_month(ended.values_list("ends_on", flat=True))
    months, month = [], since
    while month < end:
        months.append(Movement(month=month, joined=joined[month], reinstated=reinstated[month], left=left[month]))
        month = month_after(month)
    return months


def _real() -> QuerySet[Any, Any]:
    """Periods of at least a day, with what lies beside them."""
    others = Enrollment.objects.filter(member=OuterRef("member"), employer_id=OuterRef("employer_id"))
    others = others.filter(_LASTED).exclude(pk=OuterRef("pk"))
    return Enrollment.objects.filter(_LASTED).annotate(
        had_before=Exists(others.filter(starts_on__lt=OuterRef("starts_on"))),
        is_continued=Exists(others.filter(ends_on=OuterRef("starts_on") - timedelta(days=1))),
        is_followed=Exists(others.filter(starts_on=OuterRef("ends_on") + timedelta(days=1))),
    )


_LASTED = Q(ends_on=None) | Q(ends_on__gte=F("starts_on"))


def _by_month(days: Iterable[date | None]) -> Counter[date]:
    return Counter(day.replace(day=1) for day in days if day is not None)


def covered_in(employer_id: UUID, first: date, last: date) -> QuerySet[Any, Any]:
    """Return the members of an employer whom a plan covered on any day of a period, each once: {"member_id"}."""
    touching = Q(ends_on=None) | Q(ends_on__gte=first)
    covered = Enrollment.objects.filter(_LASTED, touching, employer_id=employer_id, starts_on__lte=last)
    return covered.order_by().values("member_id").distinct()


def list_quarters() -> QuerySet[QuarterFigure]:
    """Return the settled quarters of the actor's employer, the newest first."""
    return QuarterFigure.objects.order_by("-quarter")
