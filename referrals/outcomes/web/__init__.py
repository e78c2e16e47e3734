"""The pages of outcomes: the questions, behind a mailed link and in the portal, and how the sums moved."""

from referrals.outcomes.web.answering import OwnQuestions, Questions
from referrals.outcomes.web.trends import ClinicOutcomes, OwnOutcomes

__all__ = ["ClinicOutcomes", "OwnOutcomes", "OwnQuestions", "Questions"]
