"""When sessions of a course may be: a clinic's hours and closed days, and what the member and the therapist would like.

Instants are minutes since 1970 in UTC here, days their ordinals at the clinic: the planner asks for thousands of them.
A wall time that the clocks skip is as much later as they skip, one that they show twice is the first of the two
(PEP 495, fold=0); so an opening hour lasts as long as the clocks say, on those two days too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from referrals.clinics.rules.hours import OFFICE, Hours

SLOT = 30  # minutes between two moments at which a session may begin
DAY = 24 * 60
CLOSED = "the clinic is closed"
_FIRST_DAY = date(1970, 1, 1).toordinal()


class UnknownZone(ValueError):
    """No such time zone exists."""


class Soft(StrEnum):
    """What a plan keeps when it can: the first is bent last."""

    AVAILABILITY = "availability"  # when the member can come
    THERAPIST = "therapist"  # the days on which the therapist works
    PREFERENCE = "preference"  # the times of the week that the member wished for


COST: Mapping[Soft, int] = {Soft.AVAILABILITY: 100, Soft.THERAPIST: 10, Soft.PREFERENCE: 1}


@dataclass(frozen=True, kw_only=True)
class Dates:
    """From one date to another, both included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, kw_only=True)
class Availability:
    """When a member can come, on the clocks of their `zone`: at any time where no `weekly` hours are given."""

    zone: ZoneInfo
    weekly: tuple[Hours, ...] = ()
    away: tuple[Dates, ...] = ()


ALWAYS = Availability(zone=ZoneInfo("UTC"))
Slot = tuple[int, int]  # cost, begins
Interval = tuple[int, int]  # begins, ends


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """A clinic's and a member's time.

    `holidays` (with their names) and `closures` close the clinic; `busy` is what the member has elsewhere. These are
    hard, as are `hours`; `availability`, `therapist_days` (ISO weekdays; none: any) and `preferred` are soft.
    """

    zone: ZoneInfo
    hours: tuple[Hours, ...] = OFFICE
    holidays: Mapping[date, str] = field(default_factory=dict)
    closures: tuple[Dates, ...] = ()
    busy: tuple[tuple[datetime, datetime], ...] = ()
    availability: Availability = ALWAYS
    therapist_days: frozenset[int] = frozenset()
    preferred: tuple[Hours, ...] = ()
    _days: dict[int, "Day"] = field(default_factory=dict, init=False, compare=False, repr=False)
    _midnights: dict[int, int] = field(default_factory=dict, init=False, compare=False, repr=False)
    _lender: "Calendar | None" = field(default=None, init=False, compare=False, repr=False)
    _own: set[int] = field(default_factory=set, init=False, compare=False, repr=False)

    def busy_also(self, taken: Sequence[tuple[datetime, datetime]]) -> "Calendar":
        """Return it with more that the member has elsewhere; days that this leaves alone are worked out here, once."""
        if not taken:
            return self
        days = [(self.local_day(minute_of(begins)), self.local_day(minute_of(ends))) for begins, ends in taken]
        later = replace(self, busy=(*self.busy, *taken))
        later._own.update(day for first, last in days for day in range(first, last + 1))
        object.__setattr__(later, "_lender", self)  # not a field of `replace`: another calendar lends from nobody
        object.__setattr__(later, "_midnights", self._midnights)
        return later

    def day(self, ordinal: int) -> "Day":
        """Return a day, worked out once."""
        known = self._days.get(ordinal)
        if known is None:
            lender = None if ordinal in self._own else self._lender
            known = lender.day(ordinal) if lender else self._work_out(date.fromordinal(ordinal))
            self._days[ordinal] = known
        return known

    def closed_because(self, day: date) -> str:
        """Return why the clinic is closed all day, "" when it is not."""
        return CLOSED if any(day in closure for closure in self.closures) else self.holidays.get(day, "")

    def local_day(self, minute: int) -> int:
        """Return the ordinal of a minute's day at the clinic."""
        day = minute // DAY + _FIRST_DAY
        while minute < self.midnight(day):
            day -= 1
        while minute >= self.midnight(day + 1):
            day += 1
        return day

    def midnight(self, ordinal: int) -> int:
        """Return the minute at which a day begins at the clinic."""
        known = self._midnights.get(ordinal)
        if known is None:
            known = self._midnights[ordinal] = _at(date.fromordinal(ordinal), time(), self.zone)
        return known

    def _work_out(self, day: date) -> "Day":
        if self.closed_because(day):
            return _CLOSED
        open_ = [_interval(day, one, self.zone) for one in self.hours if one.weekday == day.isoweekday()]
        return Day(
            free=tuple(_without(open_, [(minute_of(begins), minute_of(ends)) for begins, ends in self.busy])),
            can=self._can(day),
            works=not self.therapist_days or day.isoweekday() in self.therapist_days,
            preferred=_on(day, self.preferred, self.zone) if self.preferred else None,
        )

    def _can(self, day: date) -> tuple[Interval, ...] | None:
        """The member's hours around a day at the clinic, which is not the same day where they live."""
        one = self.availability
        if not one.weekly and not one.away:
            return None
        near = [day + timedelta(days=days) for days in (-1, 0, 1)]
        present = [one_day for one_day in near if not any(one_day in away for away in one.away)]
        if one.weekly:
            return tuple(interval for one_day in present for interval in _on(one_day, one.weekly, one.zone))
        return tuple(_interval(one_day, None, one.zone) for one_day in present)


@dataclass(frozen=True, kw_only=True)
class Day:
    """A day at the clinic: when it is `free`, when the member `can` come (None: whenever), and what else is liked."""

    free: tuple[Interval, ...] = ()
    can: tuple[Interval, ...] | None = None
    works: bool = True
    preferred: tuple[Interval, ...] | None = None
    _slots: dict[int, list[Slot]] = field(default_factory=dict, init=False, compare=False, repr=False)

    def slots(self, minutes: int) -> list[Slot]:
        """Return when a session of so many minutes may begin, the best first and among equals the earliest."""
        known = self._slots.get(minutes)
        if known is None:
            begins = [at for since, until in self.free for at in range(since, until - minutes + 1, SLOT)]
            known = self._slots[minutes] = sorted((self.cost(at, at + minutes), at) for at in begins)
        return known

    def is_free(self, begins: int, ends: int) -> bool:
        """Whether the clinic is open and the member has nothing else."""
        return _within(self.free, begins, ends)

    def cost(self, begins: int, ends: int) -> int:
        """Return what is bent, by COST."""
        cost = 0 if self.works else COST[Soft.THERAPIST]
        if self.can is not None and not _within(self.can, begins, ends):
            cost += COST[Soft.AVAILABILITY]
        if self.preferred is not None and not _within(self.preferred, begins, ends):
            cost += COST[Soft.PREFERENCE]
        return cost

    def bent(self, begins: int, ends: int) -> list[Soft]:
        """Return which soft rules a session would bend."""
        found = [] if self.can is None or _within(self.can, begins, ends) else [Soft.AVAILABILITY]
        found += [] if self.works else [Soft.THERAPIST]
        return found if self.preferred is None or _within(self.preferred, begins, ends) else [*found, Soft.PREFERENCE]


_CLOSED = Day()


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name. Raises UnknownZone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownZone(f"There is no time zone {name!r}.") from None


def minute_of(instant: datetime) -> int:
    """Return an instant in minutes since 1970; seconds are dropped."""
    return int(instant.timestamp() // 60)


def instant_of(minute: int) -> datetime:
    """Return the instant (UTC) of a minute."""
    return datetime.fromtimestamp(minute * 60, UTC)


def _interval(day: date, one: Hours | None, zone: ZoneInfo) -> Interval:
    """Hours on a day, or the whole of it."""
    if one is None:
        return _at(day, time(), zone), _at(day + timedelta(days=1), time(), zone)
    return _at(day, one.opens, zone), _at(day, one.closes, zone)


def _at(day: date, at: time, zone: ZoneInfo) -> int:
    return minute_of(datetime.combine(day, at, zone))


def _on(day: date, hours: Sequence[Hours], zone: ZoneInfo) -> tuple[Interval, ...]:
    """The hours of a day's weekday; what reaches the day's last minute reaches its end, for none is called 24:00."""
    mine = [one for one in hours if one.weekday == day.isoweekday()]
    whole = _at(day + timedelta(days=1), time(), zone) if mine else 0
    found = [_interval(day, one, zone) for one in mine]
    joined: list[Interval] = []
    for begins, ends in sorted((begins, whole if ends == whole - 1 else ends) for begins, ends in found):
        if joined and begins <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(ends, joined[-1][1])
        else:
            joined.append((begins, ends))
    return tuple(joined)


def _without(free: Sequence[Interval], busy: Sequence[Interval]) -> list[Interval]:
    """Free time less what is taken; what begins anew after something does so on a slot of its interval."""
    left = sorted(free)
    for since, until in busy:
        left = [part for begins, ends in left for part in _cut(begins, ends, since, until)]
    return [(begins, ends) for begins, ends in left if begins < ends]


def _cut(begins: int, ends: int, since: int, until: int) -> list[Interval]:
    if until <= begins or ends <= since:
        return [(begins, ends)]
    again = begins + -(-(until - begins) // SLOT) * SLOT
    return [(begins, min(ends, since)), (again, ends)]


def _within(intervals: Sequence[Interval], begins: int, ends: int) -> bool:
    for since, until in intervals:  # noqa: SIM110 - gone through for every slot of every day: half the time of any()
        if since <= begins and ends <= until:
            return True
    return False
