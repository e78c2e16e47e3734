"""The tables of billing, gathered for Django."""

from billing.ledger.models import Journal, Posting

__all__ = ["Journal", "Posting"]
