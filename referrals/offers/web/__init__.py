"""The clinic's pages of its offers and referrals, and the operator's of every referral."""

from referrals.offers.web.board import Board, LiveReferrals
from referrals.offers.web.clinics import ClinicOffers
from referrals.offers.web.operators import OperatorReferral

__all__ = ["Board", "ClinicOffers", "LiveReferrals", "OperatorReferral"]
