"""What courses at several clinics would cost a member, before anything is chosen. Nothing is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from billing.quotes.rules import BillableSession, Pricing, Step, Terms, price, steps_of, ways_to_pay
from billing.quotes.services.cover import coverage_of, terms_for
from billing.sliding_scale.queries import current_declaration, discount_of, fund_for, programme_for
from billing.sliding_scale.rules import Discount, NoGuideline, Region, discount_for
from billing.sliding_scale.services.declaring import check_income
from referrals import facade as referrals
from workers.kernel.errors import Invalid

MOST_CLINICS = 20


@dataclass(frozen=True, kw_only=True)
class Course:
    """A course that has not been planned: a protocol's sessions by a route, alone or in a group."""

    protocol: str
    route: str
    format: str


@dataclass(frozen=True, kw_only=True)
class Income:
    """An income to try out, yearly cents of the whole household; it is not declared by this."""

    annual_income_cents: int
    household_size: int
    region: str


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a course at one clinic would cost today; `lines` are (kind of session, its steps)."""

    clinic_id: UUID
    pricing: Pricing
    lines: Sequence[tuple[str, Sequence[Step]]]
    instalments: Sequence[Sequence[int]]


@dataclass(frozen=True, kw_only=True)
class WhatIf:
    """The estimates in the order in which the clinics were named, and those that lack a price for such a course."""

    estimates: Sequence[Estimate]
    unpriced: Sequence[UUID]


def compare_clinics(
    *, member_id: UUID, clinic_ids: Sequence[UUID], course: Course, income: Income | None, now: datetime
) -> WhatIf:
    """Return what a course would cost at each of some clinics, by the member's plan and income today.

    With `income` as if that were declared. What is left of caps and funds is read, and nothing is taken of it. Raises
    NotCovered, NotFound (protocol), Invalid for an impossible income or too many clinics.
    """
    if not 1 <= len(set(clinic_ids)) <= MOST_CLINICS:
        raise Invalid("Too many clinics at once.", errors={"clinic_ids": [f"Name 1 to {MOST_CLINICS} clinics."]})
    coverage = coverage_of(member_id, now=now)
    terms = terms_for(member_id, coverage, course.route, course.format, counted_on=now.date())
    discount = _discount(member_id, coverage.employer_id, income, now)
    fund = fund_for(discount.programme, on=now.date()) if discount.percent else None
    left, fund_version = (fund.left_cents, str(fund.pk)) if fund else (None, "")
    estimates = []
    prices = _prices(clinic_ids, course, now)
    for clinic_id, sessions in _courses(prices, clinic_ids, course, now):
        pricing = price(sessions, discount, terms, subsidy_cents=left)
        version = f"{clinic_id}/{now.date()}"
        estimates.append(_estimate(clinic_id, pricing, discount, terms, version, fund_version))
    priced = {estimate.clinic_id for estimate in estimates}
    return WhatIf(estimates=estimates, unpriced=[one for one in dict.fromkeys(clinic_ids) if one not in priced])


def _discount(member_id: UUID, employer_id: UUID, income: Income | None, now: datetime) -> Discount:
    today = now.date()
    if income is None:
        return discount_of(current_declaration(member_id, now=now), on=today)
    check_income(income.annual_income_cents, income.household_size, income.region)
    programme = programme_for(employer_id, on=today)
    try:
        return discount_for(income.annual_income_cents, income.household_size, Region(income.region), today, programme)
    except NoGuideline as error:
        raise Invalid(str(error)) from error


def _prices(clinic_ids: Sequence[UUID], course: Course, now: datetime) -> Mapping[tuple[UUID, str], int]:
    """What each kind of session costs at each clinic today."""
    return {
        (one.clinic_id, one.kind): one.cents
        for one in referrals.list_prices_of(set(clinic_ids), on=now.date())
        if (one.route, one.format) == (course.route, course.format)
    }


def _courses(
    prices: Mapping[tuple[UUID, str], int], clinic_ids: Sequence[UUID], course: Course, now: datetime
) -> Sequence[tuple[UUID, list[BillableSession]]]:
    """The clinics that have a price for every session of the course, with the sessions in their order."""
    kinds = referrals.session_kinds_of(course.protocol)
    able = [one for one in dict.fromkeys(clinic_ids) if all((one, kind) in prices for kind in kinds)]
    return [
        (
            clinic,
            [
                BillableSession(
                    id=UUID(int=place),
                    kind=kind,
                    starts_at=now + timedelta(days=place),
                    list_cents=prices[clinic, kind],
                )
                for place, kind in enumerate(kinds)
            ],
        )
        for clinic in able
    ]


def _estimate(
    clinic_id: UUID, pricing: Pricing, discount: Discount, terms: Terms, version: str, fund_version: str
) -> Estimate:
    return Estimate(
        clinic_id=clinic_id,
        pricing=pricing,
        lines=[
            (line.kind, steps_of(line, discount, terms, price_version=version, fund_version=fund_version))
            for line in pricing.lines
        ],
        instalments=ways_to_pay(pricing.total("member")),
    )
