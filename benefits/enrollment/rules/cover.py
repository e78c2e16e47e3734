"""From when, until when, and on which days a plan covers somebody. Pure; a period includes its first and last day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

DAY = timedelta(days=1)


def last_day(*, starts_on: date, end_date: date) -> date:
    """Return a period's last day when employment ends: the day before its first when it never began."""
    return max(end_date, starts_on - timedelta(days=1))


def covers(*, starts_on: date, ends_on: date | None, on: date, run_out_days: int = 0) -> bool:
    """Whether a period, prolonged by its run-out, includes a day."""
    return starts_on <= on and (ends_on is None or on - timedelta(days=run_out_days) <= ends_on)


@dataclass(frozen=True, kw_only=True)
class Span:
    """Some days of cover by a plan; no `ends_on` means without end."""

    plan_id: UUID
    starts_on: date
    ends_on: date | None

    @property
    def is_empty(self) -> bool:
        """Whether it ended before it began."""
        return self.ends_on is not None and self.ends_on < self.starts_on


def missing(spans: Sequence[Span], *, among: Sequence[Span]) -> list[Span]:
    """Return the days of `spans` on which nothing of `among` covers, in order."""
    left = [span for span in spans if not span.is_empty]
    for other in (one for one in among if not one.is_empty):
        left = [part for span in left for part in _without(span, other)]
    return sorted(left, key=lambda span: span.starts_on)


def _without(span: Span, other: Span) -> Iterator[Span]:
    """What is left of a span before and after another one."""
    if _is_over(span, before=other.starts_on) or _is_over(other, before=span.starts_on):
        yield span
        return
    if span.starts_on < other.starts_on:
        yield replace(span, ends_on=other.starts_on - DAY)
    if other.ends_on is not None and not _is_over(span, before=other.ends_on + DAY):
        yield replace(span, starts_on=other.ends_on + DAY)


def _is_over(span: Span, *, before: date) -> bool:
    return span.ends_on is not None and span.ends_on < before
