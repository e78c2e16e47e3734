"""The member's pages of their income, and the operator's who decides on evidence and appeals."""

from billing.sliding_scale.web.own import OwnAppeal, OwnEvidence, OwnIncome
from billing.sliding_scale.web.reviewing import EvidenceFile, IncomeReviews

__all__ = ["EvidenceFile", "IncomeReviews", "OwnAppeal", "OwnEvidence", "OwnIncome"]
