"""Deciding whom a request is offered to, and keeping count of what clinics answer."""

from referrals.routing.services.counting import count_answer, count_offers, lock_records
from referrals.routing.services.deciding import Choice, Decided, Wanting, assign, at_once, decide, keep_gap, wish_of

__all__ = [
    "Choice",
    "Decided",
    "Wanting",
    "assign",
    "at_once",
    "count_answer",
    "count_offers",
    "decide",
    "keep_gap",
    "lock_records",
    "wish_of",
]
