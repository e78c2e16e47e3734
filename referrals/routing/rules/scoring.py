"""The score: parts of 0 to 1, each times its weight, and the order that comes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from referrals.routing.rules.candidates import Candidate, Wish, price_cents, refusals
from referrals.routing.rules.policy import Policy, Scales

UNKNOWN = 0.5  # of what is not known of a clinic, half: neither a reward for silence nor a fine
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Scored:
    """An eligible clinic, its points by part, and their sum."""

    clinic_id: str
    parts: Mapping[str, float]
    total: float


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """The eligible clinics, best first, and why each of the other candidates was not considered."""

    eligible: tuple[Scored, ...]
    refused: Mapping[str, tuple[str, ...]]


def score(candidate: Candidate, wish: Wish, policy: Policy) -> Scored:
    """Give a clinic's points."""
    scales = policy.scales
    price = price_cents(candidate, wish)
    parts = {
        "distance": _less_is_better(candidate.distance_km, wish.max_distance_km),
        "capacity": 1 - 1 / (1 + max(candidate.free_slots, 0)),
        "fit": _fit(candidate, wish),
        "price": UNKNOWN if price is None else _less_is_better(price, wish.max_price_cents or scales.price_cents),
        "response": (candidate.acceptances + scales.prior_acceptances) / (candidate.answers + scales.prior_answers),
        "waiting": _waiting(candidate, scales),
        "experience": min(candidate.sessions_facilitated / scales.experienced_sessions, 1),
        "fairness": _idleness(candidate, wish, scales),
    }
    points = {name: round(share * policy.weights[name], 6) for name, share in parts.items()}
    return Scored(clinic_id=candidate.clinic_id, parts=points, total=round(sum(points.values()), 6))


def rank(candidates: Sequence[Candidate], wish: Wish, policy: Policy) -> Ranking:
    """Rank the eligible: the member's own picks in their order, then by points.

    Of equals the one that was longest without an offer comes first, then a lot decides, drawn anew for each request and
    the same at every replay.
    """
    refused = {candidate.clinic_id: refusals(candidate, wish) for candidate in candidates}
    eligible = [candidate for candidate in candidates if not refused[candidate.clinic_id]]
    scored = {candidate.clinic_id: score(candidate, wish, policy) for candidate in eligible}

    def place(candidate: Candidate) -> tuple[int, float, datetime, bytes]:
        lot = sha256(f"{wish.request_id}|{candidate.clinic_id}".encode()).digest()
        total = scored[candidate.clinic_id].total
        return _pick(candidate, wish), -total, candidate.last_offered_at or _NEVER, lot

    ordered = tuple(scored[candidate.clinic_id] for candidate in sorted(eligible, key=place))
    return Ranking(eligible=ordered, refused={name: why for name, why in refused.items() if why})


def _pick(candidate: Candidate, wish: Wish) -> int:
    return wish.picks.index(candidate.clinic_id) if candidate.clinic_id in wish.picks else len(wish.picks)


def _fit(candidate: Candidate, wish: Wish) -> float:
    """The share of what was wished that the clinic offers, the member's own language among it."""
    met = [float((wish.language or wish.own_language) in candidate.languages)]
    if wish.protocol:
        met.append(float(wish.protocol in candidate.protocols))
    if wish.format:
        met.append(float(wish.format in candidate.formats))
    if wish.therapist_gender:
        met.append(_has(candidate.therapist_genders, (wish.therapist_gender,)))
    if wish.times:
        met.append(_has(candidate.times, wish.times))
    return sum(met) / len(met)


def _has(offered: tuple[str, ...], wished: tuple[str, ...]) -> float:
    return float(any(one in offered for one in wished)) if offered else UNKNOWN


def _less_is_better(value: float, most: float) -> float:
    return max(0.0, 1 - value / most) if most > 0 else float(value <= 0)


def _waiting(candidate: Candidate, scales: Scales) -> float:
    days = candidate.waiting_days
    return UNKNOWN if days is None else _less_is_better(days, scales.waiting_days)


def _idleness(candidate: Candidate, wish: Wish, scales: Scales) -> float:
    if candidate.last_offered_at is None:
        return 1.0
    idle = (wish.now - candidate.last_offered_at).total_seconds() / 86_400
    return min(max(idle, 0.0) / scales.idle_days, 1.0)
