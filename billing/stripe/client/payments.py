"""Customers, what stores their payment methods, and PaymentIntents."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from billing.stripe.client.speaking import MOST_LISTED, Json, Refused, answer, client, pages, speaking
from billing.stripe.client.together import Told, answers

_WITH_FEE = "latest_charge.balance_transaction"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request that was written down: its parameters and idempotency key, and which PaymentIntent it is about."""

    params: Json | None  # as stored: a row has them from the moment that they are written down
    key: str
    intent_id: str = ""


@dataclass(frozen=True, kw_only=True)
class SetupIntent:
    """A SetupIntent as far as we need it; ids are Stripe's."""

    id: str
    status: str
    client_secret: str
    customer_id: str
    payment_method_id: str
    metadata: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class StoredMethod:
    """A payment method as a person knows it: "card" or "us_bank_account", brand or bank, last digits, expiry."""

    id: str
    kind: str
    name: str
    last4: str
    expires: tuple[int, int] | None  # (year, month) through which a card is valid
    customer_id: str


def create_customer(*, metadata: dict[str, str], key: str) -> str:
    """Create a Customer without any detail of a person and return its id."""
    with speaking():
        return client().v1.customers.create({"metadata": metadata}, {"idempotency_key": key}).id


def create_setup_intent(*, customer_id: str, kind: str, metadata: dict[str, str], key: str) -> SetupIntent:
    """Create a SetupIntent for a `kind` of method that will be charged while its owner is away."""
    params: Any = {
        "customer": customer_id,
        "usage": "off_session",
        "allowed_payment_method_types": [kind],
        "metadata": metadata,
    }
    return _setup_intent(answer(lambda: client().v1.setup_intents.create(params, {"idempotency_key": key})))


def get_setup_intent(intent_id: str) -> SetupIntent:
    """Return a SetupIntent as it is now."""
    return _setup_intent(answer(lambda: client().v1.setup_intents.retrieve(intent_id)))


def _setup_intent(intent: Json) -> SetupIntent:
    return SetupIntent(
        id=intent["id"],
        status=intent["status"],
        client_secret=intent["client_secret"] or "",
        customer_id=intent["customer"] or "",
        payment_method_id=intent["payment_method"] or "",
        metadata=dict(intent["metadata"] or {}),
    )


def create_checkout(*, params: Json, key: str) -> Json:
    """Create a Checkout Session (`mode=setup`: Stripe's own page that stores a method and charges nothing)."""
    wanted: Any = params
    return answer(lambda: client().v1.checkout.sessions.create(wanted, {"idempotency_key": key}))


def get_checkout(session_id: str) -> Json:
    """Return a Checkout Session as it is now."""
    return answer(lambda: client().v1.checkout.sessions.retrieve(session_id))


def get_payment_method(method_id: str) -> StoredMethod | None:
    """Return a payment method as it is now; None for one that Stripe does not know."""
    try:
        method = answer(lambda: client().v1.payment_methods.retrieve(method_id))
    except Refused:
        return None
    details = method.get(method["type"]) or {}
    return StoredMethod(
        id=method["id"],
        kind=method["type"],
        name=details.get("brand") or details.get("bank_name") or "",
        last4=details.get("last4") or "",
        expires=(details["exp_year"], details["exp_month"]) if details.get("exp_year") else None,
        customer_id=method.get("customer") or "",
    )


def is_attached(method_id: str, *, customer_id: str) -> bool:
    """Whether a payment method still belongs to its Customer; detached for good, or unknown, it cannot be charged."""
    method = get_payment_method(method_id)
    return method is not None and method.customer_id == customer_id


def detach_payment_method(method_id: str) -> None:
    """Take a payment method away from its Customer for good; one that is gone already is no error."""
    try:
        answer(lambda: client().v1.payment_methods.detach(method_id))
    except Refused:
        if (method := get_payment_method(method_id)) is not None and method.customer_id:
            raise


def create_payment_intents(asked: Sequence[Asked]) -> list[Told]:
    """Create PaymentIntents from parameters stored beforehand; returns what became of each."""
    return answers([partial(_create, one) for one in asked])


def _create(one: Asked) -> Any:
    params: Any = one.params
    return client().v1.payment_intents.create(params, {"idempotency_key": one.key})


def confirm_payment_intents(asked: Sequence[Asked]) -> list[Told]:
    """Confirm PaymentIntents with parameters stored beforehand; the fee is expanded where it is known."""
    return answers([partial(_confirm, one) for one in asked])


def _confirm(one: Asked) -> Any:
    params: Any = {**(one.params or {}), "expand": [_WITH_FEE]}
    return client().v1.payment_intents.confirm(one.intent_id, params, {"idempotency_key": one.key})


def confirm_payment_intent(intent_id: str, *, params: Json, key: str) -> Json:
    """Confirm a PaymentIntent with parameters stored beforehand; the fee is expanded where it is known."""
    return answer(lambda: _confirm(Asked(params=params, key=key, intent_id=intent_id)))


def cancel_payment_intent(intent_id: str, *, key: str) -> Json:
    """Cancel a PaymentIntent that is not to be paid any more; Refused shows what it is instead."""
    return answer(lambda: client().v1.payment_intents.cancel(intent_id, {}, {"idempotency_key": key}))


def get_payment_intent(intent_id: str) -> Json:
    """Return a PaymentIntent as it is now, its charge and fee expanded."""
    return answer(partial(_retrieve, intent_id))


def get_payment_intents(intent_ids: Sequence[str]) -> list[Told]:
    """Return PaymentIntents as they are now, or why one cannot be had."""
    return answers([partial(_retrieve, intent_id) for intent_id in intent_ids])


def _retrieve(intent_id: str) -> Any:
    return client().v1.payment_intents.retrieve(intent_id, {"expand": [_WITH_FEE]})


def list_payment_intents(*, customer_id: str = "", created_since: int = 0, after: str = "") -> Iterator[Json]:
    """Yield PaymentIntents, newest first: a Customer's, or all made since a Unix time, or those that follow `after`."""
    params: Any = {"limit": MOST_LISTED}
    if customer_id:
        params["customer"] = customer_id
    if created_since:
        params["created"] = {"gte": created_since}
    if after:
        params["starting_after"] = after
    return pages(lambda: client().v1.payment_intents.list(params))
