"""Quotes with their lines, and what agreed prices have used of plans' limits."""

from billing.quotes.models.quotes import Quote, QuoteLine, QuoteStatus
from billing.quotes.models.uses import BenefitUse

__all__ = ["BenefitUse", "Quote", "QuoteLine", "QuoteStatus"]
