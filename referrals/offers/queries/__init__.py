"""Reading offers, full referrals, and the operator's board."""

from referrals.offers.queries.offers import get_offer, list_own_offers

__all__ = ["get_offer", "list_own_offers"]
