"""The only door to Stripe: thin functions over the SDK, plain JSON or small dataclasses out, errors in our words.

`speaking.py`: how (errors, pace, time-out); `together.py`: about many things at once; `payments.py`: taking money;
`aftermath.py`: what comes after; `books.py`: invoices, transfers and payouts.
"""

from billing.stripe.client.aftermath import (
    create_refund,
    get_dispute,
    get_payment_intent_of,
    get_refund,
    list_events,
    list_refunds,
)
from billing.stripe.client.books import listed, request
from billing.stripe.client.payments import (
    Asked,
    SetupIntent,
    StoredMethod,
    cancel_payment_intent,
    confirm_payment_intent,
    confirm_payment_intents,
    create_checkout,
    create_customer,
    create_payment_intents,
    create_setup_intent,
    detach_payment_method,
    get_checkout,
    get_payment_intent,
    get_payment_intents,
    get_payment_method,
    get_setup_intent,
    is_attached,
    list_payment_intents,
)
from billing.stripe.client.speaking import (
    API_VERSION,
    Busy,
    Json,
    KeyReused,
    OutcomeUnknown,
    Refused,
    StripeFailure,
)
from billing.stripe.client.together import Told

__all__ = [
    "API_VERSION",
    "Asked",
    "Busy",
    "Json",
    "KeyReused",
    "OutcomeUnknown",
    "Refused",
    "SetupIntent",
    "StoredMethod",
    "StripeFailure",
    "Told",
    "cancel_payment_intent",
    "confirm_payment_intent",
    "confirm_payment_intents",
    "create_checkout",
    "create_customer",
    "create_payment_intents",
    "create_refund",
    "create_setup_intent",
    "detach_payment_method",
    "get_checkout",
    "get_dispute",
    "get_payment_intent",
    "get_payment_intent_of",
    "get_payment_intents",
    "get_payment_method",
    "get_refund",
    "get_setup_intent",
    "is_attached",
    "list_events",
    "list_payment_intents",
    "list_refunds",
    "listed",
    "request",
]
