"""Reading change-sets."""

from benefits.eligibility.queries.change_sets import get_change_set, list_change_sets, list_errors

__all__ = ["get_change_set", "list_change_sets", "list_errors"]
