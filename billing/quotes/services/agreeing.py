"""Agreeing to a quote."""

from datetime import datetime
from uuid import UUID

import msgspec
from django.db import IntegrityError, transaction

from billing.events import QuoteAccepted, QuoteReplaced
from billing.quotes import queries
from billing.quotes.models import Quote, QuoteStatus
from billing.quotes.rules import REASONS, Line
from billing.quotes.services import uses
from billing.quotes.services.inputs import Inputs, gather, sessions_of
from billing.quotes.services.quoting import PriceAgreed
from billing.sliding_scale.services import funds
from referrals import facade as referrals
from workers.kernel.errors import DomainError, NotFound
from workers.outbox.publishing import publish


class QuoteExpired(DomainError):
    """The quote was not accepted in time."""

    code = "quote_expired"


class QuoteSuperseded(DomainError):
    """Another quote of the course was made after this one."""

    code = "quote_superseded"


class QuoteOutdated(DomainError):
    """What the quote was computed from has changed since; `changed` says what."""

    code = "quote_outdated"


def accept(*, quote_id: UUID, member_id: UUID, now: datetime) -> Quote:
    """Agree to a quote and return it; repeating it changes nothing.

    Locks the course's open and agreed quotes. What is left of the plan's limits and of the subsidy fund is moved by
    compare-and-set: of two agreements that race for them one is refused. Raises NotFound, QuoteExpired,
    QuoteSuperseded, PriceAgreed, NotCovered, and QuoteOutdated when plan, income or course have changed.
    """
    with transaction.atomic():
        known = Quote.objects.filter(pk=quote_id, member_id=member_id).first()
        if known is None:
            raise NotFound("There is no such quote.")
        current = queries.lock_current(known.course_id)
        if (agreed := current.get(QuoteStatus.ACCEPTED)) and agreed.pk == quote_id:
            return agreed
        quote = current.get(QuoteStatus.OFFERED)
        if quote is None or quote.pk != quote_id:
            raise _refusal(known, agreed)
        if quote.status_at(now) == QuoteStatus.EXPIRED:
            raise QuoteExpired("This quote has expired: ask for a new one.")
        _require_unchanged(quote, agreed, now)
        _agree(quote, agreed, now)
    return quote


def _refusal(known: Quote, agreed: Quote | None) -> DomainError:
    if known.status == QuoteStatus.EXPIRED:
        return QuoteExpired("This quote has expired: ask for a new one.")
    if agreed:
        return PriceAgreed("The price of this course was agreed to by another quote.", agreed_quote_id=str(agreed.pk))
    return QuoteSuperseded("A newer quote of this course took this one's place: look at that one.")


def _require_unchanged(quote: Quote, agreed: Quote | None, now: datetime) -> None:
    """Raise QuoteOutdated, with what has changed, unless the quote would be computed from the same today."""
    course = referrals.get_priced_course(quote.course_id)
    inputs = gather(member_id=quote.member_id, course=course, agreed=agreed, now=now)
    changed = _changed(quote, inputs)
    if changed:
        told = [{"code": code, "en": REASONS[code][0], "es": REASONS[code][1]} for code in changed]
        raise QuoteOutdated("What this price depends on has changed: ask for a new quote.", changed=told)


def _changed(quote: Quote, inputs: Inputs) -> list[str]:
    declared = quote.snapshot["declaration"]
    declaration = inputs.declaration
    differs = {
        "income": (declared and declared["id"]) != (declaration and str(declaration.pk)),
        "plan": msgspec.to_builtins(inputs.terms) != msgspec.to_builtins(quote.terms),
        "course": _sessions_today(inputs) != {_session(line) for line in quote.priced_lines()}
        or quote.replaces_id != (inputs.agreed and inputs.agreed.pk),
    }
    return [reason for reason, is_so in differs.items() if is_so]


def _session(line: Line) -> tuple[object, ...]:
    return line.session_id, line.kind, line.list_cents


def _sessions_today(inputs: Inputs) -> set[tuple[object, ...]]:
    billable = {(one.id, one.kind, one.list_cents) for one in sessions_of(inputs.course)}
    return billable | {_session(line) for line in inputs.delivered}


def _agree(quote: Quote, agreed: Quote | None, now: datetime) -> None:
    """The index of accepted quotes decides between two of one course. Raises PriceAgreed, QuoteOutdated."""
    if not uses.use(quote.member_id, quote.snapshot["moves"]):
        reason = {"code": "limits", "en": REASONS["limits"][0], "es": REASONS["limits"][1]}
        raise QuoteOutdated("What is left of your plan's limits has changed: ask for a new quote.", changed=[reason])
    _pay_discount(quote, agreed)
    if agreed:
        agreed.status = QuoteStatus.REPLACED
        agreed.save(update_fields=["status"])
    quote.status, quote.accepted_at = QuoteStatus.ACCEPTED, now
    try:
        with transaction.atomic():
            quote.save(update_fields=["status", "accepted_at"])
    except IntegrityError as error:
        raise PriceAgreed("The price of this course was agreed to before.") from error
    _announce(quote, agreed, now)


def _pay_discount(quote: Quote, agreed: Quote | None) -> None:
    """What was reserved is spent; what the replaced price had spent beyond this one's discount comes back."""
    if quote.fund_id is None:
        return
    if quote.reserved_cents:
        funds.spend(fund_id=quote.fund_id, cents=quote.reserved_cents)
    spent = agreed.discount_cents if agreed and agreed.fund_id == quote.fund_id else 0
    if spent > quote.discount_cents:
        funds.give_back(fund_id=quote.fund_id, cents=spent - quote.discount_cents)


def _announce(quote: Quote, agreed: Quote | None, now: datetime) -> None:
    accepted = QuoteAccepted(quote_id=quote.pk, course_id=quote.course_id, member_id=quote.member_id)
    publish(accepted, about=quote, now=now)
    if agreed:
        replaced = QuoteReplaced(
            quote_id=agreed.pk, by_quote_id=quote.pk, course_id=quote.course_id, member_id=quote.member_id
        )
        publish(replaced, about=agreed, now=now)
