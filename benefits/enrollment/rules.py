"""People as an employer describes them, and from when a plan covers them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol, TypeVar
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Person:
    """One person of an eligibility file, every cell checked. `end_date` is the last day of employment."""

    employee_number: str
    first_name: str
    last_name: str
    date_of_birth: date
    postal_code: str
    state: str
    language: str
    timezone: str
    hire_date: date
    end_date: date | None = None
    personal_email: str = ""
    work_email: str = ""

    @property
    def is_active(self) -> bool:
        """Whether they are still employed."""
        return self.end_date is None

    @property
    def invite_email(self) -> str:
        """Where to invite them: the personal address when there is one, for an employer can read the other."""
        return self.personal_email or self.work_email


@dataclass(frozen=True, kw_only=True)
class Known:
    """A member as the roster has them: `person` without addresses, of which only `contact_hash` is known."""

    member_id: UUID
    person: Person
    contact_hash: str


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What differs between what an employer says and the roster."""

    added: Sequence[Person] = ()
    changed: Sequence[Person] = ()
    ended: Sequence[Person] = ()
    reinstated: Sequence[Person] = ()

    def people(self) -> list[Person]:
        """Everybody concerned."""
        return [*self.added, *self.changed, *self.ended, *self.reinstated]


class Terms(Protocol):
    """What of a plan decides when cover begins."""

    @property
    def starts_on(self) -> date: ...
    @property
    def ends_on(self) -> date | None: ...
    @property
    def waiting_days(self) -> int: ...


P = TypeVar("P", bound=Terms)


def first_cover(plans: Iterable[P], *, hire_date: date, not_before: date) -> tuple[P, date] | None:
    """Return the first of `plans` (in their order) that can cover somebody, and from which day; None when none can.

    Cover begins when the plan has begun and `waiting_days` after the hire date have passed, and not before
    `not_before`, the day after an earlier period of cover.
    """
    for plan in plans:
        starts_on = max(plan.starts_on, hire_date + timedelta(days=plan.waiting_days), not_before)
        if plan.ends_on is None or starts_on <= plan.ends_on:
            return plan, starts_on
    return None


def last_day(*, starts_on: date, end_date: date) -> date:
    """Return a period's last day when employment ends: the day before its first when it never began."""
    return max(end_date, starts_on - timedelta(days=1))


def covers(*, starts_on: date, ends_on: date | None, on: date, run_out_days: int = 0) -> bool:
    """Whether a period, prolonged by its run-out, includes a day."""
    return starts_on <= on and (ends_on is None or on - timedelta(days=run_out_days) <= ends_on)
