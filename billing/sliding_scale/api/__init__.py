"""The sliding scale over HTTP: what members declare, what operators decide, programmes and funds."""

from billing.sliding_scale.api.declarations import Appeals, Declarations, Documents
from billing.sliding_scale.api.programmes import Fund, Funds, Programmes
from billing.sliding_scale.api.reviewing import AppealDecision, DeclarationEvidence, Reviews

__all__ = [
    "AppealDecision",
    "Appeals",
    "DeclarationEvidence",
    "Declarations",
    "Documents",
    "Fund",
    "Funds",
    "Programmes",
    "Reviews",
]
