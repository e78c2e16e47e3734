"""The waterfall: list price → sliding discount → deductible → employer's share up to its cap → member's share.

    list price of a session
      − sliding discount                = fee
      fee within what is left of the year's deductible: the member's
      fee above it × employer's percentage, up to what is left of the year's cap: the employer's
      the rest: the member's

Pure, in integer cents. The scale lowers the fee and never the employer's percentage, which is the same for all of
its employees (uniform availability; docs/facts.md, Money).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from billing.sliding_scale.rules import Discount
from workers.kernel.money import dollars, share

VALID_FOR = timedelta(days=14)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What an employer's plan pays for this course: a percentage of fees, and cents left in this plan year."""

    route_covered: bool
    employer_share_percent: int
    cap_left_cents: int
    deductible_left_cents: int


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

    `deductible_cents` is the part of the member's share that counts toward the deductible.
    """

    session_id: UUID
    kind: str
    list_cents: int
    discount_cents: int
    deductible_cents: int
    employer_cents: int
    member_cents: int


def terms_of(
    *,
    route: str,
    covered_routes: Sequence[str],
    employer_share_percent: int,
    annual_cap_cents: int,
    deductible_cents: int,
    cap_used_cents: int,
    deductible_used_cents: int,
) -> Terms:
    """Return what is left of a plan for a course by `route`; of a route it does not cover, nothing."""
    if route not in covered_routes:
        return Terms(route_covered=False, employer_share_percent=0, cap_left_cents=0, deductible_left_cents=0)
    return Terms(
        route_covered=True,
        employer_share_percent=employer_share_percent,
        cap_left_cents=max(0, annual_cap_cents - cap_used_cents),
        deductible_left_cents=max(0, deductible_cents - deductible_used_cents),
    )


def price(sessions: Sequence[BillableSession], discount: Discount, terms: Terms) -> list[Line]:
    """Return one line per session, in the order of their dates, which is how deductible and cap are used up.

    Deductible and employer's share are rounded on the running totals and a line holds the difference, so that the
    totals do not depend on the order or the number of the sessions.
    """
    lines: list[Line] = []
    fees = deductibles = employers = 0
    for session in sorted(sessions, key=lambda session: (session.starts_at, session.id)):
        off = discount.off(session.list_cents)
        fees += session.list_cents - off
        deductible = min(fees, terms.deductible_left_cents) - deductibles
        deductibles += deductible
        paid = min(share(fees - deductibles, terms.employer_share_percent), terms.cap_left_cents)
        employer = paid - employers
        employers += employer
        lines.append(
            Line(
                session_id=session.id,
                kind=session.kind,
                list_cents=session.list_cents,
                discount_cents=off,
                deductible_cents=deductible,
                employer_cents=employer,
                member_cents=session.list_cents - off - employer,
            )
        )
    return lines


def explain(line: Line, discount: Discount, terms: Terms) -> list[str]:
    """Return a line of a quote as sentences for its member, in the order of the waterfall."""
    sentences = [f"The clinic's list price is {dollars(line.list_cents)}."]
    if line.discount_cents:
        sentences.append(f"Your income takes {dollars(line.discount_cents)} off ({discount.percent} % scale).")
    if line.deductible_cents:
        sentences.append(f"{dollars(line.deductible_cents)} counts toward your plan's yearly deductible.")
    sentences.append(_explain_employer(line, terms))
    return [*sentences, f"You pay {dollars(line.member_cents)}."]


def _explain_employer(line: Line, terms: Terms) -> str:
    if not terms.route_covered:
        return "Your plan does not cover this kind of treatment."
    paid = dollars(line.employer_cents)
    return f"Your employer pays {paid}: {terms.employer_share_percent} % up to the plan's yearly maximum."


def plan_year(on: date) -> tuple[date, date]:
    """Return the first day of the plan year of a day and the first of the next: plans run by the calendar year."""
    return date(on.year, 1, 1), date(on.year + 1, 1, 1)
