"""How Stripe is spoken to: one SDK client, its errors in our words, and never faster than agreed.

Nothing here retries: whether a request may be sent again is decided by who knows the attempt (services/charges.py).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings

from billing.stripe.client import pacing
from workers.kernel.network import refuse_inside_transaction

if TYPE_CHECKING:  # the SDK is imported when Stripe is first spoken to: most processes never do
    import stripe

API_VERSION = "2026-10-28.endive"  # the SDK's own, as a test holds; webhooks of another version are refused
MOST_LISTED = 100

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

    def __init__(self, message: str, *, code: str, param: str = "", payment_intent: Json | None = None) -> None:
        super().__init__(message)
        self.code, self.param, self.payment_intent = code, param, payment_intent


class KeyReused(Refused):
    """The idempotency key was used before with other parameters: something *was* done under it, once."""


def client() -> "stripe.StripeClient":
    """Return the SDK's client for the settings' key, address and time-out."""
    return _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, settings.STRIPE_TIMEOUT_SECONDS)


@cache
def _client(key: str, base: str, timeout: float) -> "stripe.StripeClient":
    import stripe  # noqa: PLC0415 - see above

    return stripe.StripeClient(
        key,
        base_addresses={"api": base},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=timeout),
    )


def answer(call: Callable[[], Any]) -> Json:
    """Make one request and return Stripe's object as plain JSON. Raises StripeFailure."""
    with speaking():
        told: Json = call().to_dict()
    return told


def pages(first: Callable[[], Any]) -> Iterator[Json]:
    """Yield every object of a list, page by page, newest first. A list is exact at once; Search lags behind."""
    with speaking():
        for each in first().auto_paging_iter():
            yield each.to_dict()


@contextmanager
def speaking() -> Iterator[None]:
    """Refuse to wait for Stripe inside a transaction, wait for this request's turn, translate the SDK's errors."""
    refuse_inside_transaction("Stripe")
    wait_for_turn()
    with translating():
        yield


def wait_for_turn(longest: float = pacing.LONGEST_WAIT) -> None:
    """Wait until one request more may be sent. Raises Busy when that is more than `longest` seconds away."""
    if not pacing.wait_for_turn(longest):
        raise Busy("Too many requests are waiting for their turn at Stripe (STRIPE_RATE_PER_S).")


@contextmanager
def translating() -> Iterator[None]:
    """Raise the SDK's errors in our words."""
    import stripe  # noqa: PLC0415 - see above

    try:
        yield
    except stripe.StripeError as error:
        raise _translated(error) from error


def _translated(error: "stripe.StripeError") -> StripeFailure:
    import stripe  # noqa: PLC0415 - see above

    status, text = error.http_status, f"{type(error).__name__}: {error.user_message or error.code or ''}"
    if status is None or status >= 500:
        return OutcomeUnknown(text, is_stored=status is not None)
    if status in (409, 429):
        return Busy(text)
    body: Any = error.json_body
    shown: Json = body.get("error", {}) if isinstance(body, dict) else {}
    kind = KeyReused if isinstance(error, stripe.IdempotencyError) else Refused
    return kind(
        text,
        code=shown.get("decline_code") or shown.get("code") or "",
        param=shown.get("param") or "",
        payment_intent=shown.get("payment_intent"),
    )
