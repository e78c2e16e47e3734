"""Writing the ledger: journals, and the closing of its months."""

from billing.ledger.services.posting import AlreadyReversed, JournalDiffers, Signature, hold, post, reverse

__all__ = ["AlreadyReversed", "JournalDiffers", "Signature", "hold", "post", "reverse"]
