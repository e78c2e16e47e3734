"""The policy, which is a data file, and decisions replayed."""

from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import QuerySet

from referrals.routing.models import RoutingDecision
from referrals.routing.rules import Candidate, Ranking, Wish, rank

_POLICY = Path(__file__).parent / "data" / "policy.json"


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """How clinics are weighed, and how many hours of the clock one has to answer."""

    version: str
    source: str
    answer_hours: int
    weights: dict[str, float]


class Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """All that a decision was made from."""

    wish: Wish
    candidates: list[Candidate]
    weights: dict[str, float]


@cache
def get_policy() -> Policy:
    """Return the policy in force."""
    return msgspec.json.decode(_POLICY.read_bytes(), type=Policy)


def list_decisions(request_id: UUID) -> QuerySet[RoutingDecision]:
    """Return the decisions about a request in their order."""
    return RoutingDecision.objects.filter(request_id=request_id).order_by("number")


def get_ranking(decision: RoutingDecision) -> Ranking:
    """Return the ranking that the decision was made by: its explanation."""
    return msgspec.convert(decision.ranking, Ranking)


def replay(decision: RoutingDecision) -> Ranking:
    """Rank again from the stored inputs: the same as `get_ranking`, unless the rules have changed since."""
    inputs = msgspec.convert(decision.inputs, Inputs)
    return rank(inputs.candidates, inputs.wish, inputs.weights)


def as_json(value: object) -> Any:
    """Return a rules value as JSON types."""
    return msgspec.to_builtins(value)
