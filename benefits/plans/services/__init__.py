"""Agreeing on plans: drafts may change, agreed plans are superseded, renewed and ended."""

from benefits.plans.services.agreeing import PlanFinal, PlansOverlap, agree, create, end, renew, supersede
from benefits.plans.services.drafting import NotADraft, change, discard, draft

__all__ = [
    "NotADraft",
    "PlanFinal",
    "PlansOverlap",
    "agree",
    "change",
    "create",
    "discard",
    "draft",
    "end",
    "renew",
    "supersede",
]
