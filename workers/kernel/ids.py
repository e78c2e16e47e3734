"""Identifiers: UUIDv7 (RFC 9562), so that keys made together lie together in an index."""

from uuid import UUID

import uuid_utils
import uuid_utils.compat


def new_id_text() -> str:
    """Return a new UUIDv7 as text, for rows that are copied by the hundred thousand."""
    return str(uuid_utils.uuid7())


def new_id() -> UUID:
    """Return a new UUIDv7."""
    return uuid_utils.compat.uuid7()


def made_at(id: str) -> float:
    """Return when a UUIDv7 was made, in seconds since 1970: its first 48 bits are milliseconds (RFC 9562)."""
    return int(id[:8] + id[9:13], 16) / 1000
