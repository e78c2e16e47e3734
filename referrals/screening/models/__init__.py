"""The tables of screening."""

from referrals.screening.models.consents import Consent
from referrals.screening.models.screenings import Screening, ScreeningDraft
from referrals.screening.models.watching import AnswerRead, UrgentCase

__all__ = ["AnswerRead", "Consent", "Screening", "ScreeningDraft", "UrgentCase"]
