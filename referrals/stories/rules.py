"""Why an operator may look at a member's whole story, and for how long one reason counts."""

from datetime import timedelta
from enum import StrEnum

OPEN_FOR = timedelta(minutes=30)  # then the reason is asked for anew
MOST_FOUND = 20  # people of one search: who finds more has to say more
LEAST_LETTERS = 2  # of a name


class LookReason(StrEnum):
    """Why somebody looks."""

    MEMBER_ASKED = "member_asked"
    COMPLAINT = "complaint"
    SAFETY = "safety"
    REPAIR = "repair"
    AUDIT = "audit"
