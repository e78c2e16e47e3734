"""What is transferred for a month, and what is taken back. Pure; the numbers are data.

A refund to a member takes nothing from a clinic whose session took place. Only a session that is found not to have
taken place is owed no longer: its journal is reversed, and the clinic's next month is lower by it. A month that comes
out below nothing is taken back from the latest transfer, if it is worth the trouble and the clinic's account still
holds it; else it is carried into the next month.
"""

import re
from uuid import UUID

TAKE_BACK_FROM_CENTS = 50_00  # less is set off against the next month
_SESSION = re.compile(r"session:([0-9a-f-]{36}):delivered")


def session_of(business_key: str) -> UUID | None:
    """Return the session that a journal of the ledger is about, or None for any other journal."""
    found = _SESSION.fullmatch(business_key)
    return UUID(found.group(1)) if found else None


def is_taken_back(cents: int) -> bool:
    """Whether a month's sum is asked back and not carried over."""
    return cents <= -TAKE_BACK_FROM_CENTS
