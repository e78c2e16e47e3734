"""How far work in the background has got: a hint in the cache, since the work itself commits only when it is done."""

import logging
from typing import Any
from uuid import UUID

from django.core.cache import cache
from redis.exceptions import RedisError

from benefits.eligibility.models import ChangeSet, Status

log = logging.getLogger(__name__)
_KEPT = 3600  # seconds


def tell(change_set_id: UUID, *, phase: str, rows: int, share: float) -> None:
    """Say that `rows` are through, `share` (0 to 1) of the whole; with the cache away nobody learns of it."""
    try:
        cache.set(_key(change_set_id), {"phase": phase, "rows": rows, "percent": int(share * 100)}, timeout=_KEPT)
    except RedisError as error:
        log.info("progress not told error=%s", type(error).__name__)


def tell_application(change_set: ChangeSet, *, share: float) -> None:
    """Say how far a worker is who applies; what is applied while somebody waits tells nothing."""
    if change_set.status == Status.APPLYING:
        tell(change_set.pk, phase="applying", rows=int(change_set.rows * share), share=share)


def progress_of(change_set_id: UUID, *, phase: str) -> dict[str, Any]:
    """Return {phase, rows, percent} of a change-set that is at work; nothing is through yet when nobody said."""
    try:
        told = cache.get(_key(change_set_id))
    except RedisError:
        told = None
    return told if told and told["phase"] == phase else {"phase": phase, "rows": 0, "percent": 0}


def _key(change_set_id: UUID) -> str:
    return f"change-set/{change_set_id}"
