"""The policy: every number that routing uses, as data with a version."""

from collections.abc import Mapping

import msgspec


class Scales(msgspec.Struct, frozen=True, kw_only=True):
    """Where more counts no further: sessions facilitated, cents a dosing session, days to the first appointment, days
    without an offer. The priors are what is assumed of a clinic that has not answered yet.
    """

    experienced_sessions: int
    price_cents: int
    waiting_days: int
    idle_days: int
    prior_answers: int
    prior_acceptances: int


class Answering(msgspec.Struct, frozen=True, kw_only=True):
    """How many clinics are asked at once, and how long each has: in opening hours, at most hours by the clock."""

    at_once: int
    open_hours: float
    at_most_hours: float


class Widening(msgspec.Struct, frozen=True, kw_only=True):
    """What is given up when nobody is left: times the distance, and without which filters."""

    distance_factor: float
    drop: tuple[str, ...]


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """One version. `pool` is how many of the nearest that pass the filters are scored. What would help is looked for
    within `help_within_factor` times the distance.
    """

    version: str
    source: str
    weights: Mapping[str, float]
    scales: Scales
    pool: int
    answers: Mapping[str, Answering]
    widening: tuple[Widening, ...]
    help_within_factor: float
