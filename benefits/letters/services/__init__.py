"""Ordering and printing letters, and judging what people say who have one."""

from benefits.letters.services.claiming import judge, receive, seconds_until_claim, tell_of_lock
from benefits.letters.services.printing import PrintedLetter, order, print_letters

__all__ = ["PrintedLetter", "judge", "order", "print_letters", "receive", "seconds_until_claim", "tell_of_lock"]
