"""What Stripe is told of an attempt: the same every time it is asked for, and nothing about anybody."""

from billing.payment_plans.models import ChargeAttempt
from billing.payment_plans.rules import MethodKind
from billing.stripe.client import Json
from billing.stripe.rules import metadata
from billing.stripe.services.setups import environment
from workers.kernel.money import CURRENCY

DESCRIPTION, STATEMENT_SUFFIX = "Benefit instalment", "BENEFIT"


def creation(attempt: ChargeAttempt) -> Json:
    """The parameters by which an attempt's PaymentIntent is created."""
    return {
        "amount": attempt.amount_cents,
        "currency": CURRENCY,
        "customer": attempt.payment_method.customer_id,
        "allowed_payment_method_types": [kind.value for kind in MethodKind],
        "description": DESCRIPTION,
        "statement_descriptor_suffix": STATEMENT_SUFFIX,
        "metadata": identity(attempt),
    }


def confirmation(attempt: ChargeAttempt) -> Json:
    """The parameters by which it is confirmed."""
    return {"payment_method": attempt.payment_method.stripe_id, "off_session": True}


def identity(attempt: ChargeAttempt) -> dict[str, str]:
    """The metadata by which its PaymentIntent is known among others."""
    return metadata(env=environment(), obj="instalment", obj_uuid=attempt.instalment_id, generation=attempt.generation)
