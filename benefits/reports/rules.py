"""What may be published about groups of people.

A quarter's figure is one number, of the people who were reached: those with at least one session that took place. It
is published only where

    1. at least 11 people are in it, and at least 11 of those covered are not;
    2. rounded to 5 it still is, and leaves, more than 10 (so 11 and 12, which would read 10, are not shown);
    3. it is the same as each figure published before it, or differs from it by more than 10.

It is never cumulative, never broken down and never corrected: there is nothing else to subtract from it. A hidden
figure names all of the rules, and not the one that held it back, for that would be a figure, too.
(docs/design/security.md 17, 18, where only consecutive figures are compared: two that are not would tell as much;
docs/facts.md, "Aggregates")
"""

from collections.abc import Iterable
from datetime import date

SMALLEST_CELL = 11  # docs/facts.md, "Aggregates": no cell from 1 to 10 (CMS), zero treated like small
ROUNDED_TO = 5
WHY_HIDDEN = (
    "A figure is shown only where at least 11 people are in it and at least 11 of those covered are not, rounded to 5, "
    "and where it is the same as each figure shown before it or more than 10 away. Which of these does not hold is not "
    "said, for that would tell something about single people. It stays hidden."
)


def publishable(count: int) -> int | None:
    """Return a count, or None when it is too small to be shown."""
    return count if count >= SMALLEST_CELL else None


def frozen_figure(reached: int, *, covered: int, published: Iterable[int]) -> int | None:
    """Return what is published of `reached` people out of `covered`, after those `published` before; rules as above."""
    figure = (reached + ROUNDED_TO // 2) // ROUNDED_TO * ROUNDED_TO
    if min(reached, figure, covered - reached, covered - figure) < SMALLEST_CELL:
        return None
    if any(0 < abs(figure - earlier) < SMALLEST_CELL for earlier in published):
        return None
    return figure


def month_after(month: date) -> date:
    """Return the first day of the month after the one that begins on a day."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
