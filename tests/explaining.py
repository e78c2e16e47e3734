"""What a statement costs, by EXPLAIN."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection


def pages_read(statement: str, parameters: Mapping[str, Any] | Sequence[Any]) -> int:
    """Run a statement and return how many pages it read: as the acting role, and its effects are there."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", parameters)
        plan = cursor.fetchone()[0][0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
