"""Quoting a course."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import transaction

from billing.quotes import queries
from billing.quotes.models import Quote, QuoteLine, QuoteStatus
from billing.quotes.rules import VALID_FOR, BillableSession, Line, Terms, price
from billing.quotes.services.agreeing import PriceAgreed
from billing.quotes.services.cover import coverage_of, terms_for
from billing.sliding_scale.queries import current_declaration, discount_of
from billing.sliding_scale.rules import Discount
from referrals import facade as referrals
from workers.kernel.errors import DomainError, NotFound

BILLABLE = ("proposed", "scheduled", "completed")


class NothingToQuote(DomainError):
    """The course has no session that could cost anything: none is planned, or all were cancelled."""

    code = "nothing_to_quote"


def create(*, member_id: UUID, course_id: UUID, now: datetime) -> Quote:
    """Quote a member's course at today's guideline and plan, held for 14 days, and return it.

    Without a declared income the full fee applies. Raises NotFound, NotCovered, NothingToQuote and PriceAgreed.
    """
    course = referrals.get_priced_course(course_id)
    if course.member_id != member_id:
        raise NotFound("There is no such course.")
    if queries.is_agreed(course.id):
        raise PriceAgreed("The price of this course was agreed to before.")
    coverage = coverage_of(member_id, now=now)
    accepted = Quote.objects.filter(member_id=member_id, status=QuoteStatus.ACCEPTED)
    terms = terms_for(coverage, course.route, accepted, now=now)
    declaration = current_declaration(member_id, now=now)
    discount = discount_of(declaration, on=now.date())
    snapshot = {
        "route": course.route,
        "declaration_id": str(declaration.pk) if declaration else None,
        "coverage": {name: _jsonable(value) for name, value in asdict(coverage).items()},
        "terms": asdict(terms),
        "discount": asdict(discount),
    }
    lines = _price(course, discount, terms)
    with transaction.atomic():
        return _insert(course, coverage.employer_id, lines, snapshot, now)


def _jsonable(value: object) -> object:
    return str(value) if isinstance(value, UUID) else value


def _price(course: referrals.PricedCourse, discount: Discount, terms: Terms) -> list[Line]:
    sessions = [
        BillableSession(id=s.id, kind=s.kind, starts_at=s.starts_at, list_cents=s.list_price_cents)
        for s in course.sessions
        if s.status in BILLABLE
    ]
    if not sessions:
        raise NothingToQuote("This course has no sessions to be priced.")
    return price(sessions, discount, terms)


def _insert(
    course: referrals.PricedCourse, employer_id: UUID, lines: list[Line], snapshot: Mapping[str, object], now: datetime
) -> Quote:
    quote = Quote.objects.create(
        member_id=course.member_id,
        employer_id=employer_id,
        course_id=course.id,
        clinic_id=course.clinic_id,
        total_list_cents=sum(line.list_cents for line in lines),
        discount_cents=sum(line.discount_cents for line in lines),
        deductible_cents=sum(line.deductible_cents for line in lines),
        employer_cents=sum(line.employer_cents for line in lines),
        member_cents=sum(line.member_cents for line in lines),
        snapshot=snapshot,
        created_at=now,
        expires_at=now + VALID_FOR,
    )
    QuoteLine.objects.bulk_create(
        QuoteLine(quote=quote, member_id=quote.member_id, number=number, **asdict(line))
        for number, line in enumerate(lines, start=1)
    )
    return quote
