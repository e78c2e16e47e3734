"""What a member agrees to when a payment method is stored, by version, kind of method and language.

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
        MethodKind.CARD: {
            "en": "I allow my card to be stored and to be charged for the instalments of the payment plans that I "
            "agree to, each on its due date, and again after a failed charge as the plan says. I am told three days "
            "before each charge. I can replace or remove the card at any time.",
            "es": "Autorizo a que se guarde mi tarjeta y a que se cargue en ella cada cuota de los planes de pago que "
            "yo acepte, en su fecha, y de nuevo después de un cargo fallido, según indica el plan. Me avisan tres días "
            "antes de cada cargo. Puedo cambiar o quitar la tarjeta en cualquier momento.",
        },
        MethodKind.BANK: {
            "en": "I allow my bank account to be stored and to be debited by ACH for the instalments of the payment "
            "plans that I agree to: the amount of each instalment, on or after its due date, and at most two more "
            "times after a debit that my bank returned for lack of funds. I am told three days before each debit. This "
            "permission holds until I withdraw it, which I can do on the payments page at any time, at least three "
            "business days before a debit. A debit takes up to four business days.",
            "es": "Autorizo a que se guarde mi cuenta bancaria y a que se debiten de ella por ACH las cuotas de los "
            "planes de pago que yo acepte: el importe de cada cuota, en su fecha o después, y como máximo dos veces "
            "más tras un débito que mi banco devuelva por falta de fondos. Me avisan tres días antes de cada débito. "
            "Esta autorización vale hasta que yo la retire; puedo hacerlo en la página de pagos en cualquier momento, "
            "al menos tres días hábiles antes de un débito. Un débito tarda hasta cuatro días hábiles.",
        },
    }
}


def mandate_text(kind: MethodKind, language: str = "en") -> str:
    """Return the words of the present version in "en" or "es"; they bind in the language in which they were read."""
    words = MANDATES[MANDATE_VERSION][kind]
    return words.get(language, words["en"])
