"""The waterfall: list price → sliding discount → deductible → employer's share up to its caps → member's share.

    list price of a session
      − sliding discount, while the subsidy fund lasts           = fee
      fee within what is left of the year's deductible: the member's
      the plan's percentage or fixed amount of the rest, up to what is left of each cap: the employer's
      what remains: the member's, at once or in instalments

Pure, in integer cents. **Rounding**: half a cent is rounded up at two places, a line's sliding discount and a line's
percentage for the employer; everything else is a sum, a difference or a minimum of whole cents, so that every line adds
up exactly. Lines are taken in the order of their dates, which is how a deductible and a cap are used up.

A subsidy fund that lasts for a part only is shared over the sessions in proportion to their list prices, rounded down:
taken in their order, its last cents could fall where the employer pays most, and a lower income would pay more.

The scale lowers the fee and never the employer's percentage, which is the same for all of its employees (uniform
availability; docs/facts.md, Money).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from billing.quotes.rules.terms import SESSION_CAPS, Cap, Terms
from billing.sliding_scale.rules import Discount

VALID_FOR = timedelta(days=14)


@dataclass(frozen=True, kw_only=True)
class BillableSession:
    """A session and its list price in cents."""

    id: UUID
    kind: str
    starts_at: datetime
    list_cents: int


@dataclass(frozen=True, kw_only=True)
class Line:
    """Where every cent of a session's list price goes: list = discount + employer + member.

    `deductible_cents` is the part of the member's share that counts toward the deductible. `scale_cents` is what the
    scale alone would have taken off and `share_cents` what the plan would have paid without its caps; where it paid
    less, `limited_by` is the rule of the cap that left the least, and `left_cents` what that left. `takes` is what the
    line takes of each limit, by bucket.
    """

    session_id: UUID
    kind: str
    list_cents: int
    discount_cents: int
    deductible_cents: int
    employer_cents: int
    member_cents: int
    scale_cents: int
    share_cents: int
    limited_by: str = ""
    left_cents: int = 0
    takes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Pricing:
    """The lines of a course in the order of their dates, and what they take of each limit, by bucket."""

    lines: tuple[Line, ...]
    taken: Mapping[str, int]

    def total(self, part: str) -> int:
        """The cents of a part (`"employer"`) over all lines."""
        return sum(getattr(line, f"{part}_cents") for line in self.lines)


def price(
    sessions: Sequence[BillableSession], discount: Discount, terms: Terms, *, subsidy_cents: int | None = None
) -> Pricing:
    """Price a course; `subsidy_cents` is what is left in the fund that pays discounts, None where nothing limits it."""
    total = sum(session.list_cents for session in sessions)
    run = _Run(discount, terms, None if subsidy_cents is None else (subsidy_cents, total))
    ordered = sorted(sessions, key=lambda session: (session.starts_at, session.id))
    lines = tuple(run.line(session) for session in ordered)
    return Pricing(lines=lines, taken=dict(run.taken))


class _Run:
    """One walk down the waterfall: what was taken of every limit so far."""

    def __init__(self, discount: Discount, terms: Terms, subsidy: tuple[int, int] | None) -> None:
        """`subsidy` is what the fund has, and the sum of the list prices that it is shared over."""
        self.discount, self.terms, self.subsidy = discount, terms, subsidy
        self.taken: Counter[str] = Counter({cap.bucket: 0 for cap in terms.limits() if cap.bucket})

    def line(self, session: BillableSession) -> Line:
        scale = self.discount.off(session.list_cents)
        off = self._subsidised(scale, session.list_cents)
        fee = session.list_cents - off
        deductible = self._deductible(fee)
        wanted = self._contribution(session.kind, fee - deductible)
        employer, limit, left = self._capped(session.kind, wanted)
        return Line(
            session_id=session.id,
            kind=session.kind,
            list_cents=session.list_cents,
            discount_cents=off,
            deductible_cents=deductible,
            employer_cents=employer,
            member_cents=fee - employer,
            scale_cents=scale,
            share_cents=wanted,
            limited_by=limit,
            left_cents=left,
            takes=self._take(session.kind, deductible, employer),
        )

    def _subsidised(self, scale: int, list_cents: int) -> int:
        if self.subsidy is None or not list_cents:
            return scale
        cents, total = self.subsidy
        return min(scale, cents * list_cents // total)

    def _deductible(self, fee: int) -> int:
        return min(fee, self._left(self.terms.deductible)) if self.terms.route_covered else 0

    def _contribution(self, kind: str, rest: int) -> int:
        return self.terms.share_for(kind).of(rest) if self.terms.route_covered else 0

    def _capped(self, kind: str, wanted: int) -> tuple[int, str, int]:
        """What the plan pays of what it would pay, the rule that limits it, and what that rule left."""
        leaves = [(self._leaves(cap, wanted), cap.rule) for cap in self.terms.caps_for(kind)]
        left, rule = min(leaves, default=(wanted, ""))
        return (left, rule, left) if left < wanted else (wanted, "", 0)

    def _leaves(self, cap: Cap, wanted: int) -> int:
        left = self._left(cap)
        return (wanted if left else 0) if cap.rule in SESSION_CAPS else left

    def _left(self, cap: Cap) -> int:
        return cap.left - self.taken[cap.bucket]

    def _take(self, kind: str, deductible: int, employer: int) -> Mapping[str, int]:
        """Count a line. A session is one of those that the plan pays for only if it pays something."""
        if not self.terms.route_covered:
            return {}
        takes = {self.terms.deductible.bucket: deductible}
        for cap in self.terms.caps_for(kind):
            takes[cap.bucket] = int(employer > 0) if cap.rule in SESSION_CAPS else employer
        self.taken.update(takes)
        return {bucket: taken for bucket, taken in takes.items() if taken}
