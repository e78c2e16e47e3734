"""The steps of a member's life: leave, end, return, re-hire, death. What each does to cover, and to dependants.

Every step takes `seen`, an ETag, like `changing.describe`, and raises NotFound, ChangedMeanwhile, and NotPossibleNow
for a step that does not follow from where the member stands; Invalid for a day that cannot be (rules.wrong_day).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from uuid import UUID

from benefits.enrollment.models import Door, Member
from benefits.enrollment.queries import dependants_of
from benefits.enrollment.rules import DAY_OF, POSSIBLE, local_day, wrong_day
from benefits.enrollment.services import covering
from benefits.enrollment.services.changing import changing
from benefits.events import MemberDied
from workers.kernel.errors import DomainError, Invalid
from workers.kernel.words import gettext_noop as _
from workers.outbox.publishing import publish

_NOT_NOW = _("This step does not follow from where they stand now: look at them again.")


class NotPossibleNow(DomainError):
    """What is recorded of the member (`state`) does not lead to this."""

    code = "not_possible_now"


def take_leave(
    *, member_id: UUID, starts_on: date, now: datetime, seen: str = "", door: Door = Door.API, reason: str = ""
) -> Member:
    """Record a leave; cover goes on."""
    with _step("leave", member_id, starts_on, door=door, now=now, reason=reason, seen=seen) as member:
        member.leave_starts_on = starts_on
        member.save(update_fields=["leave_starts_on"])
    return member


def return_from_leave(
    *, member_id: UUID, now: datetime, seen: str = "", door: Door = Door.API, reason: str = ""
) -> Member:
    """Record that a leave is over."""
    with _step("return", member_id, None, door=door, now=now, reason=reason, seen=seen) as member:
        member.leave_starts_on = None
        member.save(update_fields=["leave_starts_on"])
    return member


def terminate(
    *, member_id: UUID, end_date: date, now: datetime, seen: str = "", door: Door = Door.API, reason: str = ""
) -> Member:
    """End employment after `end_date`, and cover with it, or correct that day; dependants' cover ends with theirs."""
    with _step("terminate", member_id, end_date, door=door, now=now, reason=reason, seen=seen) as member:
        _end_with_dependants(member, end_date, now)
    return member


def reinstate(
    *,
    member_id: UUID,
    now: datetime,
    cover_from: date | None = None,
    seen: str = "",
    door: Door = Door.API,
    reason: str = "",
) -> Member:
    """Take a termination back; cover goes on the day after it ended, or on `cover_from`, which leaves a gap.

    So does that of dependants who ended on the same day. Raises NoPlan, too.
    """
    with _step("reinstate", member_id, cover_from, door=door, now=now, reason=reason, seen=seen) as member:
        _begin_with_dependants(member, cover_from=cover_from, hire_date=None, now=now)
    return member


def rehire(
    *, member_id: UUID, hire_date: date, now: datetime, seen: str = "", door: Door = Door.API, reason: str = ""
) -> Member:
    """Employ somebody anew who had left: the same member, whose waiting time begins again. Raises NoPlan, too."""
    with _step("rehire", member_id, hire_date, door=door, now=now, reason=reason, seen=seen) as member:
        _begin_with_dependants(member, cover_from=None, hire_date=hire_date, now=now)
    return member


def record_death(
    *, member_id: UUID, date_of_death: date, now: datetime, seen: str = "", door: Door = Door.API, reason: str = ""
) -> Member:
    """Record a death: cover ends with that day, dependants' too, and nothing is mailed to them any more."""
    with _step("death", member_id, date_of_death, door=door, now=now, reason=reason, seen=seen) as member:
        was = member.date_of_death
        member.date_of_death = date_of_death
        if member.end_date is None or member.end_date > date_of_death or member.end_date == was:
            _end_with_dependants(member, date_of_death, now)
        else:
            member.save(update_fields=["date_of_death"])
        if was is None:
            publish(MemberDied(member_id=member.pk, employer_id=member.employer_id), about=member, now=now)
    return member


def undo_death(*, member_id: UUID, now: datetime, seen: str = "", door: Door = Door.API, reason: str = "") -> Member:
    """Take a death back that was recorded by mistake; employment stays ended until it is reinstated."""
    with _step("undo_death", member_id, None, door=door, now=now, reason=reason, seen=seen) as member:
        member.date_of_death = None
        member.save(update_fields=["date_of_death"])
    return member


@contextmanager
def _step(
    step: str, member_id: UUID, day: date | None, *, door: Door, now: datetime, reason: str, seen: str
) -> Iterator[Member]:
    """Lock the member for a step that is possible on that day, and read them again after it."""
    with changing(member_id, door=door, now=now, reason=reason, seen=seen) as member:
        if member.employment_status not in POSSIBLE[step]:
            raise NotPossibleNow(_NOT_NOW, state=member.employment_status, possible_for=sorted(POSSIBLE[step]))
        today = local_day(now, member.timezone)
        if day and (wrong := wrong_day(step, day, member=member, born=member.date_of_birth, today=today)):
            raise Invalid(_("This day cannot be."), errors=[{"field": DAY_OF[step], "message": wrong}])
        yield member
    member.refresh_from_db()


def _end_with_dependants(member: Member, end_date: date, now: datetime) -> None:
    for one in [member, *dependants_of(member).filter(end_date=member.end_date, date_of_death=None)]:
        one.end_date, one.leave_starts_on = end_date, None
        one.save(update_fields=["end_date", "leave_starts_on", "date_of_death"])
        covering.end(one, now=now)


def _begin_with_dependants(member: Member, *, cover_from: date | None, hire_date: date | None, now: datetime) -> None:
    """A re-hire has a `hire_date`; else whoever is reinstated goes on as they were."""
    together = dependants_of(member).filter(end_date=member.end_date, date_of_death=None)
    for one in [member, *together]:
        one.end_date = None
        one.hire_date = hire_date or one.hire_date
        one.save(update_fields=["end_date", "hire_date"])
        covering.begin(one, cover_from=cover_from, now=now)
