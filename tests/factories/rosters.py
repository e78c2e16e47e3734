"""Rosters of very many, as rows alone: a history of what never happened would only take time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from benefits.enrollment.models import Member
from tests.factories.benefits import hr_of
from workers.kernel.actor import acting_as

Execute = Callable[..., Any]  # of a cursor or connection of the owner's, who commits by itself
TABLES = ("benefits_member", "benefits_enrollment")
_OWN = ("id", "employee_number", "first_name", "last_name")
_ALIKE = ", ".join(
    str(field.column) for field in Member._meta.local_fields if not field.generated and field.column not in _OWN
)
_COLLEAGUES = f"""
INSERT INTO benefits_member (id, employee_number, first_name, last_name, {_ALIKE})
SELECT uuidv7(), n::text, 'Given' || n %% 997, 'Family' || n %% 7919, {_ALIKE}
FROM generate_series(1, %(count)s) AS n, benefits_member WHERE id = %(like)s
"""  # noqa: S608 - the model's columns


@contextmanager
def without_history(execute: Execute) -> Iterator[None]:
    """Rows of TABLES are written without their triggers, and the planner knows of them afterwards."""
    for table in TABLES:
        execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    for table in TABLES:
        execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    execute(f"ANALYZE {', '.join(TABLES)}")


@contextmanager
def filling(like: Member, count: int) -> Iterator[CursorWrapper]:
    """Put so many more on the roster of `like`, all but in name as they are, with the numbers from 1 on.

    Yields a cursor of their HR's, for their cover: row security shows the owner nobody whose rows it could copy.
    """
    with acting_as(hr_of(like.employer_id)), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(_COLLEAGUES, {"like": like.pk, "count": count})
        assert cursor.rowcount == count
        yield cursor
