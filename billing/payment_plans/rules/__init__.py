"""The rules of payment plans. Pure, and policy as data: dates and amounts, mandates, dunning, changes."""

from billing.payment_plans.rules.changes import (
    BY_OPERATORS,
    LONGEST_PAUSE,
    ChangeImpossible,
    ChangeKind,
    after_pause,
    check_move,
    check_pause,
)
from billing.payment_plans.rules.dunning import (
    DUNNING,
    POLICIES,
    TRIES_COUNT_FOR,
    DunningPolicy,
    Outcome,
    OutcomeKind,
    is_hard,
    next_retry,
)
from billing.payment_plans.rules.instalments import (
    MOST_INSTALMENTS,
    REMIND_BEFORE,
    SMALLEST_CHARGE_CENTS,
    CannotSplit,
    Interval,
    amounts,
    debit_at,
    due_dates,
    due_instants,
)
from billing.payment_plans.rules.mandates import MANDATE_VERSION, MANDATES, MethodKind, mandate_text

__all__ = [
    "BY_OPERATORS",
    "DUNNING",
    "LONGEST_PAUSE",
    "MANDATES",
    "MANDATE_VERSION",
    "MOST_INSTALMENTS",
    "POLICIES",
    "REMIND_BEFORE",
    "SMALLEST_CHARGE_CENTS",
    "TRIES_COUNT_FOR",
    "CannotSplit",
    "ChangeImpossible",
    "ChangeKind",
    "DunningPolicy",
    "Interval",
    "MethodKind",
    "Outcome",
    "OutcomeKind",
    "after_pause",
    "amounts",
    "check_move",
    "check_pause",
    "debit_at",
    "due_dates",
    "due_instants",
    "is_hard",
    "mandate_text",
    "next_retry",
]
