"""The `Stripe-Signature` header (docs.stripe.com/webhooks#verify-manually)."""

import hashlib
import hmac


def signature_header(body: bytes, secrets: list[str], timestamp: int) -> str:
    """Return `t=…,v1=…` with one `v1` for each secret, as during a rotation."""
    signed = f"{timestamp}.".encode() + body
    digests = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={timestamp}", *(f"v1={digest}" for digest in digests)])
