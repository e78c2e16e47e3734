"""A device with a passkey, in software: what a browser would hand on when it makes or shows one."""

import hashlib
import json
import secrets
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from tests.factories.benefits import PASSWORD

SITE = "testserver"
_FLAG = AuthenticatorData.FLAG


class Device:
    """Makes and shows one passkey; without `unlocks` it asks for no finger, face or PIN."""

    def __init__(self, *, unlocks: bool = True, site: str = SITE) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._id = secrets.token_bytes(16)
        self._flags = _FLAG.UP | (_FLAG.UV if unlocks else _FLAG(0))
        self._site = site
        self._holder = ""

    def make(self, options: dict[str, Any]) -> str:
        """What `navigator.credentials.create` answers."""
        asked = options["publicKey"]
        self._holder = asked["user"]["id"]
        public = AttestedCredentialData.create(bytes(16), self._id, ES256.from_cryptography_key(self._key.public_key()))
        told = self._told("webauthn.create", asked["challenge"])
        seen = AttestationObject.create("none", self._seen(_FLAG.AT, public), {})
        return self._answer(clientDataJSON=told, attestationObject=seen)

    def show(self, options: dict[str, Any]) -> str:
        """What `navigator.credentials.get` answers."""
        told = self._told("webauthn.get", options["publicKey"]["challenge"])
        seen = self._seen()
        signature = self._key.sign(seen + hashlib.sha256(told).digest(), ec.ECDSA(hashes.SHA256()))
        answer = {"clientDataJSON": told, "authenticatorData": seen, "signature": signature}
        return self._answer(**answer, userHandle=self._holder)

    def _told(self, kind: str, challenge: str) -> CollectedClientData:
        return CollectedClientData.create(kind, challenge, f"https://{self._site}")

    def _seen(self, also: int = 0, public: bytes = b"") -> AuthenticatorData:
        site = hashlib.sha256(self._site.encode()).digest()
        seen: AuthenticatorData = AuthenticatorData.create(site, self._flags | _FLAG(also), 0, public)
        return seen

    def _answer(self, **parts: bytes | str) -> str:
        response = {name: one if isinstance(one, str) else websafe_encode(one) for name, one in parts.items()}
        name = websafe_encode(self._id)
        rest = {"type": "public-key", "clientExtensionResults": {"credProps": {"rk": True}}, "response": response}
        return json.dumps({"id": name, "rawId": name, **rest})


def options_on(page: Any) -> dict[str, Any]:
    """What a page asks a device for."""
    wanted = page.context["js_data"]
    found: dict[str, Any] = wanted.get("creation_options") or wanted["request_options"]
    return json.loads(json.dumps(found))  # type: ignore[no-any-return]  # an object, as the page has it


def enroll(client: Client, device: Device, name: str = "My phone") -> Any:
    """Add a passkey as somebody who is signed in does; the answer, followed."""
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = client.get(ADD)
    return client.post(ADD, {"name": name, "credential": device.make(options_on(page))}, follow=True)


def come_in(client: Client, device: Device, way_on: str = "") -> Any:
    """Sign in by nothing but a passkey; the answer, followed."""
    asked = client.get(SIGN_IN, headers={"Accept": "application/json"}).json()["request_options"]
    return client.post(SIGN_IN, {"credential": device.show(asked), "next": way_on}, follow=True)


ADD = "/accounts/2fa/webauthn/add/"
SIGN_IN = "/accounts/2fa/webauthn/login/"
