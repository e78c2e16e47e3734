"""The terms that a plan may have."""

from collections.abc import Sequence

ROUTES = ("iv", "im", "sublingual", "nasal")  # docs/facts.md, "Routes"


def wrong_terms(
    *, employer_share_percent: int, covered_routes: Sequence[str], starts_before_end: bool
) -> dict[str, str]:
    """Return what is wrong with a plan's terms, by field; nothing when they hold."""
    wrong = {}
    if not 0 <= employer_share_percent <= 100:
        wrong["employer_share_percent"] = "A share is between 0 and 100 percent."
    if not covered_routes or len(set(covered_routes)) < len(covered_routes) or set(covered_routes) - set(ROUTES):
        wrong["covered_routes"] = f"Name each covered route once, at least one of {', '.join(ROUTES)}."
    if not starts_before_end:
        wrong["ends_on"] = "A plan ends on the day it starts or later."
    return wrong
