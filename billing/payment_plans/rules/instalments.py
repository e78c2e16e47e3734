"""How a price becomes instalments and their dates."""

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from workers.kernel.money import dollars, split
from workers.kernel.words import Sentence
from workers.kernel.words import gettext_noop as _

_TOO_LITTLE = Sentence("%(amount)s is less than the smallest charge, %(least)s.")
_PARTS = Sentence("%(amount)s can be paid in 1 to %(most)s instalments, not in %(count)s.")


class Interval(StrEnum):
    """How far apart instalments are."""

    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    MONTHLY = "monthly"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a plan may look like; cents, days, and times of the member's own day."""

    most_instalments: int
    smallest_charge_cents: int
    debit_time: time
    announced_before: timedelta


TERMS = Terms(
    most_instalments=4,  # more may count as consumer credit (docs/facts.md, Money)
    smallest_charge_cents=50,  # docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
    debit_time=time(9),  # when a bank can be reached
    announced_before=timedelta(days=3),
)
MOST_INSTALMENTS = TERMS.most_instalments
SMALLEST_CHARGE_CENTS = TERMS.smallest_charge_cents
REMIND_BEFORE = TERMS.announced_before
_DAYS = {Interval.WEEKLY: 7, Interval.FORTNIGHTLY: 14}


class CannotSplit(ValueError):
    """The amount cannot be paid in so many instalments; the message says what is possible."""


def amounts(total_cents: int, count: int) -> list[int]:
    """Split `total_cents` into `count` instalments that differ by a cent at most. Raises CannotSplit."""
    if total_cents <= 0:
        raise CannotSplit(_("There is nothing to pay: no payment plan is needed."))
    if total_cents < SMALLEST_CHARGE_CENTS:
        raise CannotSplit(_TOO_LITTLE(amount=dollars(total_cents), least=dollars(SMALLEST_CHARGE_CENTS)))
    most = min(MOST_INSTALMENTS, total_cents // SMALLEST_CHARGE_CENTS)
    if not 1 <= count <= most:
        raise CannotSplit(_PARTS(amount=dollars(total_cents), most=most, count=count))
    return split(total_cents, [1] * count)


def due_dates(first: date, count: int, interval: Interval) -> list[date]:
    """Return `count` dates, each counted from `first`: the 31st gives the 30th or 28th and then the 31st again."""
    if interval in _DAYS:
        return [first + timedelta(days=_DAYS[interval] * n) for n in range(count)]
    return [_months_after(first, n) for n in range(count)]


def _months_after(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, min(first.day, calendar.monthrange(year, month + 1)[1]))


def debit_at(day: date, zone: str) -> datetime:
    """Return when a debit of a day happens (UTC): at TERMS.debit_time on the clocks of the member's zone."""
    return datetime.combine(day, TERMS.debit_time, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def due_instants(first: datetime, count: int, interval: Interval, zone: str) -> list[datetime]:
    """Return when each instalment is due (UTC): the first at once, the others by `debit_at`."""
    later = due_dates(first.astimezone(ZoneInfo(zone)).date(), count, interval)[1:]
    return [first, *(debit_at(day, zone) for day in later)]
