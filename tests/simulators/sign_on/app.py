"""The provider: OpenID Connect Core 1.0 code flow, strict about its client, obedient to the test about its claims.

`POST /_say` tells it about whom and how: `claims` are merged into the ID token's, a null takes one out; `forge` is
"key" (signed by a key that it does not publish), "none" (alg none) or "hmac" (HS256 with its public key);
`discovery` is merged into its configuration; `now` is the time on its clock.
"""

import base64
import hashlib
import hmac
import json
import secrets
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT = ("benefit:client", "s3cret:with+signs")
_KID = "k1"


class Provider:
    """Its keys, what it was told to say, and the codes that were not exchanged so far."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.other_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.told: dict[str, Any] = {}
        self.codes: dict[str, dict[str, str]] = {}

    async def say(self, request: Request) -> Response:
        """Obey from now on."""
        self.told = await request.json()
        return JSONResponse({})

    async def configuration(self, request: Request) -> Response:
        """OpenID Connect Discovery 1.0."""
        document = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }
        return JSONResponse(document | self.told.get("discovery", {}))

    async def keys(self, request: Request) -> Response:
        """The public key."""
        jwk = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
        return JSONResponse({"keys": [jwk | {"kid": _KID, "use": "sig"}]})

    async def authorize(self, request: Request) -> Response:
        """Whoever comes has signed in here already."""
        asked = dict(request.query_params)
        if asked.get("client_id") != CLIENT[0] or asked.get("code_challenge_method") != "S256":
            return JSONResponse({"error": "invalid_request"}, status_code=400)
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}")

    async def token(self, request: Request) -> Response:
        """A code once, to the client that it was made for, with its verifier (RFC 7636)."""
        form = dict(parse_qsl((await request.body()).decode()))
        kind, _, encoded = request.headers.get("authorization", "").partition(" ")
        pair = tuple(unquote_plus(part) for part in base64.b64decode(encoded or "Og==").decode().split(":", 1))
        asked = self.codes.pop(str(form.get("code")), None)
        if kind != "Basic" or pair != CLIENT or asked is None:
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        digest = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
        is_proved = base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
        if not is_proved or form.get("redirect_uri") != asked["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        return JSONResponse({"access_token": "at", "token_type": "Bearer", "id_token": self._id_token(asked)})

    def _id_token(self, asked: dict[str, str]) -> str:
        now = self.told["now"]
        claims = {
            "iss": self.issuer,
            "aud": CLIENT[0],
            "sub": "subject-1",
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "email": "owner@acme.example",
            "email_verified": True,
        }
        claims |= self.told.get("claims", {})
        claims = {name: value for name, value in claims.items() if value is not None}
        forge = self.told.get("forge", "")
        if forge == "none":
            return jwt.encode(claims, key="", algorithm="none", headers={"kid": _KID})
        if forge == "hmac":
            return self._confused(claims)
        key = self.other_key if forge == "key" else self.key
        return jwt.encode(claims, key=key, algorithm="RS256", headers={"kid": _KID})

    def _confused(self, claims: dict[str, Any]) -> str:
        """HS256 with the public key as the secret, by hand: PyJWT would refuse to make it."""

        def part(document: dict[str, Any]) -> bytes:
            return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=")

        secret = self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        signed = part({"alg": "HS256", "kid": _KID}) + b"." + part(claims)
        mac = hmac.digest(secret, signed, "sha256")
        return (signed + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()


def build_app(issuer: str) -> Starlette:
    """Return the provider as an ASGI application."""
    provider = Provider(issuer)
    return Starlette(
        routes=[
            Route("/.well-known/openid-configuration", provider.configuration),
            Route("/keys", provider.keys),
            Route("/authorize", provider.authorize),
            Route("/token", provider.token, methods=["POST"]),
            Route("/_say", provider.say, methods=["POST"]),
        ]
    )
