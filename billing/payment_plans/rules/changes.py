"""What a payer may change of a plan under way, and within which bounds."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from workers.kernel.words import Sentence

_DATES = Sentence("The date can be from %(first)s to %(last)s, not %(wanted)s.")
_PAUSES = Sentence("A pause can last until a day from %(first)s to %(last)s, not %(wanted)s.")


class ChangeKind(StrEnum):
    """What can be asked for."""

    PAY_NOW = "pay_now"  # one instalment, before its date or after it failed
    PAY_OFF = "pay_off"  # all that is left, in one charge
    MOVE = "move"  # one instalment to another date
    SPREAD = "spread"  # all that is left, in another number of instalments or at another interval
    PAUSE = "pause"  # hardship: nothing is debited until a date, and all later dates move as far
    RESUME = "resume"  # the pause ends early
    AUTOPAY_ON = "autopay_on"
    AUTOPAY_OFF = "autopay_off"  # nothing is debited by itself: the payer is told that it is due, and pays
    WAIVE = "waive"  # hardship: so many cents are not asked for any more


BY_OPERATORS = frozenset({ChangeKind.WAIVE})  # which a payer may hope for and not ask for


LONGEST_MOVE = timedelta(days=31)
LONGEST_PAUSE = timedelta(days=92)


class ChangeImpossible(ValueError):
    """The plan cannot be changed like that; the message says why and what is possible."""


def check_move(due_at: datetime, wanted: date, now: datetime) -> None:
    """Raise ChangeImpossible unless `wanted` is from tomorrow to a month after the date that was agreed to."""
    first, last = now.date() + timedelta(days=1), max(due_at, now).date() + LONGEST_MOVE
    if not first <= wanted <= last:
        raise ChangeImpossible(_DATES(first=first, last=last, wanted=wanted))


def check_pause(wanted: date, now: datetime) -> None:
    """Raise ChangeImpossible unless a pause ends from tomorrow to three months from now."""
    first, last = now.date() + timedelta(days=1), now.date() + LONGEST_PAUSE
    if not first <= wanted <= last:
        raise ChangeImpossible(_PAUSES(first=first, last=last, wanted=wanted))


def after_pause(day: date, began: date, ends: date) -> date:
    """Return the day of a debit after a pause: what falls into it or later moves by its length."""
    return day if day < began else day + (ends - began)
