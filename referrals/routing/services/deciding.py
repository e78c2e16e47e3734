"""Deciding which clinics a request is offered to."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from benefits import facade as benefits
from referrals.clinics.queries import Place, locate, terms_of
from referrals.clinics.rules import SessionKind
from referrals.clinics.rules.hours import Hours
from referrals.requests.models import Request
from referrals.requests.rules import covered
from referrals.routing.models import NetworkGap, RoutingDecision
from referrals.routing.queries.candidates import find_candidates, find_one, find_picks, list_openings
from referrals.routing.queries.decisions import Inputs
from referrals.routing.queries.gaps import count_help
from referrals.routing.queries.policy import get_policy
from referrals.routing.rules.candidates import Candidate, Match, Wish, match, refusals, widen
from referrals.routing.rules.opening import respond_by
from referrals.routing.rules.policy import Answering, Policy
from referrals.routing.rules.scoring import Ranking, rank
from workers.kernel.ids import new_id


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A clinic to ask, what for, and until when."""

    clinic_id: UUID
    match: Match
    respond_by: datetime


@dataclass(frozen=True, kw_only=True)
class Wanting:
    """A request that wants at most `places` more clinics to be asked, and whose it is.

    `asked` are the clinics that are not to be asked (again); `waiting` is how many have not answered yet.
    """

    request: Request
    member: benefits.Member
    coverage: benefits.Coverage
    asked: Collection[UUID]
    places: int
    waiting: int


@dataclass(frozen=True, kw_only=True)
class _Ranked:
    wish: Wish
    candidates: list[Candidate]
    ranking: Ranking


@dataclass(frozen=True, kw_only=True)
class Decided:
    """What was decided of a request, under the id that the decision is kept by: `choices` to ask, or nobody."""

    id: UUID
    wanting: Wanting
    place: Place
    ranked: _Ranked
    chosen: list[str]
    choices: tuple[Choice, ...] = ()

    @property
    def found_nobody(self) -> bool:
        """Whether nobody is left to ask, and nobody is waited for."""
        return not self.chosen and not self.wanting.waiting


def at_once(urgency: str) -> int:
    """Return how many clinics are asked at the same time; the first yes wins."""
    return get_policy().answers[urgency].at_once


def decide(wanting: Sequence[Wanting], *, now: datetime) -> list[Decided]:
    """Choose the clinics to ask next for each request and keep the decisions; nothing where nobody is left.

    The caller holds the requests' locks. However many there are, all but the search costs as many statements as for
    one; each decision knows what the ones before it chose.
    """
    policy, chosen_before = get_policy(), Counter[str]()
    decided = []
    for one in wanting:
        decided.append(_decide(one, policy, chosen_before, now))
        chosen_before.update(decided[-1].chosen)
    RoutingDecision.objects.bulk_create([_decision(one, policy, now) for one in decided])
    openings = list_openings(chosen_before.keys())
    return [replace(one, choices=_choices(one, openings, policy, now)) for one in decided]


def keep_gap(decided: Decided, *, now: datetime) -> None:
    """Keep what stood in the way of a request that found nobody; once the offers that others got are counted."""
    wish, place = decided.ranked.wish, decided.place
    NetworkGap.objects.create(
        decision_id=decided.id,
        request_id=decided.wanting.request.pk,
        state=place.state,
        zip3=place.postal_code[:3],
        help=count_help(wish, place, widest_km=wish.max_distance_km * get_policy().help_within_factor),
        found_at=now,
    )


def assign(
    request: Request,
    *,
    clinic_id: UUID,
    member: benefits.Member,
    coverage: benefits.Coverage,
    now: datetime,
) -> Choice | tuple[str, ...]:
    """Return what a clinic that a person picked is asked for and until when, or why it cannot be asked at all."""
    policy, place = get_policy(), locate(request.preferences["near"])
    wish = wish_of(request, member=member, coverage=coverage, asked=(), now=now, picks=(str(clinic_id),))
    found = find_one(clinic_id, wish, place)
    if found is None:
        return ("unknown",)
    openings = list_openings([found.clinic_id])[found.clinic_id]
    return refusals(found, wish) or _choice(found, wish, openings, policy.answers[request.urgency], now)


def wish_of(
    request: Request,
    *,
    member: benefits.Member,
    coverage: benefits.Coverage,
    asked: Collection[UUID],
    now: datetime,
    picks: tuple[str, ...] | None = None,
) -> Wish:
    """Return what a request needs now. Routes are those that the plan covers."""
    wanted, terms = request.preferences, terms_of(coverage, SessionKind.DOSING)
    return Wish(
        request_id=str(request.pk),
        now=now,
        state=member.state,
        max_distance_km=wanted["max_distance_km"],
        routes=covered(request.kind, wanted["routes"], coverage.covered_routes),
        protocol=wanted["protocol"],
        format=wanted["format"],
        language=wanted["language"],
        own_language=member.language,
        therapist_gender=wanted["therapist_gender"],
        times=tuple(wanted["times"]),
        max_price_cents=wanted["max_price_cents"],
        share_percent=terms.percent,
        fixed_cents=terms.fixed_cents,
        must=tuple(wanted["must"]),
        picks=tuple(wanted["clinics"]) if picks is None else picks,
        asked=tuple(sorted(map(str, asked))),
    )


def _decide(wanting: Wanting, policy: Policy, chosen_before: Counter[str], now: datetime) -> Decided:
    request = wanting.request
    place = locate(request.preferences["near"])
    wish = wish_of(request, member=wanting.member, coverage=wanting.coverage, asked=wanting.asked, now=now)
    search = _Search(wish, place, policy, chosen_before)
    ranked = search.best(only_picks=not request.preferences["then_others"])
    chosen = [one.clinic_id for one in ranked.ranking.eligible[: wanting.places]]
    return Decided(id=new_id(), wanting=wanting, place=place, ranked=ranked, chosen=chosen)


class _Search:
    """Clinics for one request, as wished and then wider. `chosen_before`: how many offers nobody has counted yet."""

    def __init__(self, wish: Wish, place: Place, policy: Policy, chosen_before: Counter[str]) -> None:
        self.wish, self.place, self.policy, self.chosen_before = wish, place, policy, chosen_before

    def best(self, *, only_picks: bool) -> _Ranked:
        """Look as wished, and then wider, until somebody may be asked."""
        ranked = self._rank(self.wish, only_picks=only_picks)
        for number, step in enumerate(() if only_picks else self.policy.widening, start=1):
            if ranked.ranking.eligible:
                break
            ranked = self._rank(widen(self.wish, step, number), only_picks=False)
        return ranked

    def _rank(self, wish: Wish, *, only_picks: bool) -> _Ranked:
        limit = self.policy.pool
        found = find_picks(wish, self.place) if only_picks else find_candidates(wish, self.place, limit=limit)
        found = [self._after(one) for one in found] if self.chosen_before else found
        return _Ranked(wish=wish, candidates=found, ranking=rank(found, wish, self.policy))

    def _after(self, one: Candidate) -> Candidate:
        more = self.chosen_before[one.clinic_id]
        return replace(one, free_slots=one.free_slots - more, last_offered_at=self.wish.now) if more else one


def _decision(decided: Decided, policy: Policy, now: datetime) -> RoutingDecision:
    ranked, request = decided.ranked, decided.wanting.request
    return RoutingDecision(
        id=decided.id,
        request=request,
        member_id=request.member_id,
        chosen=[UUID(clinic_id) for clinic_id in decided.chosen],
        policy_version=policy.version,
        widened=ranked.wish.widened,
        inputs=_written(Inputs(wish=ranked.wish, candidates=ranked.candidates, policy=policy)),
        ranking=_written(ranked.ranking),
        decided_at=now,
    )


def _written(value: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


def _choices(
    decided: Decided, openings: Mapping[str, Sequence[Hours]], policy: Policy, now: datetime
) -> tuple[Choice, ...]:
    by_id = {one.clinic_id: one for one in decided.ranked.candidates}
    answering = policy.answers[decided.wanting.request.urgency]
    return tuple(
        _choice(by_id[clinic_id], decided.ranked.wish, openings[clinic_id], answering, now)
        for clinic_id in decided.chosen
    )


def _choice(one: Candidate, wish: Wish, openings: Sequence[Hours], answering: Answering, now: datetime) -> Choice:
    return Choice(
        clinic_id=UUID(one.clinic_id),
        match=match(one, wish),
        respond_by=respond_by(now, zone=ZoneInfo(one.timezone), openings=openings, answering=answering),
    )
