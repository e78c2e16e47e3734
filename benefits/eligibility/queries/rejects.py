"""The rows of a change-set that could not be, or cannot be as the roster is now."""

import json
from collections.abc import Iterator

from django.db import connection, transaction

from benefits.eligibility.models import ChangeSet
from benefits.eligibility.queries.comparing import FACTS, load_compared
from benefits.eligibility.rules.effects import refusal
from benefits.eligibility.rules.rejects import Reject

_AT_A_TIME = 2_000
_PAGE = f"""
SELECT arriving."row", arriving.errors, kept.cells, compared.why, {", ".join(f"arriving.{name}" for name in FACTS)}
FROM arriving JOIN benefits_stagedrow AS kept ON kept.id = arriving.id
LEFT JOIN compared ON compared.id = arriving.id
WHERE (compared.why IS NOT NULL OR arriving.errors <> '[]') AND arriving."row" > %s ORDER BY arriving."row" LIMIT %s
"""


def rejects_of(change_set: ChangeSet) -> Iterator[Reject]:
    """Yield them in the order of their rows; few are in memory at a time."""
    with transaction.atomic(), connection.cursor() as cursor, load_compared(cursor, change_set):
        after = -1
        while True:
            cursor.execute(_PAGE, [after, _AT_A_TIME])
            page = cursor.fetchall()
            for row, errors, cells, why, *facts in page:
                told = [*json.loads(errors), *([refusal(row, why)] if why else [])]
                yield Reject(row, told, cells and json.loads(cells), dict(zip(FACTS, facts, strict=True)))
            if len(page) < _AT_A_TIME:
                break
            after = page[-1][0]
