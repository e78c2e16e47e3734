"""Who asks: the secret or the publishable key in the Authorization header, and which version they speak."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tests.simulators.stripe.errors import Refusal, invalid, unauthorized
from tests.simulators.stripe.events import API_VERSION
from tests.simulators.stripe.operations import Operation

OWN_ACCOUNT = "acct_simulator"  # the platform's: whoever names it speaks for the account that the key belongs to
_KEY = re.compile(r"(sk|pk)_test_\w+")


@dataclass(frozen=True)
class Caller:
    """The holder of a test key."""

    publishable: bool


def identify(headers: Mapping[str, str]) -> Caller:
    """Return who asks. Raises Refusal: 401 without a test key, 400 for another version, 403 for Connect."""
    scheme, _, key = headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not key:
        raise unauthorized("You did not provide an API key. Use the Authorization header with Bearer auth.")
    match = _KEY.fullmatch(key)
    if match is None:
        raise unauthorized(f"Invalid API Key provided: {key[:8]}****")
    if (version := headers.get("stripe-version", API_VERSION)) != API_VERSION:
        raise invalid(f"Invalid Stripe API version: {version}. The simulator speaks {API_VERSION}.")
    if (account := headers.get("stripe-account", OWN_ACCOUNT)) != OWN_ACCOUNT:
        message = f"The provided key does not have access to account '{account}'."
        raise Refusal(403, "invalid_request_error", message, code="account_invalid")
    return Caller(publishable=match[1] == "pk")


def check_may_call(caller: Caller, operation: Operation) -> None:
    """Raise Refusal 401 where a publishable key is used for what needs the secret one."""
    if caller.publishable and not operation.publishable:
        message = "This API call cannot be made with a publishable API key. Please use a secret API key."
        raise unauthorized(message, code="secret_key_required")
