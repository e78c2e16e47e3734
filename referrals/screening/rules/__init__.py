"""Questionnaires and consents as data, what answers come to, and what of them may be disclosed."""

from referrals.screening.rules.questionnaires import Result

__all__ = ["Result"]
