"""The tables of billing, gathered for Django."""

from billing.ledger.models import Journal, Posting
from billing.sliding_scale.models import IncomeDeclaration

__all__ = ["IncomeDeclaration", "Journal", "Posting"]
