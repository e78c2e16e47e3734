"""Encrypted fields: AES-256-GCM, bound to table, column and row, so that a ciphertext moved elsewhere fails.

Stored form: 1 byte version | 1 byte length of the key id | key id | 12 bytes nonce | ciphertext and tag. Version 2 was
deflated (zlib) before it was encrypted.
`FIELD_KEYS` lists keys newest first: the first encrypts, all decrypt.
"""

import json
import os
import zlib
from functools import lru_cache
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models

_VERSION, _DEFLATED = 1, 2


class CannotDecrypt(Exception):
    """A stored value does not open: moved, altered, or its key is missing from FIELD_KEYS."""


def seal(plain: bytes, *, bound_to: str, deflate: bool = False) -> bytes:
    """Encrypt `plain` under the newest key; it opens only with the same `bound_to`.

    `deflate` is for much that no stranger writes any of: a length would tell who does what it has in common with it.
    """
    key_id, key = next(iter(settings.FIELD_KEYS.items()))
    head = bytes([_DEFLATED if deflate else _VERSION, len(key_id)]) + key_id.encode()
    nonce = os.urandom(12)
    plain = zlib.compress(plain, level=1) if deflate else plain
    return head + nonce + _cipher(key).encrypt(nonce, plain, head + bound_to.encode())


def open_sealed(sealed: bytes, *, bound_to: str) -> bytes:
    """Decrypt what `seal` returned. Raises CannotDecrypt."""
    end = 2 + sealed[1]
    head, nonce, body = sealed[:end], sealed[end : end + 12], sealed[end + 12 :]
    key = settings.FIELD_KEYS.get(head[2:].decode("ascii", "replace"))
    if sealed[0] not in (_VERSION, _DEFLATED) or key is None:
        raise CannotDecrypt("The key of this value is not in FIELD_KEYS.")
    try:
        plain = _cipher(key).decrypt(nonce, body, head + bound_to.encode())
    except InvalidTag:
        raise CannotDecrypt("This value was altered or belongs to another row.") from None
    return zlib.decompress(plain) if sealed[0] == _DEFLATED else plain


@lru_cache(maxsize=32)
def _cipher(key: bytes) -> AESGCM:
    """Half of what sealing a short value takes is to prepare the key."""
    return AESGCM(key)


class _Sealed(bytes):
    """A value as the database holds it, not yet decrypted."""


class _Opening:
    """Decrypts on first reading, when the row's key is known."""

    def __init__(self, field: "EncryptedJSONField") -> None:
        self.field = field

    def __get__(self, row: models.Model | None, owner: type | None = None) -> Any:
        if row is None:
            return self
        value = row.__dict__.get(self.field.attname)
        if isinstance(value, _Sealed):
            value = json.loads(open_sealed(value, bound_to=self.field.place(row.pk)))
            row.__dict__[self.field.attname] = value
        return value

    def __set__(self, row: models.Model, value: Any) -> None:
        row.__dict__[self.field.attname] = value


class EncryptedJSONField(models.BinaryField):  # type: ignore[type-arg]  # generic to the stubs alone
    """Any JSON value, encrypted at rest. It cannot be searched, and `QuerySet.update` refuses it.

    What is JSON already, and much, and all our own words, is given as msgspec.Raw and deflated.
    """

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        """Put the decrypting attribute on the model."""
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, self.attname, _Opening(self))

    def place(self, pk: object) -> str:
        """What the value in the row of this key is bound to."""
        return f"{self.model._meta.db_table}.{self.column}|{pk}"

    def seal(self, value: Any, *, pk: object) -> bytes:
        """Return a value as it is stored in the row of this key."""
        if isinstance(value, msgspec.Raw):
            return seal(bytes(value), bound_to=self.place(pk), deflate=True)
        return seal(json.dumps(value).encode(), bound_to=self.place(pk))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Seal the value with its row's key."""
        value = model_instance.__dict__.get(self.attname)
        if value is None or isinstance(value, _Sealed):
            return value
        return _Sealed(self.seal(value, pk=model_instance.pk))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Pass sealed bytes on. Raises TypeError for a plain value, which has no row to be bound to."""
        if value is not None and not isinstance(value, _Sealed):
            raise TypeError(f"{self.name} is encrypted for its row: assign it and save the row.")
        return super().get_db_prep_value(None if value is None else bytes(value), connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Mark what came from the database as sealed."""
        return None if value is None else _Sealed(bytes(value))
