"""Somebody at a browser: a session with cookies, CSRF and, where the role needs it, one-time codes."""

import base64
import hashlib
import hmac
import struct
import time
from typing import Any

import httpx

from config.local.failures import StoryBroke

SIGN_IN = "/_allauth/browser/v1"
JSON = dict[str, Any]


class Refused(StoryBroke):
    """The site answered with an error; the message says what was asked and what it said."""


class Person:
    """One person's browser. Every call returns the answer's JSON or raises Refused."""

    def __init__(self, base_url: str, *, email: str, password: str) -> None:
        self.email, self.password, self.totp_secret = email, password, ""
        self._http = httpx.Client(base_url=base_url, timeout=30, trust_env=False)

    def get(self, path: str, **params: str) -> JSON:
        """GET a path with a query."""
        return self._answer(self._http.get(path, params=params))

    def post(self, path: str, body: JSON | None = None, **more: Any) -> JSON:
        """POST JSON (or what `more` says) with the CSRF token of the session."""
        headers = {"X-CSRFToken": self._http.cookies.get("csrf") or ""}
        return self._answer(self._http.post(path, json=body, headers=headers, **more))

    def upload(self, path: str, *, name: str, content: bytes, **fields: str) -> JSON:
        """POST a file as a form does."""
        return self.post(path, files={"file": (name, content, "text/csv")}, data=fields)

    def accept_invitation(self, token: str) -> JSON:
        """Claim an account with a password of one's own."""
        return self.post("/api/v1/invitations/accept/", {"token": token, "password": self.password})

    def sign_in(self) -> None:
        """Sign in with e-mail and password."""
        self.get(f"{SIGN_IN}/config")
        self.post(f"{SIGN_IN}/auth/login", {"email": self.email, "password": self.password})

    def add_one_time_codes(self) -> None:
        """Set up an authenticator app, as staff must before they see anything."""
        answer = self._http.get(f"{SIGN_IN}/account/authenticators/totp")
        self.totp_secret = answer.json()["meta"]["secret"]
        code = {"code": one_time_code(self.totp_secret)}
        self.post(f"{SIGN_IN}/account/authenticators/totp", code)
        self.post(f"{SIGN_IN}/auth/2fa/reauthenticate", code)

    def _answer(self, answer: httpx.Response) -> JSON:
        if answer.status_code >= 400:
            asked = f"{answer.request.method} {answer.request.url.path}"
            raise Refused(f"{self.email}: {asked} answered {answer.status_code}: {answer.text[:500]}")
        return answer.json() if answer.content else {}


def one_time_code(secret: str) -> str:
    """Return the code that a phone shows (RFC 6238: SHA-1, 30 seconds, six digits); nobody moves a phone's clock."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1)
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"
