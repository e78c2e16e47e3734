"""Choosing a clinic: hard filters that say why not, and an explained score among those that are left.

candidates --refusals()--> the eligible --score()--> ranked; the first is asked
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

EXPERIENCED = 200  # sessions facilitated, from where more counts no further; networks ask for 20 (docs/facts.md)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """What is known of a clinic at the moment of routing. `free_slots` are open slots less offers not yet answered."""

    clinic_id: str
    distance_km: float
    is_active: bool
    licence_expires_on: date
    malpractice_expires_on: date
    free_slots: int
    states_served: tuple[str, ...]
    routes: tuple[str, ...]
    protocols: tuple[str, ...]
    formats: tuple[str, ...]
    languages: tuple[str, ...]
    sessions_facilitated: int


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a request needs, on the day of routing. Empty means anything; `own_language` is preferred, not required."""

    request_id: str
    today: date
    state: str
    max_distance_km: float
    routes: tuple[str, ...]
    protocol: str
    format: str
    language: str
    own_language: str
    asked: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Scored:
    """An eligible clinic, its points by part, and their sum."""

    clinic_id: str
    parts: dict[str, float]
    total: float


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """The eligible clinics, best first, and why each of the others was not considered."""

    eligible: tuple[Scored, ...]
    refused: dict[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Match:
    """What the clinic is asked to give: the first of the member's wishes that it offers."""

    route: str
    protocol: str
    format: str


def refusals(candidate: Candidate, wish: Wish) -> tuple[str, ...]:
    """Name every hard filter that a clinic fails; empty for an eligible one."""
    passes = {
        "asked_before": candidate.clinic_id not in wish.asked,
        "not_active": candidate.is_active,
        "licence_expired": candidate.licence_expires_on >= wish.today,
        "malpractice_expired": candidate.malpractice_expires_on >= wish.today,
        "no_capacity": candidate.free_slots > 0,
        "too_far": candidate.distance_km <= wish.max_distance_km,
        "state_not_served": wish.state in candidate.states_served,
        "route": not wish.routes or any(route in candidate.routes for route in wish.routes),
        "protocol": not wish.protocol or wish.protocol in candidate.protocols,
        "format": not wish.format or wish.format in candidate.formats,
        "language": not wish.language or wish.language in candidate.languages,
    }
    return tuple(name for name, passed in passes.items() if not passed)


def score(candidate: Candidate, wish: Wish, weights: Mapping[str, float]) -> Scored:
    """Give a clinic's points: each part is 0 to 1 times its weight."""
    parts = {
        "distance": 1 - candidate.distance_km / wish.max_distance_km,
        "capacity": 1 - 1 / (1 + candidate.free_slots),
        "language": float((wish.language or wish.own_language) in candidate.languages),
        "experience": min(candidate.sessions_facilitated, EXPERIENCED) / EXPERIENCED,
    }
    points = {name: round(share * weights[name], 6) for name, share in parts.items()}
    return Scored(clinic_id=candidate.clinic_id, parts=points, total=round(sum(points.values()), 6))


def rank(candidates: Sequence[Candidate], wish: Wish, weights: Mapping[str, float]) -> Ranking:
    """Rank the eligible. Equals are ordered by lot, drawn anew for each request and the same at every replay."""
    refused = {candidate.clinic_id: refusals(candidate, wish) for candidate in candidates}
    scored = [score(candidate, wish, weights) for candidate in candidates if not refused[candidate.clinic_id]]
    scored.sort(key=lambda one: (-one.total, _lot(wish.request_id, one.clinic_id)))
    return Ranking(eligible=tuple(scored), refused={name: why for name, why in refused.items() if why})


def match(candidate: Candidate, wish: Wish) -> Match:
    """What an eligible clinic is asked to give; where the member has no wish, what it names first."""
    return Match(
        route=next((route for route in wish.routes if route in candidate.routes), candidate.routes[0]),
        protocol=wish.protocol or candidate.protocols[0],
        format=wish.format or candidate.formats[0],
    )


def _lot(request_id: str, clinic_id: str) -> bytes:
    return sha256(f"{request_id}|{clinic_id}".encode()).digest()
