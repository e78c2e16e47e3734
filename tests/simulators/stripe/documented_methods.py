"""The test payment methods that Stripe documents and how each behaves (docs.stripe.com/testing)."""

from dataclasses import dataclass
from typing import Literal

from tests.simulators.stripe.json_types import Json

Authentication = Literal["never", "unless_set_up", "always"]
RefundOutcome = Literal["succeeded", "pending", "fails_later"]

# decline code → what the card network advises (docs.stripe.com/declines/card); the rest may be tried again
# later
_ADVICE = {
    "lost_card": "do_not_try_again",
    "stolen_card": "do_not_try_again",
    "fraudulent": "do_not_try_again",
    "expired_card": "confirm_card_data",
    "incorrect_cvc": "confirm_card_data",
    "authentication_required": None,
}
# decline codes that are error codes of their own; all others come as `card_declined`
_OWN_CODE = {"expired_card", "incorrect_cvc", "processing_error", "authentication_required"}

_MESSAGES = {
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "card_velocity_exceeded": (
        "Your card was declined for making repeated attempts too frequently or exceeding its amount limit."
    ),
    "authentication_required": "Your card was declined. This transaction requires authentication.",
}


@dataclass(frozen=True)
class Behaviour:
    """What happens with one test payment method.

    `decline` is the decline code of every charge; `saves` says whether a Customer can have it at all; for
    a bank account `bank_failure` is the code with which the debit comes back.
    """

    kind: Literal["card", "us_bank_account"] = "card"
    brand: str = "visa"
    last4: str = "4242"
    funding: str = "credit"
    decline: str | None = None
    saves: bool = True
    authentication: Authentication = "never"
    refund: RefundOutcome = "succeeded"
    bank_failure: str | None = None
    settles: bool = True
    dispute: str | None = None  # its reason; "inquiry" for one that moves no money


def _declined(code: str, last4: str) -> Behaviour:
    return Behaviour(decline=code, last4=last4, saves=False)


def _bank(failure: str | None = None, *, last4: str = "6789", settles: bool = True) -> Behaviour:
    return Behaviour(kind="us_bank_account", brand="", last4=last4, bank_failure=failure, settles=settles)


_DECLINES = {
    "chargeDeclined": _declined("generic_decline", "0002"),
    "chargeDeclinedInsufficientFunds": _declined("insufficient_funds", "9995"),
    "chargeDeclinedLostCard": _declined("lost_card", "9987"),
    "chargeDeclinedStolenCard": _declined("stolen_card", "9979"),
    "chargeDeclinedExpiredCard": _declined("expired_card", "0069"),
    "chargeDeclinedIncorrectCvc": _declined("incorrect_cvc", "0127"),
    "chargeDeclinedProcessingError": _declined("processing_error", "0119"),
    "chargeDeclinedVelocityLimitExceeded": _declined("card_velocity_exceeded", "6975"),
    "chargeDeclinedFraudulent": _declined("fraudulent", "0019"),
}

DOCUMENTED: dict[str, Behaviour] = {
    "pm_card_visa": Behaviour(),
    "pm_card_visa_debit": Behaviour(funding="debit", last4="5556"),
    "pm_card_mastercard": Behaviour(brand="mastercard", last4="4444"),
    "pm_card_mastercard_debit": Behaviour(brand="mastercard", funding="debit", last4="3222"),
    "pm_card_amex": Behaviour(brand="amex", last4="8431"),
    "pm_card_discover": Behaviour(brand="discover", last4="9424"),
    **{f"pm_card_{name}": behaviour for name, behaviour in _DECLINES.items()},
    **{f"pm_card_visa_{name}": behaviour for name, behaviour in _DECLINES.items()},
    "pm_card_chargeCustomerFail": Behaviour(decline="generic_decline", last4="0341"),
    "pm_card_authenticationRequired": Behaviour(authentication="always", last4="3184"),
    "pm_card_authenticationRequiredOnSetup": Behaviour(authentication="unless_set_up", last4="3155"),
    "pm_card_authenticationRequiredSetupForOffSession": Behaviour(authentication="unless_set_up", last4="0446"),
    "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds": Behaviour(
        authentication="always", decline="insufficient_funds", last4="3178"
    ),
    "pm_card_createDispute": Behaviour(last4="0259", dispute="fraudulent"),
    "pm_card_createDisputeProductNotReceived": Behaviour(last4="2685", dispute="product_not_received"),
    "pm_card_createDisputeInquiry": Behaviour(last4="1976", dispute="inquiry"),
    "pm_card_pendingRefund": Behaviour(refund="pending", last4="7726"),
    "pm_card_refundFail": Behaviour(refund="fails_later", last4="5126"),
    "pm_usBankAccount_success": _bank(),
    "pm_usBankAccount_processing": _bank(settles=False),
    "pm_usBankAccount_accountClosed": _bank("account_closed", last4="1113"),
    "pm_usBankAccount_noAccount": _bank("no_account", last4="1116"),
    "pm_usBankAccount_insufficientFunds": _bank("insufficient_funds", last4="2227"),
    "pm_usBankAccount_debitNotAuthorized": _bank("debit_not_authorized", last4="1119"),
}

# This one counts as set up without a SetupIntent of ours.
ALREADY_PREPARED = "pm_card_authenticationRequiredSetupForOffSession"


def decline_error(decline: str) -> Json:
    """Return the card error of a decline code: type, code, decline_code, advice_code where there is one,
    message.
    """
    error: Json = {
        "type": "card_error",
        "code": decline if decline in _OWN_CODE else "card_declined",
        "decline_code": decline,
        "message": _MESSAGES.get(decline, "Your card was declined."),
    }
    advice = _ADVICE.get(decline, "try_again_later")
    return {**error, "advice_code": advice} if advice else error


def bank_error(failure: str) -> Json:
    """Return the error with which a bank debit comes back."""
    message = f"The bank returned the debit: {failure.replace('_', ' ')}."
    return {"type": "invalid_request_error", "code": failure, "message": message}
