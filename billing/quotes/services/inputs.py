"""Everything that a price is computed from, as it is now; the same for a quote, an agreement and a what-if."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import msgspec

from benefits import facade as benefits
from billing.quotes.models import Quote
from billing.quotes.rules import VALID_FOR, BillableSession, Line, Pricing, Terms, carried_over, price, taken_by
from billing.quotes.services.cover import coverage_of, terms_for
from billing.sliding_scale.models import IncomeDeclaration, SubsidyFund
from billing.sliding_scale.queries import current_declaration, discount_of, fund_for
from billing.sliding_scale.rules import Discount, Standing
from referrals import facade as referrals

COMPLETED = "completed"
BILLABLE = ("proposed", "scheduled", COMPLETED)
MISSED = frozenset({"cancelled", "no_show"})
DECIDED = ("scale_cents", "share_cents", "limited_by", "left_cents", "takes")


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What a course's price depends on. `agreed` is the accepted quote that a new one would take the place of.

    `delivered` are the lines of that one whose sessions have taken place: they stay as agreed.
    """

    course: referrals.PricedCourse
    coverage: benefits.Coverage | None
    terms: Terms
    declaration: IncomeDeclaration | None
    discount: Discount
    counted_on: date
    agreed: Quote | None = None
    delivered: tuple[Line, ...] = ()

    def price(self, *, subsidy_cents: int | None) -> Pricing:
        """Price what can still cost something, after what was delivered under the agreed price."""
        settled = {line.session_id for line in self.delivered}
        sessions = [session for session in sessions_of(self.course) if session.id not in settled]
        return price(sessions, self.discount, self.terms, subsidy_cents=subsidy_cents)

    def priced(self, pricing: Pricing) -> Pricing:
        """What was delivered and what was priced now, in one."""
        taken = taken_by(self.delivered)
        taken.update(pricing.taken)
        return Pricing(lines=(*self.delivered, *pricing.lines), taken=taken)

    def fund(self, now: datetime) -> SubsidyFund | None:
        """The fund that pays the discount, or None where nothing limits it; an agreed price stays with its own."""
        if self.agreed and self.agreed.fund:
            return self.agreed.fund
        return fund_for(self.discount.programme, on=now.date()) if self.discount.percent else None

    def expires_at(self, now: datetime) -> datetime:
        """When a price of today ends: after 14 days, or when the income that it is of no longer counts."""
        until = now + VALID_FOR
        if self.declaration is None:
            return until
        if self.declaration.standing_at(until) == Standing.LAPSED:
            return self.declaration.evidence_due_at
        return min(until, self.declaration.valid_until)


def gather(*, member_id: UUID, course: referrals.PricedCourse, agreed: Quote | None, now: datetime) -> Inputs:
    """Return the inputs of a price; where one is `agreed`, of one that would take its place.

    That counts in the plan year in which the first price was agreed. Raises NotCovered, but not for a course under an
    agreed price: then the plan pays nothing more, and the member sees what that costs before anything changes.
    """
    declaration = current_declaration(member_id, now=now)
    counted_on = date.fromisoformat(agreed.snapshot["counted_on"]) if agreed else now.date()
    delivered = _delivered(agreed, course) if agreed else ()
    coverage = _coverage(member_id, counted_on if agreed else None, now)
    return Inputs(
        course=course,
        coverage=coverage,
        terms=terms_for(
            member_id,
            coverage,
            course.route,
            course.format,
            counted_on=counted_on,
            given_back=_given_back(agreed, delivered) if agreed else {},
        ),
        declaration=declaration,
        discount=discount_of(declaration, on=now.date()),
        counted_on=counted_on,
        agreed=agreed,
        delivered=delivered,
    )


def _coverage(member_id: UUID, under_way_since: date | None, now: datetime) -> benefits.Coverage | None:
    if under_way_since is None:
        return coverage_of(member_id, now=now)
    return benefits.coverage_of(member_id, on=now.date(), under_way_since=under_way_since)


def _delivered(agreed: Quote, course: referrals.PricedCourse) -> tuple[Line, ...]:
    completed = {session.id for session in course.sessions if session.status == COMPLETED}
    return tuple(line for line in lines_today(agreed, course) if line.session_id in completed)


def lines_today(agreed: Quote, course: referrals.PricedCourse) -> list[Line]:
    """The lines of an agreed price, those of missed sessions for the ones that make up for them."""
    chain = {session.id: session.makes_up_id for session in course.sessions}
    missed = frozenset(session.id for session in course.sessions if session.status in MISSED)
    return carried_over(agreed.priced_lines(), chain, missed=missed)


def _given_back(agreed: Quote, delivered: Sequence[Line]) -> dict[str, int]:
    kept = taken_by(delivered)
    return {bucket: taken - kept[bucket] for bucket, taken in agreed.taken.items()}


def sessions_of(course: referrals.PricedCourse) -> list[BillableSession]:
    """The sessions of a course that cost something."""
    return [
        BillableSession(id=one.id, kind=one.kind, starts_at=one.starts_at, list_cents=one.list_price_cents)
        for one in course.sessions
        if one.status in BILLABLE
    ]


def snapshot_of(inputs: Inputs, pricing: Pricing, fund: SubsidyFund | None) -> dict[str, Any]:
    """Every input with its version, as JSON."""
    declaration, agreed = inputs.declaration, inputs.agreed
    return {
        "route": inputs.course.route,
        "price_version": f"{inputs.course.clinic_id}/{inputs.course.planned_at.astimezone(UTC).date()}",
        "declaration": _known(declaration) if declaration else None,
        "discount": asdict(inputs.discount),
        "coverage": msgspec.to_builtins(inputs.coverage),
        "terms": msgspec.to_builtins(inputs.terms),
        "taken": dict(pricing.taken),
        "fund": {"id": str(fund.pk), "left_cents": fund.left_cents} if fund else None,
        "counted_on": inputs.counted_on.isoformat(),
        "lines": [decided(line) for line in pricing.lines],
        "delivered": _agreed_in(agreed, inputs.delivered) if agreed else {},
        "carried": _carried(agreed, inputs),
    }


def _agreed_in(agreed: Quote, delivered: Sequence[Line]) -> dict[str, str]:
    """In which quote each session that took place was priced."""
    earlier = agreed.snapshot["delivered"]
    return {str(line.session_id): earlier.get(str(line.session_id), str(agreed.pk)) for line in delivered}


def _carried(agreed: Quote | None, inputs: Inputs) -> dict[str, str]:
    """Of which session's line each session that took place in its stead has its price."""
    if agreed is None:
        return {}
    earlier = agreed.snapshot["carried"]
    former = zip(lines_today(agreed, inputs.course), agreed.priced_lines(), strict=True)
    return {
        str(line.session_id): earlier.get(str(known.session_id), str(known.session_id))
        for line, known in former
        if line in inputs.delivered and (line != known or str(known.session_id) in earlier)
    }


def decided(line: Line) -> Mapping[str, Any]:
    """What the rules decided of a line, beside its amounts."""
    return {name: getattr(line, name) for name in DECIDED}


def _known(declaration: IncomeDeclaration) -> dict[str, str]:
    return {
        "id": str(declaration.pk),
        "status": declaration.status,
        "evidence": declaration.evidence,
        "evidence_due_at": declaration.evidence_due_at.isoformat(),
    }
