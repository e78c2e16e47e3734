"""Both kinds of signature, against the reference package and against libsodium's form of a key."""

import base64
from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from tests.workers.deliveries.sending_one import sign
from workers.deliveries.signing import BadSignature, for_receiver, new_key, new_secret, signer, verify

AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


@given(st.binary(max_size=300))
def test_the_public_key_verifies_what_the_private_one_signed(body):
    key = new_key()
    headers = sign("msg_1", at=AT, body=body, keys=[key])
    kind, _, signature = headers["webhook-signature"].partition(",")
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(for_receiver(key).removeprefix("whpk_")))
    signed = f"msg_1.{int(AT.timestamp())}.".encode() + body
    assert kind == "v1a"
    public.verify(base64.b64decode(signature), signed)
    with pytest.raises(InvalidSignature):
        public.verify(base64.b64decode(signature), signed + b"x")


def test_a_private_key_is_seed_and_public_key_and_never_shown():
    key = new_key()
    raw = base64.b64decode(key.removeprefix("whsk_"))
    assert (len(raw), for_receiver(key)) == (64, "whpk_" + base64.b64encode(raw[32:]).decode())
    assert for_receiver(secret := new_secret()) == secret


def test_while_a_secret_is_rotated_both_sign_and_either_verifies():
    old, new = new_secret(), new_secret()
    headers = sign("msg_1", at=AT, body=b"{}", keys=[new, old])
    assert headers["webhook-signature"].count("v1,") == 2
    for key in (old, new):
        assert verify(headers, body=b"{}", keys=[key], now=AT) == "msg_1"


def test_the_reference_package_takes_it():
    secret, now = new_secret(), datetime.now(UTC)
    Webhook(secret).verify('{"a":1}', sign("msg_1", at=now, body=b'{"a":1}', keys=[new_secret(), secret]))


def test_a_signature_of_another_kind_is_none():
    key = new_key()
    headers = sign("msg_1", at=AT, body=b"{}", keys=[key])
    with pytest.raises(BadSignature):
        verify(headers, body=b"{}", keys=[new_secret()], now=AT)


@pytest.mark.parametrize("key", ["whsec_%%%", "whsk_%%%", "whsk_AAAA", "whsec_é"])
def test_what_is_no_key_is_said_to_be_none(key):
    with pytest.raises(ValueError, match=r"."):
        signer(key)
