"""Reading what Stripe says, without believing it: signatures of webhooks, states of PaymentIntents. Pure.

And which of its files a browser loads, where a payment method is typed.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from billing.payment_plans.rules import Outcome, OutcomeKind

STRIPE = "https://api.stripe.com"
TOLERANCE = timedelta(minutes=5)  # docs.stripe.com/webhooks#replay-attacks; ours holds for the future, too
METADATA_SCHEMA = "1"

Json = dict[str, Any]

# The payer has to be there: docs.stripe.com/declines/codes, docs.stripe.com/error-codes
_AUTHENTICATION = frozenset({"authentication_required", "payment_intent_authentication_failure"})
_KINDS = {
    "succeeded": OutcomeKind.PAID,
    "processing": OutcomeKind.PROCESSING,
    "requires_action": OutcomeKind.ACTION_REQUIRED,
    "canceled": OutcomeKind.CANCELED,
}


class BadSignature(ValueError):
    """A webhook that is not Stripe's, or not of now; the message says which."""


def check_signature(body: bytes, header: str, secrets: Sequence[str], now: datetime) -> None:
    """Check a `Stripe-Signature` header against every active secret, in constant time, 5 minutes either way.

    Source: docs.stripe.com/webhooks#verify-manually. Raises BadSignature.
    """
    timestamp, signatures = _parse(header)
    signed = f"{timestamp}.".encode() + body
    expected = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode() for secret in secrets]
    matches = [hmac.compare_digest(ours, theirs) for ours in expected for theirs in signatures]
    if not any(matches):
        raise BadSignature("The Stripe-Signature header matches none of our signing secrets.")
    if abs(now.timestamp() - timestamp) > TOLERANCE.total_seconds():
        raise BadSignature("The notice was signed more than 5 minutes before or after the present time.")


def _parse(header: str) -> tuple[int, list[bytes]]:
    pairs = [item.partition("=") for item in header.split(",")]
    times = [value for name, _, value in pairs if name.strip() == "t"]
    signatures = [value.encode() for name, _, value in pairs if name.strip() == "v1"]
    if len(times) != 1 or not times[0].isdecimal() or len(times[0]) > 12 or not signatures:
        raise BadSignature("The Stripe-Signature header is missing or malformed: t=<seconds>,v1=<hex> is needed.")
    return int(times[0]), signatures


def script_of(api_base: str, api_version: str) -> str:
    """Return the address of Stripe.js in the release that belongs to an API version ("2026-10-28.endive").

    A stand-in for Stripe brings its own. Source: docs.stripe.com/sdks/stripejs-versioning.
    """
    if api_base != STRIPE:
        return f"{api_base}/js/stripe.js"
    return f"https://js.stripe.com/{api_version.partition('.')[2]}/stripe.js"


def loaded_by(api_base: str) -> dict[str, str]:
    """Return what a page with Stripe's fields may load besides our own files, by directive of its policy.

    Source: docs.stripe.com/security/guide#content-security-policy.
    """
    if api_base != STRIPE:
        return {"script_src": f"'self' {api_base}", "frame_src": api_base, "connect_src": f"'self' {api_base}"}
    scripts = "https://js.stripe.com https://*.js.stripe.com"
    return {
        "script_src": f"'self' {scripts}",
        "frame_src": f"{scripts} https://hooks.stripe.com",
        "connect_src": f"'self' {STRIPE}",
    }


def metadata(*, env: str, obj: str, obj_uuid: object, generation: int = 1) -> dict[str, str]:
    """Return all that we tell Stripe about an object: which of our rows it belongs to, and nothing about anyone."""
    return {
        "env": env,
        "obj": obj,
        "obj_uuid": str(obj_uuid),
        "gen": str(generation),
        "schema": METADATA_SCHEMA,
    }


def is_of(obj: Json, wanted: Mapping[str, str]) -> bool:
    """Whether a Stripe object carries this metadata."""
    carried = obj.get("metadata") or {}
    return all(carried.get(name) == value for name, value in wanted.items())


def outcome_of(intent: Json) -> Outcome:
    """Return the present state of a PaymentIntent; a state that we do not know yet says nothing (UNTOUCHED)."""
    error = intent.get("last_payment_error") or {}
    code = error.get("decline_code") or error.get("code") or ""
    kind = _KINDS.get(intent["status"], OutcomeKind.UNTOUCHED)
    if intent["status"] == "requires_payment_method" and error:
        needs_payer = code in _AUTHENTICATION or error.get("code") in _AUTHENTICATION
        kind = OutcomeKind.ACTION_REQUIRED if needs_payer else OutcomeKind.DECLINED
    charge = intent.get("latest_charge") or ""
    return Outcome(
        kind=kind,
        charge_id=charge["id"] if isinstance(charge, dict) else charge,
        code=code,
        advice=error.get("advice_code") or "",
    )


@dataclass(frozen=True, kw_only=True)
class Fee:
    """What Stripe kept of a charge, in cents; known once the charge is captured."""

    balance_transaction_id: str
    cents: int


def fee_of(intent: Json) -> Fee | None:
    """Return the fee of a PaymentIntent's charge where the answer shows it (latest_charge.balance_transaction)."""
    charge = intent.get("latest_charge")
    movement = charge.get("balance_transaction") if isinstance(charge, dict) else None
    if not isinstance(movement, dict):
        return None
    return Fee(balance_transaction_id=movement["id"], cents=movement["fee"])
