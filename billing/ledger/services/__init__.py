"""Writing the ledger: journals, and the closing of its months."""

from billing.ledger.services.posting import (
    AlreadyReversed,
    Entry,
    JournalDiffers,
    Signature,
    hold,
    post,
    post_all,
    reverse,
)

__all__ = ["AlreadyReversed", "Entry", "JournalDiffers", "Signature", "hold", "post", "post_all", "reverse"]
