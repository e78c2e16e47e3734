"""Reading the reminders' rules."""

from functools import cache
from pathlib import Path

import msgspec

from referrals.reminders.rules import Reminder

_DATA = Path(__file__).parent / "data" / "reminders.json"


@cache
def list_reminders() -> tuple[Reminder, ...]:
    """Return every rule. Raises msgspec.ValidationError for a malformed file."""
    return msgspec.json.decode(_DATA.read_bytes(), type=tuple[Reminder, ...])
