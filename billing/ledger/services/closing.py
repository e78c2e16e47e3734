"""Closing months of the books, in their order, and opening the last ones again. Both are kept for good."""

from datetime import date, datetime, timedelta

from django.db import connection, transaction

from billing.ledger.models import BOOKS_LOCK, BookClosing
from billing.ledger.queries import closed_through, trial_balance
from billing.ledger.rules import first_of_month, month_after, start_of
from billing.ledger.services.posting import ReasonMissing, Signature
from workers.kernel.errors import DomainError
from workers.kernel.money import CURRENCY


class MonthNotOver(DomainError):
    """The month has not ended: more will happen in it."""

    code = "month_not_over"


class MonthClosed(DomainError):
    """The month is closed already."""

    code = "month_closed"


class MonthOpen(DomainError):
    """The month is open already."""

    code = "month_open"


def close(*, month: date, signature: Signature, now: datetime) -> BookClosing:
    """Close the books through `month` (any day of it); nothing is booked in a closed month from now on.

    Waits for whoever is posting at this moment. Raises MonthNotOver, MonthClosed and ReasonMissing.
    """
    following = month_after(first_of_month(month))
    if start_of(following) > now:
        raise MonthNotOver(f"{month:%B %Y} ends on {following - timedelta(days=1)}: close it after that.")
    last = following - timedelta(days=1)
    with transaction.atomic():
        former = _lock_books()
        if former is not None and former >= last:
            raise MonthClosed(f"The books are closed through {former}.")
        return _record(last, is_reopening=False, signature=signature, now=now)


def reopen(*, month: date, signature: Signature, now: datetime) -> BookClosing:
    """Open `month` and all that follow it again. Raises MonthOpen and ReasonMissing."""
    before = first_of_month(month) - timedelta(days=1)
    with transaction.atomic():
        former = _lock_books()
        if former is None or former <= before:
            raise MonthOpen(f"{month:%B %Y} is open: the books are closed through {former or 'no month'}.")
        return _record(before, is_reopening=True, signature=signature, now=now)


def _lock_books() -> date | None:
    """Wait until nobody posts, and return through when the books are closed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [BOOKS_LOCK])
    return closed_through()


def _record(last: date, *, is_reopening: bool, signature: Signature, now: datetime) -> BookClosing:
    if not signature.reason.strip():
        raise ReasonMissing("Say why the books are closed or opened.")
    totals = trial_balance(currency=CURRENCY, through=last)
    return BookClosing.objects.create(
        closed_through=last,
        is_reopening=is_reopening,
        at=now,
        by_user_id=signature.user_id,
        reason=signature.reason,
        balances={total.account.value: total.balance_cents for total in totals if total.balance_cents},
    )
