"""Reading quotes. The caller acts as the member, an operator or a worker."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from billing.quotes.models import BenefitUse, Quote, QuoteLine, QuoteStatus
from billing.quotes.rules import Change, Step, compare, delivered_step, reasons_between, steps_of, ways_to_pay
from workers.kernel.compiled import Compiled, Given
from workers.kernel.errors import NotFound

_CURRENT = Compiled(
    lambda: (
        Quote.objects.filter(course_id=Given("course_id"), status__in=[QuoteStatus.OFFERED, QuoteStatus.ACCEPTED])
        .order_by("pk")
        .select_for_update(of=("self",))
    )
)
_USES = Compiled(lambda: BenefitUse.objects.filter(member_id=Given("member_id")))


@dataclass(frozen=True, kw_only=True)
class ExplainedLine:
    """A line with its steps down the waterfall."""

    line: QuoteLine
    steps: list[Step]


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A quote, every input that it was computed from, every line step by step, and how it differs from the one before.

    `instalments` are the amounts (cents) of paying in 1, 2, … parts.
    """

    quote: Quote
    inputs: dict[str, Any]
    lines: list[ExplainedLine]
    instalments: list[list[int]]
    change: Change | None

    def steps(self) -> list[str]:
        """Every step of every line for whoever reads the books: its sentence, rule and version."""
        return [
            f"{each.line.number}. {step.en}  [{step.rule} {step.version}]" for each in self.lines for step in each.steps
        ]


def get_quote(quote_id: UUID) -> Quote:
    """Return a quote with its lines. Raises NotFound."""
    quote = Quote.objects.prefetch_related("lines").filter(pk=quote_id).first()
    if quote is None:
        raise NotFound("There is no such quote.")
    return quote


def list_quotes() -> QuerySet[Quote]:
    """Return the quotes that the actor may see, with their lines."""
    return Quote.objects.prefetch_related("lines")


def explain(quote_id: UUID) -> Explanation:
    """Return all there is to know of a quote, from what was stored with it. Raises NotFound."""
    quote = get_quote(quote_id)
    return Explanation(
        quote=quote,
        inputs=quote.snapshot,
        lines=explain_lines(quote),
        instalments=ways_to_pay(quote.member_cents),
        change=change_of(quote),
    )


def explain_lines(quote: Quote) -> list[ExplainedLine]:
    """Return a quote's lines step by step, from the inputs as they were; delivered ones as they were agreed."""
    steps = _computed_steps(quote)
    for session, agreed_in in quote.snapshot["delivered"].items():
        agreed = explain_lines(get_quote(UUID(agreed_in)))
        priced_as = quote.snapshot["carried"].get(session, session)
        former = next(each for each in agreed if str(each.line.session_id) == priced_as)
        steps[session] = [delivered_step(former.line.member_cents, agreed_in), *former.steps]
    return [ExplainedLine(line=line, steps=steps[str(line.session_id)]) for line in quote.lines.all()]


def _computed_steps(quote: Quote) -> dict[str, list[Step]]:
    snapshot, discount, terms = quote.snapshot, quote.discount, quote.terms
    versions = {
        "price_version": snapshot["price_version"],
        "fund_version": snapshot["fund"]["id"] if snapshot["fund"] else "",
    }
    return {
        str(line.session_id): steps_of(line, discount, terms, **versions)
        for line in quote.priced_lines()
        if str(line.session_id) not in snapshot["delivered"]
    }


def change_of(quote: Quote) -> Change | None:
    """Return how a quote differs from the one of its course before, or None for a first one."""
    before = previous_of(quote)
    if before is None:
        return None
    old, new = before.priced_lines(), quote.priced_lines()
    return compare(old, new, reasons_between(before.snapshot, quote.snapshot, old, new))


def previous_of(quote: Quote) -> Quote | None:
    """Return the quote that another one took the place of: the agreed one, else the one made before it."""
    if quote.replaces_id:
        return get_quote(quote.replaces_id)
    earlier = Quote.objects.prefetch_related("lines").filter(course_id=quote.course_id, pk__lt=quote.pk)
    return earlier.order_by("-pk").first()


def list_replaced(quote: Quote) -> list[UUID]:
    """Return the agreed quotes that a quote took the place of, the latest first."""
    replaced: list[UUID] = []
    while quote.replaces_id:
        replaced.append(quote.replaces_id)
        quote = get_quote(quote.replaces_id)
    return replaced


def lock_current(course_id: UUID) -> dict[str, Quote]:
    """Return the open and the agreed quote of a course by status, locked in the order of their ids."""
    return {quote.status: quote for quote in _CURRENT(course_id=course_id)}


def used_of(member_id: UUID, buckets: Iterable[str]) -> dict[str, int]:
    """Return what a member's agreed prices have used, by bucket; nothing is said of what was never used."""
    asked = set(buckets)
    return {use.bucket: use.used for use in _USES(member_id=member_id) if use.bucket in asked}


def agreed_line(session_id: UUID) -> QuoteLine | None:
    """Return the line of the accepted quote that prices a session, or None when no price was agreed."""
    lines = QuoteLine.objects.select_related("quote")
    return lines.filter(session_id=session_id, quote__status=QuoteStatus.ACCEPTED).first()
