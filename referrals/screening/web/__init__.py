"""The member's pages of questions, answers and consents, and the operator's of urgent screenings."""

from referrals.screening.web.answering import Answering
from referrals.screening.web.own import OneScreening, OwnConsents
from referrals.screening.web.urgent import Urgent

__all__ = ["Answering", "OneScreening", "OwnConsents", "Urgent"]
