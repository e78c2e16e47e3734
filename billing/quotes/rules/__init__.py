"""Prices: the waterfall, what limits it, its sentences in English and Spanish, and what differs between two of them."""

from billing.quotes.rules.carrying import carried_over
from billing.quotes.rules.changes import reasons_between, taken_by
from billing.quotes.rules.comparing import REASONS, Change, LineChange, compare
from billing.quotes.rules.instalments import MOST_INSTALMENTS, SMALLEST_CHARGE_CENTS, ways_to_pay
from billing.quotes.rules.sentences import Step, delivered_step, steps_of
from billing.quotes.rules.terms import NO_LIMIT, NOTHING, Cap, Share, Terms, buckets
from billing.quotes.rules.waterfall import VALID_FOR, BillableSession, Line, Pricing, price

__all__ = [
    "MOST_INSTALMENTS",
    "NOTHING",
    "NO_LIMIT",
    "REASONS",
    "SMALLEST_CHARGE_CENTS",
    "VALID_FOR",
    "BillableSession",
    "Cap",
    "Change",
    "Line",
    "LineChange",
    "Pricing",
    "Share",
    "Step",
    "Terms",
    "buckets",
    "carried_over",
    "compare",
    "delivered_step",
    "price",
    "reasons_between",
    "steps_of",
    "taken_by",
    "ways_to_pay",
]
