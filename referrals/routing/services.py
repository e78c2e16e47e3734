"""Deciding which clinic a request is offered to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from benefits import facade as benefits
from referrals.clinics.models import Clinic, ClinicStatus
from referrals.clinics.queries import list_near, locate
from referrals.requests.models import Request
from referrals.routing.models import RoutingDecision
from referrals.routing.queries import Inputs, as_json, get_policy, list_decisions
from referrals.routing.rules import Candidate, Match, Wish, match, rank


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The clinic to ask, and what for."""

    clinic_id: UUID
    match: Match


def decide(request: Request, *, member: benefits.Member, busy: Mapping[UUID, int], now: datetime) -> Choice | None:
    """Choose the clinic to ask next and keep the decision; None when nobody is left.

    The caller holds the request's lock. `busy` counts each clinic's offers that wait for an answer.
    """
    made = list(list_decisions(request.pk))
    wish = _wish(request, member, made, now)
    candidates = _candidates(request, wish, busy)
    policy = get_policy()
    ranking = rank(candidates, wish, policy.weights)
    chosen = UUID(ranking.eligible[0].clinic_id) if ranking.eligible else None
    RoutingDecision.objects.create(
        request=request,
        member_id=request.member_id,
        number=len(made) + 1,
        clinic_id=chosen,
        policy_version=policy.version,
        inputs=as_json(Inputs(wish=wish, candidates=candidates, weights=policy.weights)),
        ranking=as_json(ranking),
        decided_at=now,
    )
    if chosen is None:
        return None
    winner = next(candidate for candidate in candidates if candidate.clinic_id == str(chosen))
    return Choice(clinic_id=chosen, match=match(winner, wish))


def _wish(request: Request, member: benefits.Member, made: list[RoutingDecision], now: datetime) -> Wish:
    wanted = request.preferences
    return Wish(
        request_id=str(request.pk),
        today=now.date(),
        state=member.state,
        max_distance_km=wanted["max_distance_km"],
        routes=tuple(wanted["routes"]),
        protocol=wanted["protocol"],
        format=wanted["format"],
        language=wanted["language"],
        own_language=member.language,
        asked=tuple(str(decision.clinic_id) for decision in made if decision.clinic_id),
    )


def _candidates(request: Request, wish: Wish, busy: Mapping[UUID, int]) -> list[Candidate]:
    """The clinics within the distance; those farther away are not even refused."""
    place = locate(request.preferences["near"])
    near = list_near(latitude=place.latitude, longitude=place.longitude, within_km=wish.max_distance_km)
    return [_candidate(clinic, busy.get(clinic.pk, 0)) for clinic in near]


def _candidate(clinic: Clinic, busy: int) -> Candidate:
    distance_km: float = clinic.distance_km  # type: ignore[attr-defined] # annotated by list_near
    return Candidate(
        clinic_id=str(clinic.pk),
        distance_km=distance_km,
        is_active=clinic.status == ClinicStatus.ACTIVE,
        licence_expires_on=clinic.licence_expires_on,
        malpractice_expires_on=clinic.malpractice_expires_on,
        free_slots=clinic.open_slots - busy,
        states_served=tuple(clinic.states_served),
        routes=tuple(clinic.routes),
        protocols=tuple(clinic.protocols),
        formats=tuple(clinic.formats),
        languages=tuple(clinic.languages),
        sessions_facilitated=clinic.sessions_facilitated,
    )
