"""Pure rules of membership: people, their life cycle, their cover."""

from benefits.enrollment.rules.cover import DAY, Span, covers, last_day, missing
from benefits.enrollment.rules.life import DAY_OF, LAST_YEAR, POSSIBLE, TOO_LATE, local_day, status_on, wrong_day
from benefits.enrollment.rules.people import EMPLOYMENT_STATUSES, RELATIONSHIPS, STATES, Person, is_other_person

__all__ = [
    "DAY",
    "DAY_OF",
    "EMPLOYMENT_STATUSES",
    "LAST_YEAR",
    "POSSIBLE",
    "RELATIONSHIPS",
    "STATES",
    "TOO_LATE",
    "Person",
    "Span",
    "covers",
    "is_other_person",
    "last_day",
    "local_day",
    "missing",
    "status_on",
    "wrong_day",
]
