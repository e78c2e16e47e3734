"""What a test offer says, and how long it may wait."""

from datetime import date, timedelta
from enum import StrEnum
from typing import Any

SHORTEST, LONGEST = timedelta(seconds=30), timedelta(days=1)
USUAL = timedelta(minutes=15)
MOST_OPEN = 20  # of a clinic at once

# The least that lets a clinic decide, of somebody who does not exist.
SUMMARY: dict[str, Any] = {
    "routes": ["im"],
    "protocol": "separated",
    "format": "individual",
    "language": "en",
    "state": "NY",
    "age_band": "35-44",
    "result_of_screening": "proceed",
}

# Whom an accepted test offer is about: nobody, in the shape of a member.
PERSON: dict[str, Any] = {
    "first_name": "Test",
    "last_name": "Person",
    "date_of_birth": date(1988, 5, 17),
    "email": "",
    "postal_code": "10001",
    "state": "NY",
    "language": "en",
}
TIMEZONE = "America/New_York"


class SandboxStatus(StrEnum):
    """The states of an offer that the sandbox plays, in FHIR's words."""

    REQUESTED = "requested"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = (SandboxStatus.REQUESTED, SandboxStatus.RECEIVED)  # an answer is awaited
NO_ANSWER = "no_answer"
DECLINE_REASONS = ("no_capacity", "not_a_fit", "out_of_scope", "schedule", "language", "other")
