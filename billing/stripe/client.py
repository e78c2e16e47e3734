"""The only door to Stripe: thin functions over the SDK, and its errors in our words.

Nothing here retries: whether a request may be sent again is decided by who knows the attempt (services/charges.py).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import stripe
from django.conf import settings

from workers.kernel.network import refuse_inside_transaction

API_VERSION: str = stripe.api_version  # webhooks of another version are refused
TIMEOUT_SECONDS = 20
_WITH_FEE = "latest_charge.balance_transaction"
_MOST_LISTED = 100

Json = dict[str, Any]


class StripeFailure(Exception):
    """Stripe did not do what was asked."""


class OutcomeUnknown(StripeFailure):
    """No answer, or a 5xx: it may or may not have been done.

    `is_stored`: an error was answered, and Stripe replays it for the same idempotency key for 24 hours.
    """

    def __init__(self, message: str, *, is_stored: bool) -> None:
        super().__init__(message)
        self.is_stored = is_stored


class Busy(StripeFailure):
    """409 or 429: nothing was done; the same request may be sent again with the same key."""


class Refused(StripeFailure):
    """4xx: nothing was done and the same request would be refused again.

    `payment_intent` is the PaymentIntent as the error shows it, for a decline always, for a wrong state mostly.
    """

    def __init__(self, message: str, *, code: str, param: str, payment_intent: Json | None) -> None:
        super().__init__(message)
        self.code, self.param, self.payment_intent = code, param, payment_intent


@dataclass(frozen=True, kw_only=True)
class SetupIntent:
    """A SetupIntent as far as we need it; ids are Stripe's."""

    id: str
    status: str
    client_secret: str
    customer_id: str
    payment_method_id: str
    metadata: dict[str, str]


def create_customer(*, metadata: dict[str, str], key: str) -> str:
    """Create a Customer without any detail of a person and return its id."""
    with _speaking():
        return _stripe().v1.customers.create({"metadata": metadata}, {"idempotency_key": key}).id


def create_setup_intent(*, customer_id: str, metadata: dict[str, str], key: str) -> SetupIntent:
    """Create a SetupIntent for cards that will be charged while their owner is away."""
    with _speaking():
        intent = _stripe().v1.setup_intents.create(
            {
                "customer": customer_id,
                "usage": "off_session",
                "allowed_payment_method_types": ["card"],
                "metadata": metadata,
            },
            {"idempotency_key": key},
        )
    return _setup_intent(intent.to_dict())


def get_setup_intent(intent_id: str) -> SetupIntent:
    """Return a SetupIntent as it is now."""
    with _speaking():
        return _setup_intent(_stripe().v1.setup_intents.retrieve(intent_id).to_dict())


def _setup_intent(intent: Json) -> SetupIntent:
    return SetupIntent(
        id=intent["id"],
        status=intent["status"],
        client_secret=intent["client_secret"],
        customer_id=intent["customer"] or "",
        payment_method_id=intent["payment_method"] or "",
        metadata=dict(intent["metadata"] or {}),
    )


def is_attached(method_id: str, *, customer_id: str) -> bool:
    """Whether a payment method still belongs to its Customer; detached for good, or unknown, it cannot be charged."""
    try:
        with _speaking():
            method = _stripe().v1.payment_methods.retrieve(method_id).to_dict()
    except Refused:
        return False
    return bool(method.get("customer") == customer_id)


def create_payment_intent(*, params: Json, key: str) -> Json:
    """Create a PaymentIntent from parameters stored beforehand."""
    return _dict(lambda: _stripe().v1.payment_intents.create(params, {"idempotency_key": key}))  # type: ignore[arg-type]


def confirm_payment_intent(intent_id: str, *, params: Json, key: str) -> Json:
    """Confirm a PaymentIntent with parameters stored beforehand; the fee is expanded where it is known."""
    expanded: Any = {**params, "expand": [_WITH_FEE]}
    return _dict(lambda: _stripe().v1.payment_intents.confirm(intent_id, expanded, {"idempotency_key": key}))


def get_payment_intent(intent_id: str) -> Json:
    """Return a PaymentIntent as it is now, its charge and fee expanded."""
    return _dict(lambda: _stripe().v1.payment_intents.retrieve(intent_id, {"expand": [_WITH_FEE]}))


def list_payment_intents(customer_id: str) -> Iterator[Json]:
    """Yield a Customer's PaymentIntents, newest first. A list is exact at once; Search lags behind."""
    with _speaking():
        page = _stripe().v1.payment_intents.list({"customer": customer_id, "limit": _MOST_LISTED})
        for intent in page.auto_paging_iter():
            yield intent.to_dict()


def _dict(call: Callable[[], Any]) -> Json:
    with _speaking():
        answer: Json = call().to_dict()
    return answer


def _stripe() -> stripe.StripeClient:
    return _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)


@cache
def _client(key: str, base: str) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        base_addresses={"api": base},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
    )


@contextmanager
def _speaking() -> Iterator[None]:
    """Refuse to wait for Stripe inside a transaction, and translate the SDK's errors."""
    refuse_inside_transaction("Stripe")
    try:
        yield
    except stripe.StripeError as error:
        raise _translated(error) from error


def _translated(error: stripe.StripeError) -> StripeFailure:
    status, text = error.http_status, f"{type(error).__name__}: {error.user_message or error.code or ''}"
    if status is None or status >= 500:
        return OutcomeUnknown(text, is_stored=status is not None)
    if status in (409, 429):
        return Busy(text)
    body: Any = error.json_body
    shown: Json = body.get("error", {}) if isinstance(body, dict) else {}
    return Refused(
        text,
        code=shown.get("decline_code") or shown.get("code") or "",
        param=shown.get("param") or "",
        payment_intent=shown.get("payment_intent"),
    )
