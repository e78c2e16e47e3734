"""What is wished, what is known of a clinic, and the hard filters between them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property

from referrals.routing.rules.policy import Widening

# For clinics of the member's or an operator's choice, too; of the routes, one that the plan covers.
ALWAYS = ("asked_before", "not_active", "credentials", "no_capacity", "state_not_served", "route")
_WISHED = ("protocol", "format", "language", "therapist_gender", "times")


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """What is known of a clinic at the moment of routing; times in UTC, money in cents; None is not known.

    `free_slots` are open slots less offers not yet answered; `timezone` is its own, `today` the date there, and
    `valid_until` the last day of what it has to have on file. `prices` are its list prices of a dosing session by
    "route/format". `answers` and `acceptances` count what it said to earlier offers, silence included.
    """

    clinic_id: str
    distance_km: float
    is_active: bool
    today: date
    valid_until: date | None
    free_slots: int
    states_served: tuple[str, ...]
    routes: tuple[str, ...]
    protocols: tuple[str, ...]
    formats: tuple[str, ...]
    languages: tuple[str, ...]
    sessions_facilitated: int
    therapist_genders: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    prices: Mapping[str, int] | None = None
    waiting_days: int | None = None
    answers: int = 0
    acceptances: int = 0
    last_offered_at: datetime | None = None
    timezone: str = "UTC"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a request needs, at the moment of routing. Empty means anything, but for `routes`, which name all allowed.

    `own_language` is preferred, not required; so are `therapist_gender` and `times` unless in `must`. Of a list price
    the plan pays `share_percent`, or where that is set `fixed_cents` at most. `picks` are the clinics that the member
    chose, in order, and `asked` those not to ask again. `widened` counts the steps of the policy's widening taken,
    `dropped` are the filters given up.
    """

    request_id: str
    now: datetime
    state: str
    max_distance_km: float
    routes: tuple[str, ...]
    protocol: str
    format: str
    language: str
    own_language: str
    therapist_gender: str = ""
    times: tuple[str, ...] = ()
    max_price_cents: int | None = None
    share_percent: int = 0
    fixed_cents: int | None = None
    must: tuple[str, ...] = ()
    picks: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    widened: int = 0

    @cached_property
    def filters(self) -> tuple[str, ...]:
        """The hard filters that a clinic has to pass which nobody picked, by name."""
        wished = (name for name in _WISHED if self.needs(name))
        return (*ALWAYS, "too_far", *wished, *(() if self.most_list_cents() is None else ("price",)))

    def needs(self, name: str) -> bool:
        """Whether a wish is a hard filter: it was said, and is not given up or is insisted on."""
        if name in ("therapist_gender", "times") and name not in self.must:
            return False
        return bool(getattr(self, name)) and name not in self.dropped

    def most_list_cents(self) -> int | None:
        """The highest list price of which the member's own part is within their ceiling; None without one."""
        if self.max_price_cents is None or (self.fixed_cents is None and self.share_percent >= 100):
            return None
        if self.fixed_cents is not None:
            return self.max_price_cents + self.fixed_cents
        return self.max_price_cents * 100 // (100 - self.share_percent)

    def own_part(self, cents: int) -> int:
        """What is left to the member of a list price."""
        if self.fixed_cents is not None:
            return max(cents - self.fixed_cents, 0)
        return cents * (100 - self.share_percent) // 100


@dataclass(frozen=True, kw_only=True)
class Match:
    """What a clinic is asked to give: the first of the member's wishes that it offers."""

    route: str
    protocol: str
    format: str


def refusals(candidate: Candidate, wish: Wish) -> tuple[str, ...]:
    """Name every hard filter that a clinic fails; empty for one that may be asked.

    The database filters by the same rules (queries/candidates.py); a test compares the two.
    """
    checked = ALWAYS if candidate.clinic_id in wish.picks else wish.filters
    return tuple([name for name in checked if not _PASSES[name](candidate, wish)])


def match(candidate: Candidate, wish: Wish) -> Match:
    """What an eligible clinic is asked to give; where the member has no wish that it meets, what it names first."""
    return Match(
        route=_first(wish.routes, candidate.routes),
        protocol=_first((wish.protocol,), candidate.protocols),
        format=_first((wish.format,), candidate.formats),
    )


def price_cents(candidate: Candidate, wish: Wish) -> int | None:
    """What the member would pay for a dosing session, the plan's share taken off; None when the price is not known."""
    cents = _list_cents(candidate, wish)
    return None if cents is None else wish.own_part(cents)


def widen(wish: Wish, step: Widening, number: int) -> Wish:
    """Return a wish with less in it, all but what the member insists on."""
    is_near = "distance" in wish.must
    return replace(
        wish,
        max_distance_km=wish.max_distance_km if is_near else wish.max_distance_km * step.distance_factor,
        dropped=tuple(name for name in step.drop if name not in wish.must),
        widened=number,
    )


def _is_affordable(candidate: Candidate, wish: Wish) -> bool:
    most = wish.most_list_cents()
    if most is None:
        return True
    return any(cents <= most for key, cents in (candidate.prices or {}).items() if _is_wished(key, wish))


def _list_cents(candidate: Candidate, wish: Wish) -> int | None:
    if not candidate.prices:
        return None
    route, form = _first(wish.routes, candidate.routes), _first((wish.format,), candidate.formats)
    return candidate.prices.get(f"{route}/{form}")


def _is_wished(key: str, wish: Wish) -> bool:
    route, _, form = key.partition("/")
    return route in wish.routes and (not wish.needs("format") or form == wish.format)


def _first(wished: tuple[str, ...], offered: tuple[str, ...]) -> str:
    return next((one for one in wished if one in offered), offered[0])


def _holds(candidate: Candidate) -> bool:
    return candidate.valid_until is not None and candidate.valid_until >= candidate.today


def _shares(wished: tuple[str, ...], offered: tuple[str, ...]) -> bool:
    return not set(wished).isdisjoint(offered)


_PASSES: Mapping[str, Callable[[Candidate, Wish], bool]] = {
    "asked_before": lambda candidate, wish: candidate.clinic_id not in wish.asked,
    "not_active": lambda candidate, wish: candidate.is_active,
    "credentials": lambda candidate, wish: _holds(candidate),
    "no_capacity": lambda candidate, wish: candidate.free_slots > 0,
    "state_not_served": lambda candidate, wish: wish.state in candidate.states_served,
    "too_far": lambda candidate, wish: candidate.distance_km <= wish.max_distance_km,
    "route": lambda candidate, wish: _shares(wish.routes, candidate.routes),
    "protocol": lambda candidate, wish: wish.protocol in candidate.protocols,
    "format": lambda candidate, wish: wish.format in candidate.formats,
    "language": lambda candidate, wish: wish.language in candidate.languages,
    "therapist_gender": lambda candidate, wish: wish.therapist_gender in candidate.therapist_genders,
    "times": lambda candidate, wish: _shares(wish.times, candidate.times),
    "price": _is_affordable,
}
