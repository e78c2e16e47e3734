"""The states of an offer, who may move it, why it ends, and what a clinic is told before it accepts.

requested --> received --+--> accepted --> in-progress --> completed
    |                    |       |             |
    |                    |       `-------------+--> cancelled    the member withdrew or left, or nothing came of it
    `--------------------+--> rejected     the clinic declined, or accepted with no place left
                         +--> failed       no answer in time, or nobody to tell
                         `--> cancelled    withdrawn, another clinic was first, the clinic may not take anybody
failed ---> accepted | rejected    its answer had come in time, and a worker got to it after the deadline

`MOVES` is the one table; models.py has PostgreSQL enforce it.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

YOUNGEST_BAND = (18, 24)
OLDEST = 65


class OfferStatus(StrEnum):
    """FHIR R4 Task.status, of which we use eight (http://hl7.org/fhir/R4/valueset-task-status.html)."""

    REQUESTED = "requested"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Mover(StrEnum):
    """Who moves an offer. An operator answers for a clinic that telephoned; the system keeps time."""

    CLINIC = "clinic"
    MEMBER = "member"
    OPERATOR = "operator"
    SYSTEM = "system"


_S, _M = OfferStatus, Mover
OPEN = (_S.REQUESTED, _S.RECEIVED)  # an answer is awaited
TAKEN = (_S.ACCEPTED, _S.IN_PROGRESS, _S.COMPLETED)  # the clinic treats, or treated: at most one of a request
UNDER_WAY = (_S.ACCEPTED, _S.IN_PROGRESS)
LIVE = (*OPEN, *UNDER_WAY)

_ANSWERED: Mapping[OfferStatus, frozenset[Mover]] = {
    _S.ACCEPTED: frozenset({_M.CLINIC, _M.OPERATOR}),
    _S.REJECTED: frozenset({_M.CLINIC, _M.OPERATOR}),
    _S.FAILED: frozenset({_M.SYSTEM}),
    _S.CANCELLED: frozenset({_M.MEMBER, _M.OPERATOR, _M.SYSTEM}),
}
_ENDED: Mapping[OfferStatus, frozenset[Mover]] = {
    _S.COMPLETED: frozenset({_M.SYSTEM}),
    _S.CANCELLED: frozenset({_M.MEMBER, _M.OPERATOR, _M.SYSTEM}),
}
MOVES: Mapping[OfferStatus, Mapping[OfferStatus, frozenset[Mover]]] = {
    _S.REQUESTED: {_S.RECEIVED: frozenset({_M.CLINIC, _M.SYSTEM}), **_ANSWERED},
    _S.RECEIVED: _ANSWERED,
    _S.ACCEPTED: {_S.IN_PROGRESS: frozenset({_M.SYSTEM}), **_ENDED},
    _S.IN_PROGRESS: _ENDED,
    _S.COMPLETED: {},
    _S.REJECTED: {},
    _S.CANCELLED: {},
    _S.FAILED: {_S.ACCEPTED: frozenset({_M.CLINIC}), _S.REJECTED: frozenset({_M.CLINIC})},
}
MAKERS = (_M.SYSTEM, _M.OPERATOR)  # who makes offers: routing, or a person who assigns a clinic


class Outcome(StrEnum):
    """How an offer ended without a yes, as the event names it."""

    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


OUTCOMES = {
    OfferStatus.REJECTED: Outcome.DECLINED,
    OfferStatus.FAILED: Outcome.EXPIRED,
    OfferStatus.CANCELLED: Outcome.WITHDRAWN,
}


class Reason(StrEnum):
    """Why an offer ended: first a clinic's own words, then ours."""

    NO_CAPACITY = "no_capacity"
    NOT_A_FIT = "not_a_fit"
    OUT_OF_SCOPE = "out_of_scope"
    SCHEDULE = "schedule"
    LANGUAGE = "language"
    OTHER = "other"
    NO_SLOT_LEFT = "no_slot_left"
    NO_ENDPOINT = "no_endpoint"
    NO_ANSWER = "no_answer"
    REQUEST_WITHDRAWN = "request_withdrawn"
    WISHES_CHANGED = "wishes_changed"
    COVER_ENDED = "cover_ended"
    TAKEN_BY_OTHER = "taken_by_other"
    CLINIC_UNAVAILABLE = "clinic_unavailable"
    CAPACITY_GONE = "capacity_gone"
    REASSIGNED = "reassigned"
    CLINIC_CHANGED = "clinic_changed"
    COURSE_CANCELLED = "course_cancelled"


class Readable(StrEnum):
    """What somebody reads of a member: who they are, in one form or another, or how their sums moved."""

    FULL_REFERRAL = "full_referral"
    FHIR = "fhir"
    OUTCOMES = "outcomes"


_R = Reason
DECLINE_REASONS = (_R.NO_CAPACITY, _R.NOT_A_FIT, _R.OUT_OF_SCOPE, _R.SCHEDULE, _R.LANGUAGE, _R.OTHER)
REASONS: Mapping[OfferStatus, tuple[Reason, ...]] = {
    _S.REJECTED: (*DECLINE_REASONS, _R.NO_SLOT_LEFT),
    _S.FAILED: (_R.NO_ANSWER, _R.NO_ENDPOINT),
    _S.CANCELLED: (
        _R.REQUEST_WITHDRAWN,
        _R.WISHES_CHANGED,
        _R.COVER_ENDED,
        _R.TAKEN_BY_OTHER,
        _R.CLINIC_UNAVAILABLE,
        _R.CAPACITY_GONE,
        _R.REASSIGNED,
        _R.CLINIC_CHANGED,
        _R.COURSE_CANCELLED,
    ),
}
FULL = (_R.NO_CAPACITY, _R.NO_SLOT_LEFT, _R.CAPACITY_GONE)  # asked again once the clinic says that it has places
NEVER_ASKED_IN_EARNEST = (_R.WISHES_CHANGED, _R.TAKEN_BY_OTHER)  # the clinic said nothing: it may be asked again


def may_move(status: str, to: str, by: str) -> bool:
    """Whether somebody may bring an offer from one state to another."""
    return Mover(by) in MOVES[OfferStatus(status)].get(OfferStatus(to), frozenset())


def list_moves() -> list[tuple[str, str, str]]:
    """Return every (from, to, who) of the table."""
    return [(old, new, who) for old, drawn in MOVES.items() for new, movers in drawn.items() for who in sorted(movers)]


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
