"""Reading members, their cover, the roster and its history."""

from benefits.enrollment.queries.cover import covering_plan, covering_plans, headcounts_by_plan, is_covered
from benefits.enrollment.queries.history import list_changes
from benefits.enrollment.queries.listing import STATUSES, Filters, Found, find, find_anywhere, shown
from benefits.enrollment.queries.members import (
    contact_hash,
    dependants_of,
    former_contact,
    get_member,
    get_members,
    get_on_roster,
    latest_contact,
    person_of,
    tag_of,
    zones_of,
)

__all__ = [
    "STATUSES",
    "Filters",
    "Found",
    "contact_hash",
    "covering_plan",
    "covering_plans",
    "dependants_of",
    "find",
    "find_anywhere",
    "former_contact",
    "get_member",
    "get_members",
    "get_on_roster",
    "headcounts_by_plan",
    "is_covered",
    "latest_contact",
    "list_changes",
    "person_of",
    "shown",
    "tag_of",
    "zones_of",
]
