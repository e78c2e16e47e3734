"""Which contributions an invoice may show, what its lines are, and how old a debt is. Pure; the numbers are data.

An employer knows its roster, and may put any two invoices side by side. So contributions are released in batches in
which nobody can be made out (docs/facts.md, "Aggregates"; docs/design/security.md 14, 16 to 18):

- a batch holds contributions of at least `smallest_group` members, and at least as many members have none in it;
- no single member makes more than `largest_percent` of it;
- one amount is shown, rounded down to `step_cents`; the residual goes into the next batch. No count is shown, and no
  contribution is ever in two batches, so that no difference of invoices is a smaller group;
- what could not be released for `pool_after_months` is pooled: it never appears on an invoice of that employer.

While a batch is held back an invoice is the same, byte for byte, as if nobody had sought help. Who of the members
did makes no difference ever.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from billing.ledger.rules import month_before


@dataclass(frozen=True, kw_only=True)
class ReleaseRule:
    """When contributions may be shown; see the module."""

    smallest_group: int = 11  # CMS: no cell from 1 to 10; zero is treated like small
    largest_percent: int = 50  # the (n, k)-dominance rule of statistical offices, n = 1
    step_cents: int = 500_00
    pool_after_months: int = 12


RULE = ReleaseRule()


@dataclass(frozen=True, kw_only=True)
class Contribution:
    """What an employer owes for one member, in cents; negative when an agreed price was lowered."""

    posting_id: UUID
    member_id: UUID
    cents: int


@dataclass(frozen=True, kw_only=True)
class Release:
    """What a batch holds (`total_cents`, the former residual included), what is shown of it, and the residual."""

    members: int
    total_cents: int
    shown_cents: int

    @property
    def residual_cents(self) -> int:
        """What goes into the next batch."""
        return self.total_cents - self.shown_cents


def release(
    contributions: Sequence[Contribution], *, residual_cents: int, enrolled: int, rule: ReleaseRule = RULE
) -> Release | None:
    """Return what may be shown of `contributions`, or None while they are held back."""
    by_member: dict[UUID, int] = defaultdict(int)
    for contribution in contributions:
        by_member[contribution.member_id] += contribution.cents
    shares = [cents for cents in by_member.values() if cents]
    total = residual_cents + sum(shares)
    shown = total // rule.step_cents * rule.step_cents
    is_large = min(len(shares), enrolled - len(shares)) >= rule.smallest_group
    if not is_large or shown <= 0 or max(map(abs, shares)) * 100 > rule.largest_percent * total:
        return None
    return Release(members=len(shares), total_cents=total, shown_cents=shown)


def pooled_before(month: date, rule: ReleaseRule = RULE) -> date:
    """Return the month before which a contribution that is still held back in `month` is pooled."""
    for _ in range(rule.pool_after_months - 1):
        month = month_before(month)
    return month


class LineKind(StrEnum):
    """What a line of an invoice is for."""

    MEMBER_FEE = "member_fee"
    CONTRIBUTIONS = "contributions"


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of an invoice: quantity × unit = amount, in cents."""

    kind: LineKind
    description: str
    quantity: int
    unit_cents: int

    @property
    def amount_cents(self) -> int:
        """Quantity times unit."""
        return self.quantity * self.unit_cents


def lines_of(heads: Sequence[tuple[str, int]], *, fee_cents: int, released_cents: int) -> list[Line]:
    """Return the lines for plans (name, members covered on the month's last day) and a released batch."""
    lines = [
        Line(kind=LineKind.MEMBER_FEE, description=name, quantity=enrolled, unit_cents=fee_cents)
        for name, enrolled in heads
        if enrolled and fee_cents
    ]
    if released_cents:
        shown = Line(
            kind=LineKind.CONTRIBUTIONS, description="Plan contributions", quantity=1, unit_cents=released_cents
        )
        lines.append(shown)
    return lines


# How long ago an amount was due, in days: (name, from, up to).
AGES: tuple[tuple[str, int, int], ...] = (
    ("not_due", -100_000, 0),
    ("days_1_30", 1, 30),
    ("days_31_60", 31, 60),
    ("days_61_90", 61, 90),
    ("over_90_days", 91, 100_000),
)


def age_of(due_on: date, on: date) -> str:
    """Return the name of the age of a debt that was due on a day."""
    days = (on - due_on).days
    return next(name for name, first, last in AGES if first <= days <= last)
