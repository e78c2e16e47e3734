"""Quoting a course."""

from datetime import datetime
from operator import attrgetter
from uuid import UUID

from django.db import IntegrityError, transaction

from billing.events import QuoteExpiryDue
from billing.quotes import queries
from billing.quotes.models import Quote, QuoteLine, QuoteStatus
from billing.quotes.rules import Line, Pricing
from billing.quotes.services import uses
from billing.quotes.services.inputs import Inputs, gather, lines_today, sessions_of, snapshot_of
from billing.quotes.services.retiring import retire
from billing.sliding_scale.models import SubsidyFund
from billing.sliding_scale.queries import left_in_fund
from billing.sliding_scale.services import funds
from referrals import facade as referrals
from workers.kernel.errors import DomainError, NotFound
from workers.timers.scheduling import schedule

_COLUMNS = ("session_id", "kind", "list_cents", "discount_cents", "deductible_cents", "employer_cents", "member_cents")
_columns = attrgetter(*_COLUMNS)


class NothingToQuote(DomainError):
    """The course has no session that could cost anything: none is planned, or all were cancelled."""

    code = "nothing_to_quote"


class PriceAgreed(DomainError):
    """The price of this course was agreed to, and nothing that it depends on has changed since."""

    code = "price_already_agreed"


class QuoteInTheMaking(DomainError):
    """Another quote of this course was made at the same moment."""

    code = "quote_in_the_making"


def create(*, member_id: UUID, course_id: UUID, now: datetime) -> Quote:
    """Quote a member's course at today's guideline, programme and plan, held for 14 days at most, and return it.

    Takes the place of the course's open quote. Where a price is agreed already and something that it depends on has
    changed, the new quote is to take its place, and sessions that have taken place stay as agreed; a course that was
    called off costs what was delivered. A session in place of a missed one has that one's agreed price: no change.
    Without a declared income the full fee applies.

    Locks the course's quotes. Raises NotFound, NotCovered, NothingToQuote, PriceAgreed and QuoteInTheMaking.
    """
    course = referrals.get_priced_course(course_id)
    if course.member_id != member_id:
        raise NotFound("There is no such course.")
    try:
        with transaction.atomic():
            return _create(course, now)
    except IntegrityError as error:
        if "quote_offered_once_per_course" not in str(error):
            raise
        raise QuoteInTheMaking("Another quote of this course was made just now: look at that one.") from error


def _create(course: referrals.PricedCourse, now: datetime) -> Quote:
    """Price it, retire the open quote, and store the new one: the index of open quotes decides between two at once."""
    current = queries.lock_current(course.id)
    agreed = current.get(QuoteStatus.ACCEPTED)
    if not agreed and not sessions_of(course):
        raise NothingToQuote("This course has no sessions to be priced.")
    inputs = gather(member_id=course.member_id, course=course, agreed=agreed, now=now)
    if open_one := current.get(QuoteStatus.OFFERED):
        retire(open_one, QuoteStatus.REPLACED)
    fund = inputs.fund(now)
    pricing, reserved = _price(inputs, fund)
    if agreed and _is_the_same(lines_today(agreed, course), pricing):
        raise PriceAgreed("The price of this course was agreed to, and nothing has changed since.")
    return _insert(inputs, pricing, fund, reserved, now)


def _price(inputs: Inputs, fund: SubsidyFund | None) -> tuple[Pricing, int]:
    """Price a course and reserve its discount; returns the cents reserved.

    What is left is read without a lock and taken by a compare-and-set: whoever loses the race reads again, and prices
    with what the winner left.
    """
    if fund is None:
        return inputs.priced(inputs.price(subsidy_cents=None)), 0
    spent = _spent_of(inputs.agreed, fund)
    kept = sum(line.discount_cents for line in inputs.delivered)
    while True:
        left = left_in_fund(fund.pk)
        pricing = inputs.priced(inputs.price(subsidy_cents=max(0, left + spent - kept)))
        wanted = max(0, pricing.total("discount") - spent)
        if not wanted or funds.reserve(fund_id=fund.pk, cents=wanted):
            return pricing, wanted


def _spent_of(agreed: Quote | None, fund: SubsidyFund) -> int:
    """What an agreed price has spent of this fund."""
    return agreed.discount_cents if agreed and agreed.fund_id == fund.pk else 0


def _is_the_same(agreed: list[Line], pricing: Pricing) -> bool:
    return {_columns(line) for line in agreed} == {_columns(line) for line in pricing.lines}


def _insert(inputs: Inputs, pricing: Pricing, fund: SubsidyFund | None, reserved: int, now: datetime) -> Quote:
    quote = _quote(inputs, pricing, fund, reserved, now)
    quote.save(force_insert=True)
    QuoteLine.objects.bulk_create(
        QuoteLine(
            quote=quote, member_id=quote.member_id, number=number, **dict(zip(_COLUMNS, _columns(line), strict=True))
        )
        for number, line in enumerate(pricing.lines, start=1)
    )
    schedule(QuoteExpiryDue(quote_id=quote.pk), about=quote, due_at=quote.expires_at)
    return quote


def _quote(inputs: Inputs, pricing: Pricing, fund: SubsidyFund | None, reserved: int, now: datetime) -> Quote:
    agreed, course = inputs.agreed, inputs.course
    moves = uses.moves(course.member_id, inputs.terms, pricing.taken, agreed.taken if agreed else {})
    payer = inputs.coverage or agreed
    assert payer is not None  # without cover only an agreed price is priced anew
    return Quote(
        member_id=course.member_id,
        employer_id=payer.employer_id,
        course_id=course.id,
        clinic_id=course.clinic_id,
        replaces=agreed,
        fund=fund,
        total_list_cents=pricing.total("list"),
        discount_cents=pricing.total("discount"),
        deductible_cents=pricing.total("deductible"),
        employer_cents=pricing.total("employer"),
        member_cents=pricing.total("member"),
        reserved_cents=reserved,
        snapshot=snapshot_of(inputs, pricing, fund) | {"moves": moves},
        created_at=now,
        expires_at=inputs.expires_at(now),
    )
