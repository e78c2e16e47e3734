"""What the ledger records of agreed prices and delivered sessions. Acts as a worker."""

import logging
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from benefits import facade as benefits
from billing.ledger.models import Journal
from billing.ledger.queries import find_journal
from billing.ledger.rules import Account, Leg, credit, debit, without_zeros
from billing.ledger.services import hold, post, reverse
from billing.quotes import queries
from billing.quotes.models import Quote, QuoteLine
from billing.work_items.services import close_if_open, open_item
from referrals import facade as referrals

log = logging.getLogger(__name__)


def record_agreement(*, quote_id: UUID) -> None:
    """Post an accepted quote to the ledger, and the sessions of it that are completed already. Idempotent.

    The employer's part is receivable, and unbilled until a monthly invoice is made of it. The journal of a price that
    this one took the place of is reversed.
    """
    quote = queries.get_quote(quote_id)
    if quote.accepted_at is None:
        raise ValueError(f"Quote {quote_id} is not accepted.")
    _post_agreed(quote)
    if quote.replaces_id:
        _take_back(queries.get_quote(quote.replaces_id), at=quote.accepted_at)
    for session in referrals.get_priced_course(quote.course_id).sessions:
        if session.status == "completed":
            record_delivery(session_id=session.id, at=quote.accepted_at)


def record_delivery(*, session_id: UUID, at: datetime) -> None:
    """Post a completed session: its agreed fee is earned, and the clinic is owed its list price. Idempotent.

    One in place of a missed session has the price that was agreed for that one. Without an agreed price nothing is
    posted yet, and finance is told: `record_agreement` makes up for it. Of a fee that was given back before (a refund
    draws on what is deferred) nothing is left to earn. Of one that took place after cover ended the employer is not
    asked for its part.
    """
    line = _line_of(session_id)
    if line is None:
        log.info("session delivered before a price was agreed session=%s", session_id)
        open_item(kind="session_unpriced", key=_unpriced(session_id), subject_id=session_id, now=at)
        return
    _post_agreed(line.quote)  # its own event may not have been heard yet
    deferred = max(-hold(Account.DEFERRED_REVENUE, member_id=line.member_id), 0)
    key = f"session:{session_id}:delivered"
    legs = _delivered_legs(line, earned=min(line.employer_cents + line.member_cents, deferred))
    if legs and find_journal(key) is None:
        post(business_key=key, kind="session_delivered", legs=legs, at=at)
        if line.employer_cents and not _is_covered(line.quote, session_id):
            _forgo_employers_part(line, session_id, at)
    close_if_open(key=_unpriced(session_id), now=at)


def _is_covered(quote: Quote, session_id: UUID) -> bool:
    """Whether the employer's plan, or its run-out, covered the member's day on which a session took place."""
    agreed_on = date.fromisoformat(quote.snapshot["counted_on"])
    zone = ZoneInfo(benefits.get_member(quote.member_id).timezone)
    on = referrals.session_of(session_id).starts_at.astimezone(zone).date()
    cover = benefits.coverage_of(quote.member_id, on=on, under_way_since=agreed_on)
    return cover is not None and cover.employer_id == quote.employer_id


def _forgo_employers_part(line: QuoteLine, session_id: UUID, at: datetime) -> None:
    """Nobody is asked for it: the employer's share has stopped, and its member has agreed to no other price."""
    employer, member = line.quote.employer_id, line.member_id
    legs = [
        debit(Account.BAD_DEBT, line.employer_cents, member_id=member),
        credit(Account.RECEIVABLE_EMPLOYER_UNBILLED, line.employer_cents, employer_id=employer, member_id=member),
    ]
    post(business_key=f"session:{session_id}:uncovered", kind="session_uncovered", legs=legs, at=at)
    open_item(
        kind="session_uncovered",
        key=f"session:{session_id}:uncovered",
        subject_id=session_id,
        amount_cents=line.employer_cents,
        now=at,
    )


def _unpriced(session_id: UUID) -> str:
    return f"session:{session_id}:unpriced"


def _line_of(session_id: UUID) -> QuoteLine | None:
    """Of several that make up for one another the first was priced; none of those before this one took place."""
    line = queries.agreed_line(session_id)
    if line is not None:
        return line
    session = referrals.session_of(session_id)
    return _line_of(session.makes_up_id) if session.makes_up_id else None


def _post_agreed(quote: Quote) -> Journal | None:
    legs = _agreed_legs(quote)
    if not legs or quote.accepted_at is None:
        return None
    return post(business_key=f"quote:{quote.pk}:agreed", kind="price_agreed", legs=legs, at=quote.accepted_at)


def _take_back(replaced: Quote, at: datetime) -> None:
    """Reverse what was agreed before; its own event may not have been heard yet, and is heard as a repetition then."""
    journal = _post_agreed(replaced)
    if journal is not None:
        reverse(journal=journal, business_key=f"quote:{replaced.pk}:replaced", kind="price_replaced", at=at)


def _agreed_legs(quote: Quote) -> list[Leg]:
    fee = quote.employer_cents + quote.member_cents
    unbilled = Account.RECEIVABLE_EMPLOYER_UNBILLED
    legs = [
        debit(Account.RECEIVABLE_EMPLOYEE, quote.member_cents, member_id=quote.member_id),
        debit(unbilled, quote.employer_cents, employer_id=quote.employer_id, member_id=quote.member_id),
        credit(Account.DEFERRED_REVENUE, fee, member_id=quote.member_id),
    ]
    return without_zeros(legs)


def _delivered_legs(line: QuoteLine, *, earned: int) -> list[Leg]:
    clinic = line.quote.clinic_id
    legs = [
        debit(Account.DEFERRED_REVENUE, earned, member_id=line.member_id),
        credit(Account.REVENUE, earned, member_id=line.member_id),
        debit(Account.CLINIC_COST, line.list_cents, clinic_id=clinic),
        credit(Account.CLINIC_PAYABLE, line.list_cents, clinic_id=clinic),
    ]
    return without_zeros(legs)
