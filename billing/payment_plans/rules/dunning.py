"""What Stripe says of a PaymentIntent, in our words, and what follows when it is not paid: policy as data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from billing.payment_plans.rules.mandates import MethodKind


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
    """When a failed instalment is tried again and when its payer is reminded; days after the first failure.

    `most_tries` of one method within 30 days, "pay now" included.
    """

    retry_days: Sequence[int]
    reminder_days: Sequence[int]
    review_day: int
    most_tries: int


# Cards: Visa allows 15 tries of one payment in 30 days, Mastercard 35 (docs.stripe.com/declines/card#retry-limits); we
# stay below both. Bank debits: a debit that came back for lack of funds may be presented twice more (Nacha Operating
# Rules, reinitiated entries).
POLICIES = {
    MethodKind.CARD: DunningPolicy(retry_days=(0, 3, 8, 15), reminder_days=(1, 3, 7), review_day=20, most_tries=10),
    MethodKind.BANK: DunningPolicy(retry_days=(0, 5, 12), reminder_days=(1, 3, 7), review_day=20, most_tries=3),
}
DUNNING = POLICIES[MethodKind.CARD]
TRIES_COUNT_FOR = timedelta(days=30)

# The method itself is the problem, so trying it again cannot help and costs the network's goodwill:
# docs.stripe.com/declines/codes, docs.stripe.com/declines/card#advice-codes, docs.stripe.com/payments/ach-direct-debit
_HARD_CARD = (
    "authentication_not_handled card_not_supported expired_card fraudulent incorrect_cvc incorrect_number "
    "invalid_account invalid_number lost_card new_account_information_available payment_method_unusable pickup_card "
    "restricted_card revocation_of_all_authorizations revocation_of_authorization security_violation stolen_card "
    "stop_payment_order transaction_not_allowed"
)
_HARD_BANK = (
    "account_closed account_frozen bank_account_restricted bank_account_unusable bank_ownership_changed "
    "debit_not_authorized incorrect_account_details invalid_account_number no_account"
)
HARD_DECLINES = frozenset(f"{_HARD_CARD} {_HARD_BANK}".split())
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
