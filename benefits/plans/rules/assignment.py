"""Which of an employer's plans somebody belongs to, and from which day it covers them: once in Python, once in SQL.

On each day a person belongs to the first plan, by priority, of those in force on that day that take them. It covers
them once its own waiting time since their hire date has passed. Whom a plan takes is data on the plan: classes of
employees, places of work, days of hire; an empty condition takes everybody. No two plans in force on one day have the
same priority (the database sees to it), so the answer is one plan or none, and never hangs on the order of rows.

A dependant belongs to the plan of whom they depend on, and is covered where that plan covers dependants.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol, TypeVar


@dataclass(frozen=True, kw_only=True)
class Employed:
    """What of a person decides their plan; of a dependant it is the employee's, but for `is_dependant`."""

    hire_date: date
    employee_class: str = ""
    work_location: str = ""
    is_dependant: bool = False


class Assignable(Protocol):
    """What of a plan decides whom it takes, and when: a lower `priority` goes first, an empty condition takes all."""

    @property
    def priority(self) -> int: ...
    @property
    def starts_on(self) -> date: ...
    @property
    def ends_on(self) -> date | None: ...
    @property
    def waiting_days(self) -> int: ...
    @property
    def covers_dependants(self) -> bool: ...
    @property
    def employee_classes(self) -> Sequence[str]: ...
    @property
    def work_locations(self) -> Sequence[str]: ...
    @property
    def hired_from(self) -> date | None: ...
    @property
    def hired_until(self) -> date | None: ...


P = TypeVar("P", bound=Assignable)


def takes(plan: Assignable, person: Employed) -> bool:
    """Whether a plan is meant for somebody, on whatever day."""
    return (
        (not plan.employee_classes or person.employee_class in plan.employee_classes)
        and (not plan.work_locations or person.work_location in plan.work_locations)
        and (plan.hired_from is None or plan.hired_from <= person.hire_date)
        and (plan.hired_until is None or person.hire_date <= plan.hired_until)
    )


def belongs_to(plans: Sequence[P], person: Employed, *, on: date) -> P | None:
    """Return the plan that somebody belongs to on a day, waiting or not; None when none takes them."""
    open_to_them = [plan for plan in plans if _is_in_force(plan, on) and takes(plan, person)]
    return min(open_to_them, key=lambda plan: plan.priority, default=None)


def first_cover(plans: Sequence[P], person: Employed, *, not_before: date) -> tuple[P, date] | None:
    """Return the plan that covers somebody first, and its first day, not before `not_before`; None when none ever will.

    Only agreed plans count: the caller leaves drafts out, and plans that are over where the past is settled.
    """
    for day in sorted(set(_days_of_change(plans, person, not_before))):
        plan = belongs_to(plans, person, on=day)
        if plan and day >= _waited(plan, person) and (plan.covers_dependants or not person.is_dependant):
            return plan, day
    return None


def _days_of_change(plans: Sequence[P], person: Employed, not_before: date) -> Iterator[date]:
    """Every day on which an answer may begin to differ: something begins, a waiting time is over, something ended."""
    yield not_before
    for plan in plans:
        for day in (plan.starts_on, _waited(plan, person), plan.ends_on and plan.ends_on + timedelta(days=1)):
            if day and day > not_before:
                yield day


def _is_in_force(plan: Assignable, on: date) -> bool:
    return plan.starts_on <= on and (plan.ends_on is None or on <= plan.ends_on)


def _waited(plan: Assignable, person: Employed) -> date:
    return person.hire_date + timedelta(days=plan.waiting_days)


_TAKES = """(
    ({plan}.employee_classes = '{{}}' OR {person}.employee_class = ANY({plan}.employee_classes))
    AND ({plan}.work_locations = '{{}}' OR {person}.work_location = ANY({plan}.work_locations))
    AND ({plan}.hired_from IS NULL OR {plan}.hired_from <= {person}.hire_date)
    AND ({plan}.hired_until IS NULL OR {person}.hire_date <= {plan}.hired_until)
)"""
_FIRST_COVER = """(
    SELECT plan.id AS plan_id, change.day AS starts_on
    FROM benefits_plan AS plan
    CROSS JOIN LATERAL (
        SELECT greatest(plan.starts_on, {person}.hire_date + plan.waiting_days, {person}.not_before) AS day
        UNION
        SELECT gone.ends_on + 1 FROM benefits_plan AS gone
        WHERE gone.employer_id = plan.employer_id AND gone.status = 'agreed' AND gone.priority < plan.priority
          AND gone.ends_on IS NOT NULL
    ) AS change
    WHERE plan.employer_id = {person}.employer_id AND plan.status = 'agreed' AND {takes}
      AND (plan.ends_on IS NULL OR plan.ends_on >= {person}.today)
      AND (plan.covers_dependants OR NOT {person}.is_dependant)
      AND change.day >= greatest(plan.starts_on, {person}.hire_date + plan.waiting_days, {person}.not_before)
      AND (plan.ends_on IS NULL OR change.day <= plan.ends_on)
      AND NOT EXISTS (
          SELECT FROM benefits_plan AS former
          WHERE former.employer_id = plan.employer_id AND former.status = 'agreed'
            AND former.priority < plan.priority AND {former_takes}
            AND (former.ends_on IS NULL OR former.ends_on >= {person}.today)
            AND former.starts_on <= change.day AND (former.ends_on IS NULL OR change.day <= former.ends_on)
      )
    ORDER BY change.day
    LIMIT 1
)"""


_HIRED_ALIKE = """(
    SELECT least(min(starts_on) - max(waiting_days), min(hired_from) - 1, min(hired_until)) FROM benefits_plan
    WHERE employer_id = {employer} AND status = 'agreed' AND (ends_on IS NULL OR ends_on >= {today})
)"""


def hired_alike(plans: Sequence[Assignable]) -> date | None:
    """Return a day on or before which it does not matter when somebody was hired, nor since when they are free.

    Most people were hired before any plan began, and so one of them is asked about and not each. None without plans.
    """
    if not plans:
        return None
    days = [min(plan.starts_on for plan in plans) - timedelta(days=max(plan.waiting_days for plan in plans))]
    days += [plan.hired_from - timedelta(days=1) for plan in plans if plan.hired_from]
    return min([*days, *(plan.hired_until for plan in plans if plan.hired_until)])


def hired_alike_sql(*, employer: str, today: str) -> str:
    """Return the same as SQL, of the plans that are not over on a day; both are expressions."""
    return _HIRED_ALIKE.format(employer=employer, today=today)


def first_cover_sql(person: str) -> str:
    """Return the same rule as SQL, for a whole roster in one statement.

    `person` is the alias of a relation with the columns employer_id, employee_class, work_location, hire_date,
    is_dependant, not_before (a day, for instance that after an earlier cover) and today; plans that were over before
    `today` take nobody. It is joined to the result, which has at most one row a person, (plan_id, starts_on):

        SELECT p.id, cover.plan_id, cover.starts_on FROM people p CROSS JOIN LATERAL {first_cover_sql("p")} cover
    """
    return _FIRST_COVER.format(
        person=person,
        takes=_TAKES.format(plan="plan", person=person),
        former_takes=_TAKES.format(plan="former", person=person),
    )
