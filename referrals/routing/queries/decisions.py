"""Decisions: read, replayed, explained."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import QuerySet

from referrals.clinics.models import Clinic
from referrals.routing.models import NetworkGap, RoutingDecision
from referrals.routing.rules import accounting, explaining
from referrals.routing.rules.candidates import Candidate, Wish
from referrals.routing.rules.policy import Policy
from referrals.routing.rules.scoring import Ranking, rank


class Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """All that a decision was made from."""

    wish: Wish
    candidates: list[Candidate]
    policy: Policy


def list_decisions(request_id: UUID) -> QuerySet[RoutingDecision]:
    """Return the decisions about a request in their order."""
    return RoutingDecision.objects.filter(request_id=request_id).order_by("id")


def get_inputs(decision: RoutingDecision) -> Inputs:
    """Return what a decision was made from."""
    return msgspec.convert(decision.inputs, Inputs)


def get_ranking(decision: RoutingDecision) -> Ranking:
    """Return the ranking that the decision was made by: its explanation."""
    return msgspec.convert(decision.ranking, Ranking)


def replay(decision: RoutingDecision) -> Ranking:
    """Rank again from the stored inputs: the same as `get_ranking`, unless the rules have changed since."""
    inputs = get_inputs(decision)
    return rank(inputs.candidates, inputs.wish, inputs.policy)


def replays(decision: RoutingDecision) -> bool:
    """Whether the stored inputs come to the stored ranking, and that to who was chosen, by the rules of today too."""
    ranking = replay(decision)
    chosen = [str(clinic_id) for clinic_id in decision.chosen]
    return ranking == get_ranking(decision) and [one.clinic_id for one in ranking.eligible[: len(chosen)]] == chosen


def tell_decisions(request_id: UUID, language: str) -> list[dict[str, Any]]:
    """Return the decisions about a request in their order, numbered, in sentences to the operator, and replayed."""
    return [
        {
            "number": number,
            "at": decision.decided_at,
            "policy_version": decision.policy_version,
            "chosen": decision.chosen,
            "said": explain_to_operator(decision, language),
            "replays": replays(decision),
        }
        for number, decision in enumerate(list_decisions(request_id), start=1)
    ]


def explain_to_member(decision: RoutingDecision, language: str) -> list[str]:
    """Say in sentences why a clinic was asked, naming none."""
    inputs, chosen = get_inputs(decision), [str(clinic_id) for clinic_id in decision.chosen]
    return explaining.for_member(inputs.candidates, inputs.wish, get_ranking(decision), inputs.policy, chosen, language)


def explain_to_operator(decision: RoutingDecision, language: str) -> list[str]:
    """Say in sentences how the clinics compared, and what stood in the way where nobody was left."""
    inputs, ranking = get_inputs(decision), get_ranking(decision)
    chosen = [str(clinic_id) for clinic_id in decision.chosen]
    names = _names(one.clinic_id for one in ranking.eligible)
    said = accounting.for_operator(inputs.candidates, inputs.wish, ranking, inputs.policy, chosen, names, language)
    gap = NetworkGap.objects.filter(decision=decision).first()
    return said if gap is None else said + accounting.what_would_help(gap.help, language)


def _names(clinic_ids: Iterable[str]) -> dict[str, str]:
    found = Clinic.objects.filter(pk__in=list(clinic_ids)).values_list("id", "name")
    return {str(clinic_id): name for clinic_id, name in found}
