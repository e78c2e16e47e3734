"""The operator's pages of what Stripe and the ledger do not say alike, and the live figures of money."""

from billing.reconciliation.web.differences import Differences
from billing.reconciliation.web.live import LiveMoney

__all__ = ["Differences", "LiveMoney"]
