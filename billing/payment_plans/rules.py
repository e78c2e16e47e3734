"""How a price becomes instalments, and what follows when a charge does not succeed. Pure, and policy as data."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from workers.kernel.money import dollars, split

MOST_INSTALMENTS = 4  # more may count as consumer credit (docs/facts.md)
SMALLEST_CHARGE_CENTS = 50  # docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
DEBIT_TIME = time(9)  # of the member's own day: an instalment falls due when a bank can be reached
REMIND_BEFORE = timedelta(days=3)

MANDATE_VERSION = "2026-03"
MANDATE_TEXT = (
    "I allow my payment method to be stored and to be charged for the instalments of the payment plans that I "
    "agree to, each on its due date, and again after a failed charge as the plan says. I am told three days "
    "before each charge. I can replace the payment method at any time."
)


class Interval(StrEnum):
    """How far apart instalments are."""

    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    MONTHLY = "monthly"


_DAYS = {Interval.WEEKLY: 7, Interval.FORTNIGHTLY: 14}


class CannotSplit(ValueError):
    """The amount cannot be paid in so many instalments; the message says what is possible."""


def amounts(total_cents: int, count: int) -> list[int]:
    """Split `total_cents` into `count` instalments that differ by a cent at most. Raises CannotSplit."""
    if total_cents <= 0:
        raise CannotSplit("There is nothing to pay: no payment plan is needed.")
    if total_cents < SMALLEST_CHARGE_CENTS:
        raise CannotSplit(f"{dollars(total_cents)} is less than the smallest charge, {dollars(SMALLEST_CHARGE_CENTS)}.")
    most = min(MOST_INSTALMENTS, total_cents // SMALLEST_CHARGE_CENTS)
    if not 1 <= count <= most:
        raise CannotSplit(f"{dollars(total_cents)} can be paid in 1 to {most} instalments, not in {count}.")
    return split(total_cents, [1] * count)


def due_dates(first: date, count: int, interval: Interval) -> list[date]:
    """Return `count` dates, each counted from `first`: the 31st gives the 30th or 28th and then the 31st again."""
    if interval in _DAYS:
        return [first + timedelta(days=_DAYS[interval] * n) for n in range(count)]
    return [_months_after(first, n) for n in range(count)]


def _months_after(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, min(first.day, calendar.monthrange(year, month + 1)[1]))


def due_instants(first: datetime, count: int, interval: Interval, zone: str) -> list[datetime]:
    """Return when each instalment is due (UTC): the first at once, the others at DEBIT_TIME of the member's day."""
    local = ZoneInfo(zone)
    later = due_dates(first.astimezone(local).date(), count, interval)[1:]
    return [first, *(datetime.combine(day, DEBIT_TIME, tzinfo=local).astimezone(UTC) for day in later)]


class OutcomeKind(StrEnum):
    """What Stripe says of a PaymentIntent, in our words."""

    UNTOUCHED = "untouched"  # nothing was tried since the last outcome that we know
    PAID = "paid"
    PROCESSING = "processing"
    ACTION_REQUIRED = "action_required"
    DECLINED = "declined"
    CANCELED = "canceled"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The present state of a PaymentIntent; `charge_id` is its latest charge, or empty."""

    kind: OutcomeKind
    charge_id: str = ""
    code: str = ""
    advice: str = ""


@dataclass(frozen=True, kw_only=True)
class DunningPolicy:
    """When a failed instalment is tried again and when its payer is reminded; days after the first failure."""

    retry_days: Sequence[int]
    action_reminder_days: Sequence[int]
    review_day: int


DUNNING = DunningPolicy(retry_days=(0, 3, 8, 15), action_reminder_days=(1, 3, 7), review_day=20)

# The card itself is the problem, so trying it again cannot help and costs the network's goodwill:
# docs.stripe.com/declines/codes and docs.stripe.com/declines/card#advice-codes
HARD_DECLINES = frozenset(
    {
        "authentication_not_handled",
        "card_not_supported",
        "expired_card",
        "fraudulent",
        "incorrect_cvc",
        "incorrect_number",
        "invalid_account",
        "invalid_number",
        "lost_card",
        "new_account_information_available",
        "payment_method_unusable",
        "pickup_card",
        "restricted_card",
        "revocation_of_all_authorizations",
        "revocation_of_authorization",
        "security_violation",
        "stolen_card",
        "stop_payment_order",
        "transaction_not_allowed",
    }
)
HARD_ADVICE = frozenset({"do_not_try_again", "confirm_card_data"})


def is_hard(outcome: Outcome) -> bool:
    """Whether the same payment method is not to be tried again."""
    return outcome.code in HARD_DECLINES or outcome.advice in HARD_ADVICE


def next_retry(
    failures: int, first_failed_at: datetime, now: datetime, policy: DunningPolicy = DUNNING
) -> datetime | None:
    """Return when to try again after `failures` soft declines, at least a day from `now`; None when no try is left."""
    if failures >= len(policy.retry_days):
        return None
    return max(first_failed_at + timedelta(days=policy.retry_days[failures]), now + timedelta(days=1))
