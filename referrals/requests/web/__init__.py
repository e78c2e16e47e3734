"""The member's pages of asking for care: what it is, which clinics there are, wishes, and where a request stands."""

from referrals.requests.web.asking import Ask, Wishes
from referrals.requests.web.finding import FindClinic, OneClinic
from referrals.requests.web.guide import AboutCare
from referrals.requests.web.own import OwnRequests, StandingPanel

__all__ = ["AboutCare", "Ask", "FindClinic", "OneClinic", "OwnRequests", "StandingPanel", "Wishes"]
