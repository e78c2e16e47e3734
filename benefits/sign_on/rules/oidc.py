"""OpenID Connect as a relying party: what is asked, and what makes an answer good. Pure; no network, no clock.

Core 1.0 (openid.net/specs/openid-connect-core-1_0.html), PKCE (RFC 7636), issuers as RFC 9207 and RFC 8414 want them.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import jwt

from benefits.sign_on.rules.attempts import LASTS, LEEWAY, Attempt, Identity, NotSignedOn, Reason

ALGORITHMS = (
    "RS256",
    "PS256",
    "ES256",
    "RS384",
    "RS512",
    "ES384",
)  # asymmetric only: "none" and HS256 forge themselves
SCOPE = "openid email"


def authorization_url(endpoint: str, attempt: Attempt, *, client_id: str, redirect_uri: str) -> str:
    """Return where the browser goes: the code flow with PKCE."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(attempt.verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": SCOPE,
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"


def identity_of(
    id_token: str, keys: Sequence[Mapping[str, Any]], *, issuer: str, client_id: str, nonce: str, now: datetime
) -> Identity:
    """Return whom an ID token names, once its signature, issuer, audience, nonce and times hold.

    The times are compared with `now` and not by the library, which would ask a clock of its own. Raises NotSignedOn.
    """
    try:
        claims = jwt.decode(
            id_token,
            key=_key_for(id_token, keys),
            algorithms=list(ALGORITHMS),
            audience=client_id,
            issuer=issuer,
            options={"verify_exp": False, "verify_iat": False, "verify_nbf": False, "require": ["exp", "iat", "sub"]},
        )
    except (jwt.PyJWTError, KeyError, ValueError, TypeError) as error:
        raise NotSignedOn(Reason.BAD_TOKEN) from error
    if not _claims_hold(claims, client_id=client_id, nonce=nonce, now=now):
        raise NotSignedOn(Reason.BAD_CLAIMS)
    email, methods = claims.get("email"), claims.get("amr")
    is_verified = claims.get("email_verified") is True and isinstance(email, str)
    return Identity(
        subject=claims["sub"],
        email=str(email).strip().lower() if is_verified else "",
        has_second_factor=isinstance(methods, list) and "mfa" in methods,  # RFC 8176
    )


def _key_for(id_token: str, keys: Sequence[Mapping[str, Any]]) -> jwt.PyJWK:
    """The provider's key that the token names, or its only one."""
    wanted = jwt.get_unverified_header(id_token).get("kid")
    fitting = [key for key in keys if key.get("use", "sig") == "sig" and (wanted is None or key.get("kid") == wanted)]
    if len(fitting) != 1:
        raise NotSignedOn(Reason.BAD_TOKEN)
    return jwt.PyJWK.from_dict(dict(fitting[0]))


def _claims_hold(claims: Mapping[str, Any], *, client_id: str, nonce: str, now: datetime) -> bool:
    """Core 1.0, 3.1.3.7: the parties, the nonce of this attempt, and the times."""
    moment, slack = now.timestamp(), LEEWAY.total_seconds()
    expires, issued = claims["exp"], claims["iat"]
    if not isinstance(expires, int | float) or not isinstance(issued, int | float):
        return False
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    is_for_us = claims.get("azp", client_id) == client_id and (len(audience) == 1 or "azp" in claims)
    is_ours = secrets.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode())
    in_time = moment - slack < expires and moment - LASTS.total_seconds() - slack <= issued <= moment + slack
    return bool(claims["sub"]) and is_for_us and is_ours and in_time
