"""Agreeing on plans: drafts may change, agreed plans are superseded, renewed and ended; employers propose renewals."""

from benefits.plans.services.agreeing import PlanFinal, PlansOverlap, agree, create, end, renew, supersede
from benefits.plans.services.drafting import AlreadyProposed, NotADraft, change, decline, discard, draft

__all__ = [
    "AlreadyProposed",
    "NotADraft",
    "PlanFinal",
    "PlansOverlap",
    "agree",
    "change",
    "create",
    "decline",
    "discard",
    "draft",
    "end",
    "renew",
    "supersede",
]
