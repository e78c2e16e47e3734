"""The kinds and states of a request, what a member may wish, and what they are told of each state.

            asked, urgent             asked
                  |                     |
                  v      released       v    a clinic is asked              its course took place
               review ------------->  open <------------------> offered ---> accepted ---------> completed
                                      ^  |    all said no            |          |
                             released |  | nobody is left            |          `--> moved    another request follows
                                      |  v                           |
                                    unplaced                         |    cover ended: every state before accepted
                                                                     `--> lapsed
open | unplaced ---> accepted      a clinic's yes came before its deadline and was worked off after it
every state that is not final ---> withdrawn (by the member)

`review` and `unplaced` are on the operator's list.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from referrals.clinics.rules import Protocol, Route


class RequestStatus(StrEnum):
    """Where a request stands."""

    REVIEW = "review"
    OPEN = "open"
    OFFERED = "offered"
    UNPLACED = "unplaced"
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"
    MOVED = "moved"
    LAPSED = "lapsed"


class Kind(StrEnum):
    """What is asked for (docs/facts.md, "The service"): a member has one request of each at a time."""

    ASSISTED_THERAPY = "assisted_therapy"
    INFUSION = "infusion"


class Urgency(StrEnum):
    """How soon a clinic has to answer."""

    STANDARD = "standard"
    URGENT = "urgent"


class Times(StrEnum):
    """When a member could come, by the clinic's clocks."""

    WEEKDAY_MORNING = "weekday_morning"
    WEEKDAY_AFTERNOON = "weekday_afternoon"
    WEEKDAY_EVENING = "weekday_evening"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class Must(StrEnum):
    """Wishes that a member may insist on: a clinic that does not meet them is not asked, however few are left."""

    DISTANCE = "distance"
    PROTOCOL = "protocol"
    FORMAT = "format"
    THERAPIST_GENDER = "therapist_gender"
    TIMES = "times"


class Meant(msgspec.Struct, frozen=True, kw_only=True):
    """What a kind of request comes down to; no protocol means any."""

    routes: tuple[Route, ...]
    protocol: str = ""


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """Within how many hours a person acts on what waits for one, and how often they are told again."""

    person_acts_within_hours: int
    again_every_hours: int


class Promises(msgspec.Struct, frozen=True, kw_only=True):
    """data/promises.json."""

    source: str
    standard: Promise
    urgent: Promise
    routed_within_minutes: int

    def of(self, urgency: str) -> Promise:
        """The promise for a request of this urgency."""
        return self.urgent if urgency == Urgency.URGENT else self.standard


# Infusion therapy is intravenous (S2), in a series before the therapy: S4's sequential protocol.
KINDS: Mapping[str, Meant] = {
    Kind.ASSISTED_THERAPY: Meant(routes=tuple(Route)),
    Kind.INFUSION: Meant(routes=(Route.IV,), protocol=Protocol.SEQUENTIAL),
}

_S = RequestStatus
PENDING = (_S.REVIEW, _S.OPEN, _S.OFFERED, _S.UNPLACED)
BLOCKING = (*PENDING, _S.ACCEPTED)  # a member has at most one of these of a kind
FOR_A_PERSON = (_S.REVIEW, _S.UNPLACED)
CARE_ENDED = (_S.WITHDRAWN, _S.MOVED, _S.LAPSED)  # nothing is said or asked any more
FINAL = (_S.COMPLETED, *CARE_ENDED)
FIRST = (_S.REVIEW, _S.OPEN)
_NEXT: Mapping[RequestStatus, frozenset[RequestStatus]] = {
    _S.REVIEW: frozenset({_S.OPEN, _S.WITHDRAWN, _S.LAPSED}),
    _S.OPEN: frozenset({_S.OFFERED, _S.UNPLACED, _S.ACCEPTED, _S.WITHDRAWN, _S.LAPSED}),
    _S.OFFERED: frozenset({_S.OPEN, _S.ACCEPTED, _S.WITHDRAWN, _S.LAPSED}),
    _S.UNPLACED: frozenset({_S.OPEN, _S.ACCEPTED, _S.WITHDRAWN, _S.LAPSED}),
    _S.ACCEPTED: frozenset({_S.COMPLETED, _S.WITHDRAWN, _S.MOVED}),
    **{final: frozenset() for final in FINAL},
}

_WHAT_NEXT = {
    "en": {
        _S.REVIEW: "One of our team will call you before we ask a clinic.",
        _S.OPEN: "We are choosing the clinic to ask.",
        _S.OFFERED: "A clinic was asked and has until the time shown to answer; then we ask the next one.",
        _S.UNPLACED: "No clinic could take you yet. One of our team looks for a way and will contact you.",
        _S.ACCEPTED: "A clinic accepted. It will agree with you on the times of your sessions.",
        _S.COMPLETED: "Your sessions are over. You may ask again at any time.",
        _S.WITHDRAWN: "You took this request back. You may ask again at any time.",
        _S.MOVED: "This request ended, and another one took its place.",
        _S.LAPSED: "Your cover ended before a clinic accepted. Once you are covered again, ask again.",
    },
    "es": {
        _S.REVIEW: "Una persona de nuestro equipo le llamará antes de que preguntemos a una clínica.",
        _S.OPEN: "Estamos eligiendo la clínica a la que preguntar.",
        _S.OFFERED: "Hemos preguntado a una clínica, que tiene hasta la hora indicada; después pasamos a otra.",
        _S.UNPLACED: "Ninguna clínica puede atenderle todavía. Nuestro equipo busca una solución y le avisará.",
        _S.ACCEPTED: "Una clínica aceptó. Acordará con usted las horas de sus sesiones.",
        _S.COMPLETED: "Sus sesiones han terminado. Puede volver a pedirlas cuando quiera.",
        _S.WITHDRAWN: "Usted retiró esta solicitud. Puede volver a pedirla cuando quiera.",
        _S.MOVED: "Esta solicitud terminó y otra ocupó su lugar.",
        _S.LAPSED: "Su cobertura terminó antes de que una clínica aceptara. Cuando la tenga, vuelva a pedirla.",
    },
}


def can_move(status: str, to: str) -> bool:
    """Whether a request may go from one state to another."""
    return RequestStatus(to) in _NEXT[RequestStatus(status)]


def list_moves() -> list[tuple[str, str]]:
    """Return every (from, to) of the table."""
    return [(old, new) for old, following in _NEXT.items() for new in sorted(following)]


def covered(kind: str, wanted: Sequence[str], covered_routes: Sequence[str]) -> tuple[str, ...]:
    """Return the routes to ask clinics for: those wanted, or else those of the kind, that the plan covers."""
    meant = KINDS[kind].routes
    return tuple(route for route in wanted or meant if route in meant and route in covered_routes)


def due_by(
    status: str, urgency: str, promises: Promises, *, now: datetime, respond_by: datetime | None
) -> datetime | None:
    """By when something happens next: routing, a clinic's answer, a person's call; None for what has no such time."""
    if status in FOR_A_PERSON:
        return now + timedelta(hours=promises.of(urgency).person_acts_within_hours)
    if status == _S.OPEN:
        return now + timedelta(minutes=promises.routed_within_minutes)
    return respond_by


def again_after(promise: Promise, escalation: int) -> timedelta:
    """Return how long after the `escalation`-th alarm the next one comes: ever less often, up to eight times."""
    return timedelta(hours=promise.again_every_hours * 2 ** min(escalation - 1, 3))


def what_next(status: str, language: str) -> str:
    """Say in the member's language what happens next; English where there is no other."""
    return _WHAT_NEXT.get(language, _WHAT_NEXT["en"])[RequestStatus(status)]
