"""The states of an offer, drawn in models.py, and what a clinic is told before it accepts."""

from datetime import date
from enum import StrEnum

YOUNGEST_BAND = (18, 24)
OLDEST = 65


class OfferStatus(StrEnum):
    """FHIR R4 Task.status, of which we use five."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Outcome(StrEnum):
    """How an offer ended without a yes, as the event names it."""

    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Reason(StrEnum):
    """Why an offer is closed: the first four are a clinic's words, the others ours."""

    NO_CAPACITY = "no_capacity"
    NOT_A_FIT = "not_a_fit"
    OUT_OF_SCOPE = "out_of_scope"
    OTHER = "other"
    NO_SLOT_LEFT = "no_slot_left"
    NO_ENDPOINT = "no_endpoint"
    NO_ANSWER = "no_answer"
    REQUEST_WITHDRAWN = "request_withdrawn"


DECLINE_REASONS = (Reason.NO_CAPACITY, Reason.NOT_A_FIT, Reason.OUT_OF_SCOPE, Reason.OTHER)
OUTCOMES = {
    OfferStatus.REJECTED: Outcome.DECLINED,
    OfferStatus.FAILED: Outcome.EXPIRED,
    OfferStatus.CANCELLED: Outcome.WITHDRAWN,
}


def age_band(date_of_birth: date, *, on: date) -> str:
    """Return an age as a band, "under 18", "18-24", "25-34" … "65+": enough to decide, too little to know who."""
    had_birthday = (on.month, on.day) >= (date_of_birth.month, date_of_birth.day)
    age = on.year - date_of_birth.year - (not had_birthday)
    first, last = YOUNGEST_BAND
    if age < first:
        return f"under {first}"
    if age <= last:
        return f"{first}-{last}"
    if age >= OLDEST:
        return f"{OLDEST}+"
    low = age - (age - last - 1) % 10
    return f"{low}-{low + 9}"
