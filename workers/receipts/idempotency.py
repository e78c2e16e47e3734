"""Idempotent POSTs: the first answer to a key is kept with its effects and replayed.

The key is stored in the request's own transaction: a crash leaves neither, so a retry is safe.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from workers.kernel.errors import DomainError, Invalid
from workers.receipts.models import IdempotencyKey

KEPT = timedelta(hours=72)


class KeyInFlight(DomainError):
    """Another request with this key has not finished."""

    code = "idempotency_key_in_flight"


class KeyReused(Invalid):
    """This key came before with another body."""

    code = "idempotency_key_reused"


@dataclass(frozen=True, kw_only=True)
class StoredAnswer:
    """An HTTP answer as it was first given."""

    status_code: int
    body: bytes
    content_type: str
    is_replay: bool = False


def once(
    *, user_id: UUID, route: str, key: str, body: bytes, execute: Callable[[], StoredAnswer], now: datetime
) -> StoredAnswer:
    """Return `execute()`, or its first answer when this user's `key` on `route` came before with the same body.

    An answer is kept for 72 hours; after that the key is as good as new. 5xx, 429, 401 and 403 are not stored.
    Needs an open transaction, whose lock keeps a second request out: nobody waits, and a crash leaves no key.
    Raises KeyInFlight, KeyReused.
    """
    _lock(f"{user_id}|{route}|{key}")
    fingerprint = hashlib.sha256(body).hexdigest()
    stored = IdempotencyKey.objects.filter(user_id=user_id, route=route, key=key).first()
    if stored is not None and stored.expires_at > now:
        return _replay(stored, fingerprint)
    if stored is not None:
        stored.delete()
    answer = execute()
    if answer.status_code < 500 and answer.status_code not in (401, 403, 429):
        _store(user_id, route, key, fingerprint, answer, now)
    return answer


def _lock(name: str) -> None:
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        if not cursor.fetchone()[0]:
            raise KeyInFlight("A request with this Idempotency-Key is still running: repeat it in a moment.")


def _replay(stored: IdempotencyKey, fingerprint: str) -> StoredAnswer:
    kept_fingerprint, body = stored.body
    if kept_fingerprint != fingerprint:
        raise KeyReused("This Idempotency-Key came before with another body: use a new key for a new request.")
    return StoredAnswer(
        status_code=stored.status_code,
        body=body.encode("latin-1"),
        content_type=stored.content_type,
        is_replay=True,
    )


def _store(user_id: UUID, route: str, key: str, fingerprint: str, answer: StoredAnswer, now: datetime) -> None:
    IdempotencyKey.objects.create(
        user_id=user_id,
        route=route,
        key=key,
        status_code=answer.status_code,
        body=[fingerprint, answer.body.decode("latin-1")],
        content_type=answer.content_type,
        created_at=now,
        expires_at=now + KEPT,
    )
