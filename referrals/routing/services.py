"""Deciding which clinics a request is offered to, and keeping count of what clinics answer."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.db.models import F

from benefits import facade as benefits
from referrals.clinics.queries import Place, locate, terms_of
from referrals.clinics.rules import SessionKind
from referrals.requests.models import Request
from referrals.requests.rules import covered
from referrals.routing.models import ClinicRecord, NetworkGap, RoutingDecision
from referrals.routing.queries.candidates import find_candidates, find_one, find_picks, list_openings
from referrals.routing.queries.decisions import Inputs
from referrals.routing.queries.gaps import count_help
from referrals.routing.queries.policy import get_policy
from referrals.routing.rules.candidates import Candidate, Match, Wish, match, refusals, widen
from referrals.routing.rules.opening import respond_by
from referrals.routing.rules.policy import Policy
from referrals.routing.rules.scoring import Ranking, rank


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A clinic to ask, what for, and until when."""

    clinic_id: UUID
    match: Match
    respond_by: datetime


@dataclass(frozen=True, kw_only=True)
class _Ranked:
    wish: Wish
    candidates: list[Candidate]
    ranking: Ranking


def at_once(urgency: str) -> int:
    """Return how many clinics are asked at the same time; the first yes wins."""
    return get_policy().answers[urgency].at_once


def decide(
    request: Request,
    *,
    member: benefits.Member,
    coverage: benefits.Coverage,
    asked: Collection[UUID],
    places: int,
    waiting: int,
    now: datetime,
) -> list[Choice]:
    """Choose at most `places` clinics to ask next and keep the decision; nothing when nobody is left.

    The caller holds the request's lock. `asked` are the clinics that are not to be asked (again); `waiting` is how many
    have not answered yet.
    """
    policy, place = get_policy(), locate(request.preferences["near"])
    ranked = _search(wish_of(request, member=member, coverage=coverage, asked=asked, now=now), request, place, policy)
    chosen = [one.clinic_id for one in ranked.ranking.eligible[:places]]
    decision = _keep(request, ranked, chosen, policy, now)
    if not chosen and not waiting:
        _keep_gap(decision, ranked.wish, place, policy)
    by_id = {one.clinic_id: one for one in ranked.candidates}
    return _choices([by_id[clinic_id] for clinic_id in chosen], ranked.wish, request, policy, now)


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
    return refusals(found, wish) or _choices([found], wish, request, policy, now)[0]


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


def count_offers(clinic_ids: Collection[UUID], *, now: datetime) -> None:
    """Count an offer to each of some clinics."""
    for clinic_id in sorted(clinic_ids):
        _count(clinic_id, {"open_offers": 1, "offers": 1}, at=now)


def lock_records(clinic_ids: Collection[UUID]) -> None:
    """Lock several clinics' records in the order of their ids, before they are counted on in another order."""
    list(ClinicRecord.objects.select_for_update().filter(pk__in=clinic_ids).order_by("pk").values_list("pk"))


def count_answer(clinic_id: UUID, *, outcome: str, seconds: int, was_silence: bool = False) -> None:
    """Count how an offer that waited ended: acceptances, declines or silences, or "" for one that was taken back.

    `was_silence`: it was counted as silence before, and the answer had come in time.
    """
    ended = {outcome: 1} if outcome else {}
    answered = {"answer_seconds": seconds} if outcome in ("acceptances", "declines") else {}
    _count(clinic_id, ({"silences": -1} if was_silence else {"open_offers": -1}) | ended | answered)


def _count(clinic_id: UUID, by: Mapping[str, int], *, at: datetime | None = None) -> None:
    """Add to a clinic's record; the first offer to it makes the row. Callers go through clinics in the order of ids."""
    record = ClinicRecord.objects.filter(pk=clinic_id)
    sums: dict[str, Any] = {name: F(name) + number for name, number in by.items()}
    if at is not None:
        sums["last_offered_at"] = at
    if not record.update(**sums):
        ClinicRecord.objects.bulk_create([ClinicRecord(clinic_id=clinic_id)], ignore_conflicts=True)
        record.update(**sums)


def _search(wish: Wish, request: Request, place: Place, policy: Policy) -> _Ranked:
    """Look as wished, and then wider, until somebody may be asked."""
    only_picks = not request.preferences["then_others"]
    ranked = _rank(wish, place, policy, only_picks=only_picks)
    for number, step in enumerate(() if only_picks else policy.widening, start=1):
        if ranked.ranking.eligible:
            break
        ranked = _rank(widen(wish, step, number), place, policy, only_picks=False)
    return ranked


def _rank(wish: Wish, place: Place, policy: Policy, *, only_picks: bool) -> _Ranked:
    found = find_picks(wish, place) if only_picks else find_candidates(wish, place, limit=policy.pool)
    return _Ranked(wish=wish, candidates=found, ranking=rank(found, wish, policy))


def _keep(request: Request, ranked: _Ranked, chosen: Collection[str], policy: Policy, now: datetime) -> RoutingDecision:
    decision = RoutingDecision(
        request=request,
        member_id=request.member_id,
        chosen=[UUID(clinic_id) for clinic_id in chosen],
        policy_version=policy.version,
        widened=ranked.wish.widened,
        inputs=_written(Inputs(wish=ranked.wish, candidates=ranked.candidates, policy=policy)),
        ranking=_written(ranked.ranking),
        decided_at=now,
    )
    decision.save(force_insert=True)
    return decision


def _written(value: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


def _keep_gap(decision: RoutingDecision, wish: Wish, place: Place, policy: Policy) -> None:
    NetworkGap.objects.create(
        decision=decision,
        request_id=decision.request_id,
        state=place.state,
        zip3=place.postal_code[:3],
        help=count_help(wish, place, widest_km=wish.max_distance_km * policy.help_within_factor),
        found_at=decision.decided_at,
    )


def _choices(chosen: Sequence[Candidate], wish: Wish, request: Request, policy: Policy, now: datetime) -> list[Choice]:
    openings, answering = list_openings([one.clinic_id for one in chosen]), policy.answers[request.urgency]
    return [
        Choice(
            clinic_id=UUID(one.clinic_id),
            match=match(one, wish),
            respond_by=respond_by(
                now, zone=ZoneInfo(one.timezone), openings=openings[one.clinic_id], answering=answering
            ),
        )
        for one in chosen
    ]
