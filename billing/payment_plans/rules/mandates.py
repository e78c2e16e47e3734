"""What a member agrees to when a payment method is stored, by version and kind of method.

A stored mandate keeps version and text: a new wording is a new version here, and never changes an old one. Bank debits
need more words than cards (Nacha Operating Rules, consumer authorizations: amount or range, timing, how to revoke).
"""

from enum import StrEnum


class MethodKind(StrEnum):
    """Kinds of payment methods, in Stripe's words."""

    CARD = "card"
    BANK = "us_bank_account"


MANDATE_VERSION = "2026-11"
MANDATES = {
    "2026-11": {
        MethodKind.CARD: (
            "I allow my card to be stored and to be charged for the instalments of the payment plans that I agree "
            "to, each on its due date, and again after a failed charge as the plan says. I am told three days before "
            "each charge. I can replace or remove the card at any time."
        ),
        MethodKind.BANK: (
            "I allow my bank account to be stored and to be debited by ACH for the instalments of the payment plans "
            "that I agree to: the amount of each instalment, on or after its due date, and at most two more times "
            "after a debit that my bank returned for lack of funds. I am told three days before each debit. This "
            "permission holds until I withdraw it, which I can do on the payments page at any time, at least three "
            "business days before a debit. A debit takes up to four business days."
        ),
    }
}


def mandate_text(kind: MethodKind) -> str:
    """Return the words of the present version."""
    return MANDATES[MANDATE_VERSION][kind]
